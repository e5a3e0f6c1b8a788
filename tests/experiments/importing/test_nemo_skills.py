from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Import, write_lines


def line(item: str, correct: bool | None = None, **fields: Any) -> dict[str, Any]:
    told = {} if correct is None else {"symbolic_correct": correct}
    return {
        "id": item,
        "problem": f"problem {item}",
        "expected_answer": "4",
        "generation": "so it is \\boxed{4}",
        "predicted_answer": "4",
        "num_generated_tokens": 9,
        "_generation_finished_thinking": True,
        **told,
        **fields,
    }


def test_a_folder_of_robust_eval_is_a_grid_of_prompts_with_seeds(imported: Import) -> None:
    right = {"one": [True, True, True, True], "two": [True, False, False, False]}
    for prompt, answers in right.items():
        for seed in (0, 1):
            rows = [line(item, answer) for item, answer in zip("abcd", answers, strict=True)]
            write_lines(f"out/gpqa/{prompt}/output-rs{seed}.jsonl", rows)
    run = imported("nemo-skills", "out", "--model", "qwen", report=True)
    assert run.levels == {"one": 1.0, "two": 0.25}
    assert set(run.outcomes["task"]) == {"gpqa"}
    assert set(run.outcomes["replicate"]) == {0, 1}
    assert run.requests["prompt"].isna().all()
    assert run.requests["completion"][0] == "so it is \\boxed{4}"


def test_the_benchmark_is_named_by_its_folder(imported: Import) -> None:
    path = write_lines("exp/eval-results/aime24/output-rs3.jsonl", [line("a", True)])
    assert imported("nemo-skills", str(path), "--model", "m").outcomes["task"].tolist() == ["aime24"]
    other = write_lines("gsm8k/output.jsonl", [line("a", True)])
    run = imported("nemo-skills", str(other), "--model", "m", name="y")
    assert run.outcomes[["task", "replicate"]].iloc[0].tolist() == ["gsm8k", 0]


@pytest.mark.parametrize(
    ("judgement", "score"),
    [
        ("Reasoning: equal.\nJudgement: Yes", 1.0),
        ("**Judgement**: **Yes**", 1.0),
        ("Judgement: No", 0.0),
        ("I cannot tell", 0.0),
    ],
)
def test_judgements_are_read_as_their_own_metrics_do(judgement: str, score: float, imported: Import) -> None:
    write_lines("t/output-rs0.jsonl", [line("a", judgement=judgement)])
    run = imported("nemo-skills", "t", "--model", "m")
    assert run.outcomes[["grader", "score"]].iloc[0].tolist() == ["judge_correct", score]


def test_symbolic_and_judged_scores_stand_side_by_side(imported: Import, refused: Callable[..., str]) -> None:
    write_lines("t/output-rs0.jsonl", [line("a", False, judgement="Judgement: Yes")])
    assert "'judge_correct', 'symbolic_correct'" in refused("nemo-skills", "t", "--model", "m")
    metrics = ["--metric", "symbolic_correct", "--metric", "judge_correct"]
    outcomes = imported("nemo-skills", "t", "--model", "m", *metrics).outcomes
    assert outcomes.set_index("grader")["primary"].to_dict() == {
        "symbolic_correct": True,
        "judge_correct": False,
    }


def test_no_answer_is_unparsed_and_items_without_an_id_are_known_by_their_text(imported: Import) -> None:
    rows = [line("a", False, predicted_answer=None), line("b", True)]
    for row in rows:
        del row["id"]
    write_lines("t/output-rs0.jsonl", rows)
    outcomes = imported("nemo-skills", "t", "--model", "m").outcomes
    assert outcomes["status"].tolist() == ["unparsed", "correct"]
    assert [item.split(" #")[0] for item in outcomes["item_id"]] == ["problem a", "problem b"]


def test_what_was_not_evaluated_is_named(refused: Callable[..., str]) -> None:
    write_lines("t/output-rs0.jsonl", [line("a")])
    assert "t/output-rs0.jsonl, line 1 has no score" in refused("nemo-skills", "t", "--model", "m")
    write_lines("u/output-rs0.jsonl", [{"problem": "?"}])
    assert "line 1 is no output of NeMo-Skills" in refused("nemo-skills", "u", "--model", "m")
    write_lines("v/output-rs0.jsonl", [line("a", True)])
    assert refused("nemo-skills", "v") == (
        "fathom: v/output-rs0.jsonl does not say its model: add --model NAME"
    )
