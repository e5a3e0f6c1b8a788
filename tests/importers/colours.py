"""An Inspect evaluation of a few made-up questions: `python colours.py URL FOLDER FORMAT TEMPLATE`.

Prints a JSON object with what Inspect itself says each scorer came to. For an environment with inspect_ai.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any

COLOURS = ("red", "blue", "gold")
ITEMS, EPOCHS = 6, 2
BROKEN = "c5"  # the item whose solver fails


def main() -> None:
    """Runs the evaluation that the arguments ask for."""
    inspect: Any = import_module("inspect_ai")
    scorers: Any = import_module("inspect_ai.scorer")
    solvers: Any = import_module("inspect_ai.solver")
    dataset: Any = import_module("inspect_ai.dataset")
    url, folder, layout, template = sys.argv[1:]
    os.environ["LOOPBACK_API_KEY"] = "none"

    @solvers.solver
    def broken() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            if state.sample_id == BROKEN:
                raise RuntimeError("the tool broke")
            return state

        return solve

    task = inspect.Task(
        name="colours",
        dataset=[
            dataset.Sample(id=f"c{n}", input=f"Which colour is number {n}?", target=COLOURS[n % 3])
            for n in range(ITEMS)
        ],
        solver=[broken(), solvers.prompt_template(template), solvers.generate()],
        scorer=[scorers.includes(), scorers.match(location="begin")],
        epochs=EPOCHS,
        config=import_module("inspect_ai.model").GenerateConfig(temperature=0.7),
    )
    (log,) = inspect.eval(
        task,
        model="openai-api/loopback/parrot",
        model_base_url=url,
        log_dir=folder,
        log_format=layout,
        display="none",
        fail_on_error=False,
    )
    print(json.dumps({score.name: score.metrics["accuracy"].value for score in log.results.scores}))


if __name__ == "__main__":
    main()
