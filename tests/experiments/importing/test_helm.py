import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Import, write_json

TYPOS = {"name": "typos", "robustness": True, "fairness": False, "computed_on": "perturbed", "prob": 0.1}


def stats(
    instance: str, score: float | None, perturbation: dict[str, Any] | None = None, trial: int = 0
) -> Any:
    def stat(name: str, mean: float | None) -> dict[str, Any]:
        told = {} if mean is None else {"mean": mean}
        return {"name": {"name": name, "split": "test"}, "count": 1, **told}

    return {
        "instance_id": instance,
        **({} if perturbation is None else {"perturbation": perturbation}),
        "train_trial_index": trial,
        "stats": [stat("exact_match", score), stat("num_prompt_tokens", 312.0)],
    }


def write_run(folder: str, found: list[Any], name: str = "mmlu:subject=law,model=openai_gpt2") -> None:
    adapter = {"model": "openai/gpt2", "max_train_instances": 5, "temperature": 0.0}
    write_json(f"{folder}/run_spec.json", {"name": name, "adapter_spec": adapter})
    write_json(f"{folder}/per_instance_stats.json", found)


def test_perturbations_and_trials_are_factors(imported: Import) -> None:
    found = [stats(f"id{n}", float(n < 3)) for n in range(4)]
    found += [stats(f"id{n}", float(n < 1), TYPOS) for n in range(4)]
    write_run("v1/law", found)
    run = imported("helm", "v1", "--metric", "exact_match", report=True)
    assert run.levels == {"none": 0.75, "typos prob=0.1": 0.25}
    row = run.outcomes.iloc[0]
    assert row[["model", "task", "shots"]].tolist() == ["openai/gpt2", "mmlu:subject=law", 5]

    write_run(
        "v2/law", [stats(f"id{n}", float(n < 2 + trial), trial=trial) for n in range(4) for trial in (0, 1)]
    )
    trials = imported("helm", "v2", "--metric", "exact_match", name="y", report=True)
    assert trials.levels == {"0": 0.5, "1": 0.75}


def test_instructions_are_templates(imported: Import) -> None:
    for words in ("expert", "none"):
        name = f"mmlu:subject=law,instructions={words},model=openai_gpt2"
        write_run(f"v1/{name}", [stats("id1", 1.0), stats("id2", 0.0)], name)
    run = imported("helm", "v1", "--metric", "exact_match")
    assert run.scores("template") == {"expert": 0.5, "none": 0.5}
    paths = [f"a=v1/mmlu:subject=law,instructions={words},model=openai_gpt2" for words in ("expert",)]
    named = imported("helm", *paths, "--metric", "exact_match", name="y")
    assert set(named.outcomes["template"]) == {"a"}


def test_prompts_and_completions_come_from_the_scenario_state(imported: Import) -> None:
    write_run("r", [stats("id1", 0.0), stats("id1", 1.0, TYPOS)])
    states = [
        {
            "instance": {"id": "id1", **({} if perturbation is None else {"perturbation": perturbation})},
            "train_trial_index": 0,
            "request": {"prompt": prompt},
            "result": {"completions": [{"text": " B", "finish_reason": {"reason": "length"}}]},
        }
        for perturbation, prompt in ((None, "Q: whole?"), (TYPOS, "Q: hwole?"))
    ]
    write_json("r/scenario_state.json", {"adapter_spec": {"x": "[{"}, "request_states": states})
    run = imported("helm", "r", "--metric", "exact_match")
    assert run.requests["prompt"].tolist() == ["Q: whole?", "Q: hwole?"]
    assert run.outcomes["status"].tolist() == ["truncated", "correct"]


def test_a_statistic_without_a_mean_failed(imported: Import) -> None:
    write_run("r", [stats("id1", None), stats("id2", 1.0)])
    assert imported("helm", "r", "--metric", "exact_match").outcomes["status"].tolist() == [
        "failed",
        "correct",
    ]


def test_its_many_statistics_are_listed(refused: Callable[..., str]) -> None:
    write_run("r", [stats("id1", 1.0)])
    assert "choose one with --metric" in refused("helm", "r")
    assert "did you mean 'exact_match'?" in refused("helm", "r", "--metric", "exact_matches")


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (-40, "element 2 is no JSON"),
        (-1, "ends after element 2: it was cut off"),
    ],
)
def test_a_file_cut_off_is_named_with_its_element(cut: int, said: str, refused: Callable[..., str]) -> None:
    write_run("r", [stats("id1", 1.0), stats("id2", 1.0)])
    path = Path("r/per_instance_stats.json")
    path.write_text(path.read_text(encoding="utf-8")[:cut], encoding="utf-8")
    assert said in refused("helm", "r", "--metric", "exact_match")


def test_a_run_without_its_specification_is_refused(refused: Callable[..., str]) -> None:
    write_json("r/per_instance_stats.json", [stats("id1", 1.0)])
    assert refused("helm", "r") == "fathom: r is no whole run of HELM: it has no run_spec.json"
    write_run("s", [{"instance_id": "id1"}])
    assert "s/per_instance_stats.json, element 1 has no instance_id or no stats" in refused("helm", "s")
    Path("s/per_instance_stats.json").write_text(json.dumps({"a": []}), encoding="utf-8")
    assert "s/per_instance_stats.json has no JSON array" in refused("helm", "s")
