from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from stats.components import components
from stats.ems import noncentrality
from stats.estimate import FloatArray
from stats.tables import UnbalancedError

Read = Callable[[str], pd.DataFrame]


def table_of(array: FloatArray, names: Sequence[str]) -> pd.DataFrame:
    indices = np.indices(array.shape).reshape(array.ndim, -1)
    return pd.DataFrame(dict(zip(names, indices, strict=True))).assign(y=array.ravel())


def drawn(shape: tuple[int, ...], variances: Mapping[tuple[int, ...], float], seed: int) -> FloatArray:
    """The sum of independent normal effects of the given variances on the given axes."""
    rng = np.random.default_rng(seed)
    y = np.zeros(shape)
    for axes, variance in variances.items():
        y += rng.normal(0, variance**0.5, [size if axis in axes else 1 for axis, size in enumerate(shape)])
    return y


def test_pastes_equals_lme4(reference: Read):
    # lmer(strength ~ 1 + (1 | batch) + (1 | sample)); casks are named a, b and c in every batch.
    for sample in ("sample", "cask"):
        found = components(
            reference("pastes"), value="strength", factors=("batch", sample), nested={sample: "batch"}
        )
        assert found.get("batch").raw == pytest.approx(1.65731, rel=1e-5)
        assert found.get(sample).raw == pytest.approx(8.43367, rel=1e-5)
        assert found.get("residual").raw == pytest.approx(0.678, rel=1e-5)
        assert [row.df for row in found.rows] == [9, 20, 30]
        assert found.n == {"batch": 10, sample: 30, "replicate": 2}


def test_items_in_passages_equal_lme4(reference: Read):
    # lmer(y ~ 1 + (1 | item) + (1 | template) + (1 | item:template)): without passages the same table gives
    # the same template component, since passage × template has little to take.
    table = reference("crossed_balanced")
    found = components(table, value="y", factors=("passage", "item", "template"), nested={"item": "passage"})
    plain = components(table, value="y", factors=("item", "template"))
    squares = {row.term: row.ms * row.df for row in found.rows}
    assert squares["passage"] + squares["item"] == pytest.approx(plain.get("item").ms * 59)
    assert squares["passage × template"] + squares["item × template"] == pytest.approx(
        plain.get("item × template").ms * 295
    )
    assert found.get("template").ms == pytest.approx(plain.get("template").ms)
    assert found.n == {"passage": 15, "item": 60, "template": 6, "replicate": 3}


def test_six_factors_recover_what_was_put_in():
    true = {(0,): 1.0, (1,): 0.5, (0, 1): 0.5, (2, 3): 0.7, tuple(range(6)): 0.3}
    y = drawn((12, 10, 9, 8, 3, 3), true, seed=3)
    found = components(table_of(y, "abcdef"), value="y", factors=tuple("abcdef"), order=2)
    assert len(found.rows) == 6 + 15 + 1
    assert found.residual == "residual"
    for term, variance in (("a × b", 0.5), ("c × d", 0.7), ("residual", 0.3)):
        assert found.get(term).value == pytest.approx(variance, rel=0.25)
    assert found.get("e").value < 0.02
    total = sum(row.ms * row.df for row in found.rows)
    assert total == pytest.approx(y.size * y.var())


def test_interactions_left_out_join_the_residual(reference: Read):
    # lmer(y ~ 1 + (1 | item) + (1 | template)) on the balanced table.
    found = components(reference("crossed_balanced"), value="y", factors=("item", "template"), order=1)
    assert found.get("item").raw == pytest.approx(0.0526298860291398, rel=1e-5)
    assert found.get("template").raw == pytest.approx(0.00437912563435159, rel=1e-5)
    assert found.get("residual").raw == pytest.approx(0.165090321884987, rel=1e-5)


def test_pooled_terms_may_weigh_twice():
    # With four factors and order 2, a is estimated by A - AB - AC - AD + 2 residual.
    true = {(0,): 1.0, (0, 1): 0.3, (0, 2): 0.3, (0, 3): 0.3, (0, 1, 2, 3): 0.5}
    found = [
        components(table_of(drawn((8, 6, 5, 4), true, seed), "abcd"), value="y", factors="abcd", order=2)
        for seed in range(60)
    ]
    for term, variance in (("a", 1.0), ("a × b", 0.3), ("residual", 0.5)):
        raw = np.array([one.get(term).raw for one in found])
        assert abs(raw.mean() - variance) < 4 * raw.std() / 60**0.5


def test_a_fixed_factors_variance_is_that_of_its_own_levels():
    effects = np.array([-0.5, 0.0, 0.5])
    true = float(effects.var(ddof=1))
    found = [
        components(
            table_of(
                drawn((20, 3, 2), {(0,): 1.0, (0, 1): 0.2, (0, 1, 2): 0.5}, seed) + effects[:, None], "abc"
            ),
            value="y",
            factors=("a", "b"),
            fixed=("b",),
        )
        for seed in range(200)
    ]
    rows = [one.get("b") for one in found]
    assert all(row.fixed for row in rows)
    assert 0.91 <= np.mean([row.low <= true <= row.high for row in rows]) <= 0.985
    raw = np.array([row.raw for row in rows])
    assert raw.mean() == pytest.approx(true, abs=4 * raw.std() / 200**0.5)
    estimate = found[0].sigma("b")
    assert estimate.random == ("a",)
    assert "noncentral F" in estimate.method
    assert not found[0].get("a × b").fixed


def test_noncentrality_inverts_the_distribution():
    found = noncentrality(4.0, 3, 20, 0.025)
    assert distributions.ncf.cdf(4.0, 3, 20, found) == pytest.approx(0.025, abs=1e-9)
    assert noncentrality(0.5, 3, 20, 0.975) == 0


def test_nesting_that_is_not_balanced_is_refused_by_name(reference: Read):
    table = reference("pastes")
    table = table[table["sample"] != "A:a"]
    with pytest.raises(UnbalancedError, match="batch × sample: cells hold 0 to 2 rows"):
        components(
            table, value="strength", factors=("batch", "sample"), nested={"sample": "batch"}, method="ems"
        )
    single = table[table["cask"] == "b"]
    with pytest.raises(ValueError, match="'sample' has one level within each level of batch"):
        components(single, value="strength", factors=("batch", "sample"), nested={"sample": "batch"})


def test_all_fixed_is_refused(reference: Read):
    with pytest.raises(ValueError, match="at least one has to be a sample"):
        components(reference("dyestuff"), value="Yield", factors=("Batch",), fixed=("Batch",))
