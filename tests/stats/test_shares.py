from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from stats.components import components
from stats.shares import variance_shares
from stats.tables import UnbalancedError

Read = Callable[[str], pd.DataFrame]


def test_values_are_the_components_shares(reference: Read):
    table = reference("brennan3_pxixo")
    factors = ("person", "item", "occasion")
    found = variance_shares(table, value="y", factors=factors, rng=np.random.default_rng(1), draws=200)
    expected = components(table, value="y", factors=factors)
    assert [row.value for row in found.rows] == pytest.approx([row.share for row in expected.rows])
    assert sum(row.value for row in found.rows) == pytest.approx(1)
    assert all(0 <= row.low <= row.high <= 1 for row in found.rows)
    assert found.get("occasion × item") == found.get("item × occasion")
    assert list(found.to_frame().columns) == ["term", "value", "low", "high"]
    with pytest.raises(ValueError, match="no share of 'raters'"):
        found.get("raters")


def test_with_two_mean_squares_it_is_the_exact_f_interval(reference: Read):
    # One factor with replicates: (F / F_q - 1) / (F / F_q - 1 + n) is exact for the share.
    table = reference("dyestuff")
    found = variance_shares(
        table, value="Yield", factors=("Batch",), rng=np.random.default_rng(1), draws=100_000
    )
    ratio = components(table, value="Yield", factors=("Batch",)).get("Batch").ms / 2451.25
    from scipy import stats as distributions

    ends = [(ratio / distributions.f.ppf(q, 5, 24) - 1) for q in (0.975, 0.025)]
    low, high = (max(end, 0) / (max(end, 0) + 5) for end in ends)
    batch = found.get("Batch")
    assert (batch.low, batch.high) == pytest.approx((low, high), abs=0.01)


def test_intervals_cover_the_templates_share():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(300):
        y = rng.normal(0, 1, (40, 8)) + rng.normal(0, 1, (40, 1)) + rng.normal(0, 0.5, (1, 8))
        item, template = np.indices(y.shape).reshape(2, -1)
        table = pd.DataFrame({"item": item, "template": template, "y": y.ravel()})
        found = variance_shares(table, value="y", factors=("item", "template"), rng=rng, draws=400)
        share = found.get("template")
        hits += share.low <= 0.25 / 2.25 <= share.high
    assert 0.91 <= hits / 300 <= 0.985


def test_tables_without_variance_and_unbalanced_ones(reference: Read):
    table = reference("dyestuff")
    rng = np.random.default_rng(1)
    found = variance_shares(table.assign(Yield=1), value="Yield", factors=("Batch",), rng=rng, draws=10)
    assert [(row.value, row.low, row.high) for row in found.rows] == [(0, 0, 0)] * 2
    with pytest.raises(UnbalancedError, match="cells hold 4 to 5 rows"):
        variance_shares(table.iloc[1:], value="Yield", factors=("Batch",), rng=rng)
