import json
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stats.crossed import crossed_mean_of
from stats.estimate import FloatArray
from stats.ranks import kendall_tau, ranking, resampled_means
from stats.tables import UnbalancedError


class Columns(TypedDict):
    value: str
    item: str
    template: str
    factor: str


COLUMNS = Columns(value="score", item="item", template="template", factor="model")


def table_of(grids: FloatArray) -> pd.DataFrame:
    """From models × items × templates to a table; models are called a, b, …."""
    model, item, template = np.indices(grids.shape).reshape(3, -1)
    names = pd.Series(model).map(dict(enumerate("abcdefgh")))
    return pd.DataFrame({"model": names, "item": item, "template": template, "score": grids.ravel()})


def grids_of(
    rng: np.random.Generator,
    means: list[float],
    items: int,
    templates: int,
    shift: float = 0.1,
    noise: float = 0.4,
) -> FloatArray:
    shape = (len(means), items, templates)
    shared = rng.normal(0, 0.4, (1, items, 1)) + rng.normal(0, 0.2, (1, 1, templates))
    own = rng.normal(0, shift, (len(means), 1, templates)) + rng.normal(0, noise, shape)
    return np.array(means).reshape(-1, 1, 1) + shared + own


def test_kendalls_tau():
    one = np.arange(1, 9, dtype=float)
    other = np.array([2, 1, 4, 3, 6, 5, 8, 7], dtype=float)
    assert kendall_tau(other[np.newaxis], one) == pytest.approx([0.714285714285714])  # R's cor.test
    expected = stats.kendalltau(one, other, method="exact")
    assert expected.pvalue == pytest.approx(0.0141369047619)
    rng = np.random.default_rng(0)
    drawn, scores = rng.normal(size=(20, 7)), rng.normal(size=7)
    each = [float(stats.kendalltau(row, scores).statistic) for row in drawn]
    assert kendall_tau(drawn, scores) == pytest.approx(each)


def test_a_clear_ranking_is_sure_and_a_tie_is_not():
    rng = np.random.default_rng(1)
    found = ranking(table_of(grids_of(rng, [0.0, 0.5, 0.5, 1.0], 100, 8, shift=0.05)), rng=rng, **COLUMNS)
    assert (found.rows[0].level, found.rows[-1].level) == ("d", "a")
    assert (found.rows[0].low, found.rows[0].high, found.rows[0].best) == (1, 1, 1)
    assert (found.rows[1].low, found.rows[1].high) == (2, 3)
    unsure, *sure = found.reversals
    assert {unsure.above, unsure.below} == {"b", "c"}
    assert 0.02 < unsure.probability <= 0.5
    assert all(pair.probability == 0 for pair in sure)
    assert found.tau == pytest.approx(1 - 2 * unsure.probability / 6)
    assert found.same == pytest.approx(1 - unsure.probability)
    assert found.templates_needed is None or found.templates_needed > 8
    relaxed = ranking(
        table_of(grids_of(np.random.default_rng(1), [0.0, 0.5, 0.5, 1.0], 100, 8, shift=0.05)),
        rng=rng,
        indifference=0.1,
        **COLUMNS,
    )
    assert relaxed.same == 1
    assert relaxed.templates_needed == 1
    assert json.dumps(found.as_dict(), allow_nan=False)
    assert list(found.to_frame()["level"]) == [row.level for row in found.rows]


# Where templates are nearly all of the variance it is that of t with 7 degrees of freedom: 7/5 of EMS.
@pytest.mark.parametrize(("shift", "noise", "expected"), [(0.02, 1.0, 1.2), (0.3, 0.3, 1.4)])
def test_resampled_differences_vary_as_ems_says(shift: float, noise: float, expected: float):
    rng = np.random.default_rng(2)
    ratios: list[float] = []
    for _ in range(40):
        grids = grids_of(rng, [0.2, 0.0], 50, 8, shift, noise)
        drawn = resampled_means(grids, rng=rng, draws=600)
        assert drawn.mean(axis=0) == pytest.approx(grids.mean(axis=(1, 2)), abs=0.05)
        ratios.append(
            float(np.var(drawn[:, 0] - drawn[:, 1])) / crossed_mean_of(grids[0] - grids[1]).variance
        )
    # Plain product weights would give about 3 in the first case; what is more than 1 is that the template
    # component, near 0, comes out positive half of the time.
    assert np.mean(ratios) == pytest.approx(expected, abs=0.15)


