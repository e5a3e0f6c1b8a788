import sys
from collections.abc import Callable

import pandas as pd
import pytest

from stats.logistic import logit_components

Read = Callable[[str], pd.DataFrame]


# R: lme4's glmer(y ~ 1 + (1 | item) + (1 | template), binomial), Laplace, tolPwrss 1e-12, bobyqa.
@pytest.mark.parametrize(
    ("name", "item", "template", "intercept", "log_likelihood"),
    [
        ("crossed_balanced", 1.69744669347911, 0.139799427513361, 0.956423666303938, -596.254655782224),
        ("crossed_unbalanced", 1.81967161474819, 0.13639345364325, 0.86141783621407, -459.31507726906),
    ],
)
def test_two_factors_equal_glmer(
    reference: Read, name: str, item: float, template: float, intercept: float, log_likelihood: float
):
    found = logit_components(reference(name), value="y", factors=("item", "template"))
    assert [row.term for row in found.rows] == ["item", "template"]
    assert [row.value for row in found.rows] == pytest.approx([item, template], rel=1e-4)
    assert found.intercept == pytest.approx(intercept, rel=1e-4)
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=1e-4)
    assert found.note == ""


def test_the_interaction_equals_glmers(reference: Read):
    found = logit_components(reference("crossed_balanced"), value="y", factors=("template", "item"), order=2)
    values = {row.term: row.value for row in found.rows}
    expected = {"item": 1.7773451417903, "template": 0.145487915567067, "template × item": 0.194096852645116}
    assert values == pytest.approx(expected, rel=1e-4)
    assert found.log_likelihood == pytest.approx(-595.593132734561, abs=1e-4)
    assert list(found.to_frame()["term"]) == ["template", "item", "template × item"]


def test_scores_that_are_not_right_or_wrong_are_refused(reference: Read):
    table = reference("crossed_balanced")
    with pytest.raises(ValueError, match=r"both 0 \(wrong\) and 1 \(right\)"):
        logit_components(table, value="score", factors=("item", "template"))
    with pytest.raises(ValueError, match=r"both 0 \(wrong\) and 1 \(right\)"):
        logit_components(table.assign(y=1), value="y", factors=("item", "template"))
    with pytest.raises(ValueError, match="1 to 3 factors"):
        logit_components(table, value="y", factors=())


def test_without_the_package_the_error_names_the_command(reference: Read, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "mixedlm", None)
    with pytest.raises(ImportError, match=r"pip install 'prompt-fathom\[glmm\]'"):
        logit_components(reference("crossed_balanced"), value="y", factors=("item", "template"))
