"""Where the published tables contradict themselves, found in the figures."""

import pytest

from experiments.baselines.conflicts import (
    ClaimCheck,
    above_all_attempts,
    claim_checks,
    revisions,
    web_above_api,
)
from experiments.baselines.facts import load


@pytest.fixture(scope="module")
def checks() -> dict[str, ClaimCheck]:
    return {one.claim.task: one for one in claim_checks(load())}


@pytest.mark.parametrize(
    ("task", "stated", "first", "latest", "holds", "moved"),
    [
        ("math", (32.0, 15.0), (32.0, 15.0), (33.4, 20.4), True, True),
        ("drop", (78.7, 87.2), (78.7, 87.2), (78.9, 74.4), False, True),
        ("humaneval", (53.9, 80.0), (53.9, 80.0), (53.9, 80.0), True, False),
        ("mgsm", (82.2, 68.7), (82.2, 68.7), (82.2, 68.7), True, False),
    ],
)
def test_the_texts_claims_in_two_versions_of_the_table(
    checks: dict[str, ClaimCheck],
    task: str,
    stated: tuple[float, float],
    first: tuple[float, float],
    latest: tuple[float, float],
    holds: bool,
    moved: bool,
):
    check = checks[task]
    assert (100 * check.claim.stated_before, 100 * check.claim.stated_after) == pytest.approx(stated)
    assert (100 * check.first.before.score, 100 * check.first.after.score) == pytest.approx(first)
    assert (100 * check.latest.before.score, 100 * check.latest.after.score) == pytest.approx(latest)
    assert (check.holds, check.moved) == (holds, moved)


def test_drop_is_told_apart_from_no_change_in_both_versions_with_opposite_signs(
    checks: dict[str, ClaimCheck],
):
    assert checks["drop"].first.difference is not None
    assert checks["drop"].first.difference.low > 0
    assert checks["drop"].latest.difference is not None
    assert checks["drop"].latest.difference.high < 0


def test_the_drop_of_maths_is_smaller_in_the_latest_table(checks: dict[str, ClaimCheck]):
    assert checks["math"].first.points < checks["math"].latest.points < 0


def test_drop_looks_as_if_two_metrics_were_mixed():
    found = {one.figures[0].model: one.figures for one in revisions(load()) if one.figures[0].task == "drop"}
    printed = {model: tuple(100 * one.score for one in figures) for model, figures in found.items()}
    assert printed["LLaMA-65B"] == pytest.approx((56.4, 10.0))
    assert printed["Llama 2-70B"] == pytest.approx((67.6, 12.1))
    assert printed["davinci"] == pytest.approx((16.5, 2.5))
    assert printed["davinci-instruct-beta"] == pytest.approx((21.4, 8.6))
    assert "code-davinci-002" not in printed
    assert {one.score for one in load().find(model="code-davinci-002", task="drop", current=None)} == {0.107}


def test_a_cell_that_comes_back_is_shown_with_what_stood_between():
    found = next(
        one.figures
        for one in revisions(load())
        if (one.figures[0].model, one.figures[0].task) == ("gpt-4-0314", "math")
    )
    assert [one.score for one in found] == [0.386, 0.317, 0.386]
    assert [one.version for one in found] == ["2023-10-09", "2023-12-18", "2023-12-19"]


def test_text_and_figure_differ_on_arc():
    found = next(one for one in revisions(load()) if one.figures[0].task == "arc_c")
    assert {one.source: one.score for one in found.figures} == {
        "compare_official_gpt-4.png": 0.963,
        "README": 0.956,
    }
    assert found.span == pytest.approx(0.007)
    official = load().find(model="GPT-4 (official score)", task="arc_c")
    assert [one.score for one in official] == [0.956]


def test_the_api_is_not_always_above_the_web():
    found = {
        (one.after.model, one.after.task): (one.before.score, one.after.score)
        for one in web_above_api(load())
    }
    assert found["Web-version GPT-4", "humaneval"] == (0.664, 0.848)
    assert found["Web-version GPT-3.5", "gsm8k"] == (0.602, 0.613)
    assert len(found) == 4


def test_one_attempt_above_all_printed_many():
    (odd,) = above_all_attempts(load())
    assert (odd.model, odd.task, odd.score) == ("gpt-3.5-turbo-0613", "mbpp", 0.98)
