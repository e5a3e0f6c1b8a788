import json
from collections.abc import Callable
from typing import Any

from .conftest import Import, write_lines

SPEC = {
    "spec": {"completion_fns": ["gpt-3.5-turbo"], "eval_name": "capitals.dev.v0", "base_eval": "capitals"}
}

CHAT = [{"role": "user", "content": "q"}]


def event(sample: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"run_id": "r", "event_id": 0, "sample_id": sample, "type": kind, "data": data, "created_by": ""}


def answered(sample: str, correct: bool) -> list[dict[str, Any]]:
    prompt = [{"role": "user", "content": f"capital {sample}?"}]
    return [
        event(sample, "sampling", prompt=prompt, sampled=["Paris."]),
        event(sample, "match", correct=correct, expected="Paris", picked="Paris" if correct else None),
    ]


def record(right: str, wrong: str = "") -> list[dict[str, Any]]:
    rows = [one for sample in right for one in answered(sample, True)]
    return [SPEC, {"final_report": {}}, *rows, *(one for sample in wrong for one in answered(sample, False))]


def test_records_with_several_prompts_are_one_grid(imported: Import) -> None:
    write_lines("a.jsonl", record("abc", "d"))
    write_lines("b.jsonl", record("a", "bcd"))
    run = imported("openai-evals", "curt=a.jsonl", "polite=b.jsonl", report=True)
    assert run.levels == {"curt": 0.75, "polite": 0.25}
    row = run.outcomes.query("item_id == 'a'").iloc[0]
    assert row[["model", "task", "form", "extracted"]].tolist() == [
        "gpt-3.5-turbo", "capitals.dev.v0", "chat", "Paris",
    ]  # fmt: skip
    request = run.requests.set_index("key").loc[row["key"]]
    assert json.loads(request["prompt"]) == [{"role": "user", "content": "capital a?"}]
    assert request["completion"] == "Paris."


def test_events_of_samples_may_be_interleaved(imported: Import) -> None:
    first, second = answered("a", True), answered("b", False)
    write_lines("a.jsonl", [SPEC, first[0], second[0], second[1], first[1]])
    assert imported("auto", "a.jsonl").scores("item_id") == {"a": 1.0, "b": 0.0}


def test_numbers_of_a_metrics_event_are_metrics(imported: Import) -> None:
    write_lines("a.jsonl", [SPEC, event("a", "metrics", choice="B", score=0.5, invalid_choice=False)])
    run = imported("openai-evals", "a.jsonl", "--metric", "score")
    assert run.outcomes["score"].tolist() == [0.5]


def test_samples_without_a_score_failed(imported: Import) -> None:
    broken = event("b", "error", type="RateLimitError", message="slow down\nplease")
    write_lines("a.jsonl", [*record("a"), broken, event("c", "sampling", prompt=CHAT, sampled="")])
    outcomes = imported("openai-evals", "a.jsonl").outcomes.set_index("item_id")
    assert outcomes["status"].to_dict() == {"a": "correct", "b": "failed", "c": "failed"}
    assert set(outcomes["form"]) == {"chat"}  # also of the one that was never asked
    assert outcomes["error"]["b"] == "RateLimitError: slow down"
    assert outcomes["error"]["c"] == "it has no match and no metrics event"


def test_a_sample_tried_again_after_an_error_counts(imported: Import) -> None:
    write_lines("a.jsonl", [SPEC, event("a", "error", type="Timeout", message=""), *answered("a", True)])
    assert imported("openai-evals", "a.jsonl").outcomes["status"].tolist() == ["correct"]


def test_older_records_name_their_model_otherwise(imported: Import) -> None:
    spec = {"spec": {"model_name": "text-davinci-003", "eval_name": "e.dev"}}
    write_lines("a.jsonl", [spec, *answered("a", True)])
    assert imported("openai-evals", "a.jsonl").outcomes["model"].tolist() == ["text-davinci-003"]


def test_what_is_no_record_is_named(refused: Callable[..., str]) -> None:
    write_lines("a.jsonl", answered("a", True))
    assert "a.jsonl, line 1 is no event of OpenAI evals: no spec comes before it" in refused(
        "openai-evals", "a.jsonl"
    )
    write_lines("b.jsonl", [])
    assert refused("openai-evals", "b.jsonl") == (
        "fathom: b.jsonl is no record of OpenAI evals: it has no spec"
    )
    write_lines("c.jsonl", [SPEC, *answered("a", True), *answered("a", False)])
    assert "item a of capitals.dev.v0 was answered twice" in refused("openai-evals", "c.jsonl")
