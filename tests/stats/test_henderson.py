from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from stats.components import components

Read = Callable[[str], pd.DataFrame]


def test_brennans_example_with_missing_cells(reference: Read):
    table = reference("brennan_unbalanced_pxi")
    found = components(table, value="y", factors=("person", "item"), method="henderson")
    expected = {"person": 0.0472529138, "item": 0.0117368742, "person × item": 0.1840078066}
    assert {row.term: row.raw for row in found.rows} == pytest.approx(expected, rel=1e-8)
    assert found.method == "Henderson I"
    assert all(np.isnan(row.low) and row.p_value is None for row in found.rows)


@pytest.mark.parametrize(
    ("name", "value", "factors", "nested"),
    [
        ("penicillin", "diameter", ("plate", "sample"), None),
        ("dyestuff2", "Yield", ("Batch",), None),
        ("pastes", "strength", ("batch", "cask"), {"cask": "batch"}),
        ("brennan3_pxixo", "y", ("person", "item", "occasion"), None),
        ("crossed_balanced", "y", ("passage", "item", "template"), {"item": "passage"}),
    ],
)
def test_it_is_ems_where_the_table_is_balanced(
    reference: Read, name: str, value: str, factors: tuple[str, ...], nested: dict[str, str] | None
):
    table = reference(name)
    found = components(table, value=value, factors=factors, nested=nested, method="henderson")
    expected = components(table, value=value, factors=factors, nested=nested, method="ems")
    assert found.residual == expected.residual
    assert [row.term for row in found.rows] == [row.term for row in expected.rows]
    assert [row.raw for row in found.rows] == pytest.approx([row.raw for row in expected.rows], abs=1e-9)
    assert [row.df for row in found.rows] == [row.df for row in expected.rows]


def test_estimates_are_unbiased_with_missing_rows():
    rng = np.random.default_rng(2)
    a, b = np.indices((12, 6)).reshape(2, -1)
    kept = rng.random(72) > 0.3
    estimates = []
    for _ in range(150):
        y = rng.normal(0, 1, 12)[a] + rng.normal(0, 0.7, 6)[b] + rng.normal(0, 0.8, 72)
        table = pd.DataFrame({"a": a, "b": b, "y": y})[kept]
        found = components(table, value="y", factors=("a", "b"), method="henderson")
        estimates.append([row.raw for row in found.rows])
    errors = np.mean(estimates, axis=0) - [1, 0.49, 0.64]
    assert (np.abs(errors) < 4 * np.std(estimates, axis=0) / 150**0.5).all()


def test_rows_that_are_copies_count_once(reference: Read):
    table = reference("brennan_unbalanced_pxi")
    once = components(table, value="y", factors=("person", "item"), method="henderson")
    twice = components(
        pd.concat([table, table.iloc[:9]]), value="y", factors=("person", "item"), method="henderson"
    )
    assert [row.raw for row in once.rows] == pytest.approx([row.raw for row in twice.rows])


def test_factors_that_cannot_be_told_apart_are_refused():
    table = pd.DataFrame({"a": [0, 0, 1, 1, 2, 2], "b": [0, 0, 1, 1, 2, 2], "y": np.arange(6.0)})
    with pytest.raises(ValueError, match="cannot tell a, b"):
        components(table, value="y", factors=("a", "b"), order=1, method="henderson")
    with pytest.raises(ValueError, match="all random"):
        components(table, value="y", factors=("a", "b"), fixed=("b",), method="henderson")
