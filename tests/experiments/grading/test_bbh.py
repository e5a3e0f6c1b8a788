"""The graders of exact answers against the released responses of code-davinci-002 to BIG-Bench Hard.

Runs where the environment variable FATHOM_MATRICES names a folder with bbh_codex_cot_vs_direct: the answers
as released with the benchmark (Suzgun et al. 2022, arXiv 2210.09261), their targets and their accuracies.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.grading.exact import exact_answer, exact_string
from experiments.grading.extract import body
from experiments.grading.reading import Reading
from perturb import Item, Prompt

FOLDER = Path(os.environ.get("FATHOM_MATRICES", "")) / "bbh_codex_cot_vs_direct"
DIRECT = Prompt("Q: ?\nA:", stop=("\n\nQ:",))
WORKED = Prompt("Q: ?\nA: Let's think step by step.", stop=("\n\nQ:",), cue="So the answer is")


@pytest.mark.skipif("FATHOM_MATRICES" not in os.environ, reason="FATHOM_MATRICES names no folder")
@pytest.mark.parametrize("grader", [exact_answer, exact_string])
def test_accuracies_equal_the_released_ones(grader: Callable[[str, Item, Prompt], Reading]):
    pandas = pytest.importorskip("pandas")
    scores: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in pandas.read_parquet(FOLDER / "responses.parquet").itertuples():
        item = Item(row.item_id, "?", (row.target,))
        if row.template_id == "cot_3shot":
            prompt, text = WORKED, f" Some steps. So the answer is {row.prediction}.\n"
        else:
            prompt, text = DIRECT, f" {row.prediction}\n\nQ: Another?"
        reading = grader(body(text, prompt), item, prompt)
        assert reading.correct == bool(row.correct), (row.task, row.prediction, row.target)
        scores[row.template_id.removesuffix("_3shot"), row.task].append(int(reading.correct))
    released = [json.loads(line) for line in (FOLDER / "released_accuracy.jsonl").read_text().splitlines()]
    assert len(released) == len(scores) == 54
    for row in released:
        found = scores[row["style"], row["task"]]
        assert len(found) == row["n"]
        assert round(100 * sum(found) / len(found), 2) == pytest.approx(row["acc_released"], abs=0.0051)