def test_a_reversal_is_as_likely_as_the_one_sided_t_test_says():
    rng = np.random.default_rng(9)
    apart: list[float] = []
    for _ in range(30):
        grids = grids_of(rng, [0.2, 0.0], 300, 6, shift=0.15, noise=0.2)
        mean = crossed_mean_of(grids[0] - grids[1])
        drawn = resampled_means(grids, rng=rng, draws=4000)
        turned = float(np.mean((drawn[:, 0] - drawn[:, 1]) * np.sign(mean.value) < 0))
        apart.append(turned - mean.tail(abs(mean.value)))
    assert abs(np.mean(apart)) < 0.012
    assert np.std(apart) < 0.03


def test_how_often_the_order_turns_round_in_new_sweeps():
    """The probability of a reversal, over many sweeps, against how often two sweeps' orders really differ."""
    rng = np.random.default_rng(3)
    said: list[float] = []
    wrong: list[bool] = []
    for _ in range(250):
        grids = grids_of(rng, [0.08, 0.0], 40, 6, shift=0.1)
        drawn = resampled_means(grids, rng=rng, draws=200)
        means = grids.mean(axis=(1, 2))
        said.append(float(np.mean((drawn[:, 0] > drawn[:, 1]) != (means[0] > means[1]))))
        wrong.append(bool(means[0] < means[1]))
    # Given what was observed the truth lies on the other side about as often as the draws do.
    assert np.mean(said) == pytest.approx(np.mean(wrong), abs=0.07)


def test_templates_needed_gives_that_certainty():
    rng = np.random.default_rng(4)
    grids = grids_of(rng, [0.12, 0.0], 400, 12, shift=0.12, noise=0.2)
    found = ranking(table_of(grids), rng=rng, certainty=0.9, **COLUMNS)
    assert found.templates_needed is not None
    difference = (grids[0] - grids[1]).mean(axis=0)
    # With so many items only templates matter: P(mean of n drawn > 0) by the normal distribution.
    n = (1.2816 * difference.std(ddof=1) / difference.mean()) ** 2
    assert found.templates_needed == pytest.approx(n, rel=0.35, abs=1)
    stricter = ranking(table_of(grids), rng=rng, certainty=0.99, **COLUMNS)
    assert stricter.templates_needed is None or stricter.templates_needed > found.templates_needed


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 4), st.integers(2, 8), st.integers(3, 5), st.integers(0, 2**32 - 1))
def test_names_and_order_of_rows_do_not_matter(models: int, items: int, templates: int, seed: int):
    rng = np.random.default_rng(seed)
    table = table_of(rng.integers(0, 2, (models, items, templates)).astype(float))
    shuffled = table.sample(frac=1, random_state=1)
    one = ranking(table, rng=np.random.default_rng(5), draws=100, **COLUMNS)
    other = ranking(shuffled, rng=np.random.default_rng(5), draws=100, **COLUMNS)
    assert one == other
    assert sum(row.best for row in one.rows) == pytest.approx(1)
    assert sum(row.rank for row in one.rows) == pytest.approx(models * (models + 1) / 2)
    assert one.random == ("item", "template")
    renamed = table.assign(model=table["model"].map(dict(zip("abcd", "ABCD", strict=True))))
    again = ranking(renamed, rng=np.random.default_rng(5), draws=100, **COLUMNS)
    assert [row.best for row in again.rows] == [row.best for row in one.rows]


def test_models_that_are_the_same_share_their_place():
    grids = np.random.default_rng(6).normal(size=(1, 20, 5))
    found = ranking(table_of(np.repeat(grids, 2, axis=0)), rng=np.random.default_rng(7), **COLUMNS)
    assert [row.rank for row in found.rows] == [1.5, 1.5]
    assert found.reversals[0].probability == pytest.approx(0.5, abs=0.05)


def test_what_cannot_be_ranked_is_refused():
    rng = np.random.default_rng(8)
    table = table_of(grids_of(rng, [0, 1], 5, 3))
    with pytest.raises(ValueError, match="are the least; got 2, 5 and 2"):
        ranking(table.query("template < 2"), rng=rng, **COLUMNS)
    with pytest.raises(UnbalancedError):
        ranking(table[1:], rng=rng, **COLUMNS)
    with pytest.raises(ValueError, match="certainty is a coverage"):
        ranking(table, rng=rng, certainty=1, **COLUMNS)
    with pytest.raises(ValueError, match="draws and most_templates of 1 or more"):
        ranking(table, rng=rng, draws=0, **COLUMNS)
