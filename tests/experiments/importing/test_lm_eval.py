"""lm-evaluation-harness; `tests/importers` has the logs that it writes itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Import, write_json, write_lines

DATE = "2026-01-02T03-04-05.678901"
NAME = f"samples_capitals_{DATE}.jsonl"


def sample(number: int, score: object, name: str = "strict", **fields: Any) -> dict[str, Any]:
    return {
        "doc_id": number,
        "doc": {"question": f"capital {number}?"},
        "target": "x",
        "arguments": {"gen_args_0": {"arg_0": f"Q: capital {number}?", "arg_1": {"until": ["\n"]}}},
        "resps": [[f"The answer is {number}"]],
        "filtered_resps": [str(number)],
        "filter": name,
        "metrics": ["exact_match"],
        "exact_match": score,
        **fields,
    }


def write_run(folder: str, scores: list[object], shots: int = 0) -> None:
    """A run with two filters, the second of which grants every answer."""
    rows = [sample(number, score) for number, score in enumerate(scores)]
    rows += [sample(number, 1.0, "lenient") for number in range(len(scores))]
    write_lines(f"{folder}/model/{NAME}", rows)
    write_json(f"{folder}/model/results_{DATE}.json", {"model_name": "m", "n-shot": {"capitals": shots}})


def test_runs_with_several_prompts_are_one_grid(imported: Import) -> None:
    write_run("a", [1.0, 1.0, 0.0, 1.0])
    write_run("b", [1.0, 0.0, 0.0, 0.0])
    metrics = ["--metric", "exact_match,strict", "--metric", "exact_match,lenient"]
    run = imported("lm-eval", "terse=a", "polite=b", *metrics, report=True)
    assert run.levels == {"terse": 0.75, "polite": 0.25}
    assert {row["grader"] for row in run.report["graders"]} == {"exact_match,strict", "exact_match,lenient"}
    row = run.outcomes.query("primary and item_id == '1'").iloc[0]
    assert (row["model"], row["task"], row["status"], row["extracted"]) == ("m", "capitals", "correct", "1")
    requests = run.requests.set_index("key")
    assert requests["prompt"][row["key"]] == "Q: capital 1?"
    assert requests["completion"][row["key"]] == "The answer is 1"
    assert len(requests) == 8


def test_shots_come_from_the_results_beside_and_may_be_the_factor(imported: Import) -> None:
    write_run("a", [1.0, 0.0], shots=5)
    assert set(imported("lm-eval", "a", "--metric", "exact_match,strict").outcomes["shots"]) == {5}
    write_run("b", [1.0, 1.0])
    run = imported(
        "lm-eval", "0=b", "25=a", "--factor", "shots", "--metric", "exact_match,strict", name="y", report=True
    )
    assert run.levels == {"0": 1.0, "25": 0.5}


def test_several_metrics_are_listed_and_a_bare_name_must_be_one(refused: Callable[..., str]) -> None:
    write_run("a", [1.0, 0.0])
    assert refused("lm-eval", "a") == (
        "fathom: capitals has several metrics: choose one with --metric (may be repeated; the first is "
        "reported): 'exact_match,lenient', 'exact_match,strict'"
    )
    assert "has several of it" in refused("lm-eval", "a", "--metric", "exact_match")
    assert "did you mean 'exact_match,strict'" in refused("lm-eval", "a", "--metric", "exact_match,strct")


def test_two_files_of_the_same_task_have_to_say_how_they_differ(refused: Callable[..., str]) -> None:
    write_lines(f"a/{NAME}", [sample(3, 1.0), sample(4, 1.0)])
    write_lines(f"b/{NAME}", [sample(5, 1.0), sample(4, 0.0)])
    said = refused("lm-eval", "a", "b", "--model", "m")
    assert "item 4 of capitals was answered twice by m under the same condition" in said
    assert f"a/{NAME}, line 2, and b/{NAME}, line 2" in said


def test_options_are_read_as_the_likeliest(imported: Import) -> None:
    options = {
        f"gen_args_{place}": {"arg_0": "Q?", "arg_1": f" {word}"} for place, word in enumerate(["cat", "dog"])
    }
    compared = [["-3.5", "False"], ["-1.25", "False"]]
    row = sample(
        0, None, "none", arguments=options, filtered_resps=compared, resps=[[one] for one in compared]
    )
    row |= {"metrics": ["acc"], "acc": 1.0}
    write_lines(NAME, [row])
    run = imported("auto", NAME, "--model", "m")
    assert run.outcomes["extracted"].tolist() == ["dog"]
    assert run.requests["completion"].tolist() == [" dog"]


def test_older_layouts_have_lists_of_arguments_and_no_filter(imported: Import) -> None:
    row = sample(0, 1.0, arguments=[["Q: older?", {"temperature": 0.7}]])
    del row["filter"], row["metrics"]
    write_lines(NAME, [row])
    run = imported("lm-eval", NAME, "--model", "m")
    assert run.outcomes[["grader", "temperature"]].iloc[0].tolist() == ["exact_match", 0.7]
    assert run.requests["prompt"].tolist() == ["Q: older?"]


def test_a_chat_is_known_as_one(imported: Import) -> None:
    turns = [{"role": "user", "content": "Q?"}]
    row = sample(0, 1.0, arguments={"gen_args_0": {"arg_0": [json.dumps(turns)], "arg_1": {}}})
    write_lines(NAME, [row])
    run = imported("lm-eval", NAME, "--model", "m")
    assert run.outcomes["form"].tolist() == ["chat"]
    assert json.loads(run.requests["prompt"][0]) == turns


def test_an_answer_that_the_filter_did_not_find_is_unparsed(imported: Import) -> None:
    write_lines(NAME, [sample(0, 0.0, filtered_resps=["[invalid]"]), sample(1, 0.0)])
    assert imported("lm-eval", NAME, "--model", "m").outcomes["status"].tolist() == ["unparsed", "wrong"]


def test_nan_and_missing_scores_failed_and_are_not_wrong(imported: Import) -> None:
    write_lines(NAME, [sample(0, float("nan")), sample(1, None), sample(2, 0.0)])
    outcomes = imported("lm-eval", NAME, "--model", "m").outcomes
    assert outcomes["status"].tolist() == ["failed", "failed", "wrong"]
    assert outcomes["score"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"doc_id": 1}\n', "line 1 is no sample of lm-evaluation-harness: it lacks filtered_resps"),
        (
            json.dumps(sample(0, 1.0)) + '\n{"doc_id": 1, "filt',
            "line 2 is no JSON: Unterminated string starting at: line 1 column 15 (char 14); the file ends "
            "here, it may have been cut off",
        ),
        (json.dumps(sample(0, "good")), "line 1, exact_match: the score is 'good', expected a number"),
        ("[1]\n", "line 1 is no JSON object"),
        (
            json.dumps(sample(0, None, metrics=["bypass"], bypass=999)),
            "line 1 has no score: it was made with --predict_only",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, said: str, refused: Callable[..., str]) -> None:
    Path(NAME).write_text(text, encoding="utf-8")
    assert f"{NAME}, {said}" in refused("lm-eval", NAME, "--model", "m")


def test_scores_beyond_one_are_refused_and_scaled(refused: Callable[..., str], imported: Import) -> None:
    write_lines(NAME, [sample(0, 87.5), sample(1, 0.0)])
    assert (
        "line 1: exact_match,strict of item 0 is 87.5, outside 0 to 1 (--scale 100 for scores up to 100)"
        in refused("lm-eval", NAME, "--model", "m")
    )
    assert imported("lm-eval", NAME, "--model", "m", "--scale", "100").outcomes["score"].tolist() == [
        0.875,
        0,
    ]


def test_the_model_has_to_be_known(refused: Callable[..., str]) -> None:
    write_lines(NAME, [sample(0, 1.0)])
    assert refused("lm-eval", NAME) == f"fathom: {NAME} does not say its model: add --model NAME"
