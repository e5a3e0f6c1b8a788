from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from stats.reliability import intraclass


# psych::ICC of Shrout and Fleiss's table 2.
@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        ("icc1", 0.165741768405476, -0.1329323248747509, 0.722560062328121),
        ("icc2", 0.289763779527559, 0.018786513374712, 0.761084369648953),
        ("icc3", 0.714840714840715, 0.3424647650339253, 0.945858259955360),
        ("icc1k", 0.442797133679269, -0.8844421552381190, 0.912415420340776),
        ("icc2k", 0.620050547598989, 0.0711368153025035, 0.927232040167722),
        ("icc3k", 0.909315542377069, 0.6756747138163046, 0.985891678169062),
    ],
)
def test_shrout_and_fleiss(
    reference: Callable[[str], pd.DataFrame], name: str, value: float, low: float, high: float
):
    table = reference("shrout_fleiss").reset_index().melt("index", var_name="judge")
    found = getattr(intraclass(table, value="value", subject="index", rater="judge"), name)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=1e-10)


def test_perfect_agreement_is_one(tidy: Callable[..., pd.DataFrame]):
    table = tidy(np.tile(np.arange(5.0)[:, np.newaxis], (1, 3)))
    found = intraclass(table, value="score", subject="item", rater="template")
    assert found.icc1.value == found.icc2.value == found.icc3k.value == 1
    assert (found.icc3.low, found.icc3.high) == (1, 1)


def test_consistency_ignores_the_raters_own_levels(tidy: Callable[..., pd.DataFrame]):
    grid = np.arange(6.0)[:, np.newaxis] + np.array([0.0, 10.0, 20.0])
    found = intraclass(tidy(grid), value="score", subject="item", rater="template")
    assert found.icc3.value == pytest.approx(1)
    assert found.icc2.value < 0.1


def test_subjects_that_do_not_differ_are_refused(tidy: Callable[..., pd.DataFrame]):
    with pytest.raises(ValueError, match="same mean at every level of 'item'"):
        intraclass(tidy(np.ones((4, 3))), value="score", subject="item", rater="template")
    with pytest.raises(ValueError, match="at least 2 levels"):
        intraclass(tidy(np.ones((4, 1))), value="score", subject="item", rater="template")
