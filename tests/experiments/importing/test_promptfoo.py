from collections.abc import Callable
from typing import Any

from .conftest import Import, write_json, write_lines


def result(
    prompt: str, question: str, score: float, provider: str = "openai:gpt", **fields: Any
) -> dict[str, Any]:
    return {
        "promptIdx": 0,
        "testIdx": 0,
        "promptId": prompt,
        "prompt": {"raw": f"{prompt}: {question}", "label": f"{prompt}: {{{{question}}}}"},
        "vars": {"question": question},
        "testCase": {"vars": {"question": question}, "assert": [{"type": "equals", "value": "x"}]},
        "provider": {"id": provider},
        "response": {"output": "an answer"},
        "success": score > 0.5,
        "score": score,
        "failureReason": 0 if score > 0.5 else 1,
        "namedScores": {},
        **fields,
    }


def output(results: list[dict[str, Any]], **config: Any) -> dict[str, Any]:
    return {"evalId": "eval-1", "results": {"version": 3, "results": results, "stats": {}}, "config": config}


def grid(scores: dict[str, list[float]], provider: str = "openai:gpt") -> list[dict[str, Any]]:
    return [
        result(prompt, f"question {number}", score, provider)
        for prompt, row in scores.items()
        for number, score in enumerate(row)
    ]


def test_prompts_are_templates_and_providers_models(imported: Import) -> None:
    write_json("r.json", output(grid({"curt": [1, 0, 1], "long": [0, 0, 1]}), description="capitals"))
    run = imported("promptfoo", "r.json", report=True)
    assert run.levels == {
        "curt: {{question}}": 0.6666666666666666,
        "long: {{question}}": 0.3333333333333333,
    }
    assert set(run.outcomes["task"]) == {"capitals"}
    assert set(run.outcomes["grader"]) == {"score"}
    assert run.requests["prompt"][0] == "curt: question 0"
    several = output(grid({"curt": [1, 0]}) + grid({"curt": [0, 0]}, "ollama:x"))
    write_json("s.json", several)
    assert imported("auto", "s.json", name="y").scores("model") == {"ollama:x": 0.0, "openai:gpt": 0.5}


def test_named_scores_and_passes_are_metrics(imported: Import) -> None:
    write_lines("r.jsonl", [result(prompt, "q", 0.75, namedScores={"tone": 0.25}) for prompt in "ab"])
    run = imported("promptfoo", "r.jsonl", "--metric", "pass", "--metric", "tone")
    assert run.outcomes.groupby("grader", observed=True)["score"].mean().to_dict() == {
        "pass": 1,
        "tone": 0.25,
    }
    assert run.outcomes.query("primary")["grader"].unique().tolist() == ["pass"]


def test_tests_repeated_are_replicates_and_are_the_same_items_elsewhere(imported: Import) -> None:
    write_json("a.json", output([*grid({"p": [1, 0]}), *grid({"p": [1, 1]})]))
    first = imported("promptfoo", "a.json").outcomes
    assert first["replicate"].tolist() == [0, 0, 1, 1]
    assert first["item_id"].nunique() == 2
    write_json("b.json", output([result("p", "another", 1), *grid({"p": [1, 0]})]))
    second = imported("promptfoo", "b.json", name="y").outcomes
    assert set(first["item_id"]) < set(second["item_id"])


def test_other_assertions_make_another_item(imported: Import) -> None:
    other = result("p", "q", 1, testCase={"vars": {"question": "q"}, "assert": [{"type": "is-json"}]})
    write_json("a.json", output([result("p", "q", 1), other]))
    outcomes = imported("promptfoo", "a.json").outcomes
    assert outcomes["item_id"].nunique() == 2
    assert all(item.startswith("q #") for item in outcomes["item_id"])


def test_an_error_failed_and_a_failed_assertion_is_wrong(imported: Import) -> None:
    broken = result("p", "a", 0, failureReason=2, error="API error: 500\nstack", response=None)
    older = result("p", "b", 0, error="timeout", gradingResult=None)
    del older["failureReason"]
    wrong = result("p", "c", 0, error="Expected x", gradingResult={"pass": False})
    write_json("a.json", output([broken, older, wrong]))
    outcomes = imported("promptfoo", "a.json").outcomes
    assert outcomes["status"].tolist() == ["failed", "failed", "wrong"]
    assert outcomes["error"].tolist()[:2] == ["API error: 500", "timeout"]


def test_prompts_that_begin_alike_are_told_apart(imported: Import) -> None:
    long = "Answer the following question as well as you possibly can, "
    write_json("a.json", output(grid({f"{long}please": [1], f"{long}or else": [0]})))
    templates = set(imported("promptfoo", "a.json").outcomes["template"])
    assert templates == {f"{long[:47]}…", f"{long[:47]}… (2)"}


def test_what_holds_no_results_is_named(refused: Callable[..., str]) -> None:
    write_json("a.json", {"results": {"table": {}}})
    assert refused("promptfoo", "a.json") == "fathom: a.json holds no results of promptfoo"
    write_json("b.json", output([{"score": 1}]))
    assert "b.json, result 1 is none of promptfoo: it has no prompt" in refused("promptfoo", "b.json")
