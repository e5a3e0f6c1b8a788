from collections.abc import Callable
from itertools import product
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest

from stats.intervals import score
from stats.missing import missing_bounds

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def grid_of(items: int = 60, templates: int = 5) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return np.random.default_rng(1).integers(0, 2, (items, templates)).astype(float)


def test_without_failures_all_ways_agree(tidy: Tidy):
    table = tidy(grid_of())
    found = missing_bounds(table, rng=rng(), **COLUMNS)
    assert (found.failed, found.requests, found.share, found.warning) == (0, 300, 0, "")
    assert [one.name for one in found.scenarios] == ["dropped", "all wrong", "all right"]
    assert len({one.score.value for one in found.scenarios}) == 1
    assert found.score_bounds[0] == found.score_bounds[1] == pytest.approx(grid_of().mean())
    assert found.spread_bounds == pytest.approx((np.ptp(grid_of().mean(axis=0)),) * 2)
    assert found.scenarios[0].score == score(table, **COLUMNS).crossed


def test_failed_is_neither_wrong_nor_right(tidy: Tidy):
    grid = grid_of()
    table = tidy(grid)
    table.loc[[0, 1, 7], "score"] = np.nan
    found = missing_bounds(table, rng=rng(), **COLUMNS)
    dropped, wrong, right = found.scenarios
    assert dropped.items == 58
    assert dropped.score.value == pytest.approx(grid[2:].mean())
    assert wrong.score.value == pytest.approx(np.nansum(table["score"]) / 300)
    assert right.score.value == pytest.approx((np.nansum(table["score"]) + 3) / 300)
    assert found.score_bounds == pytest.approx((wrong.score.value, right.score.value))
    assert found.by_template == pytest.approx({0: 1 / 60, 1: 1 / 60, 2: 1 / 60, 3: 0, 4: 0})
    assert found.share == 0.01
    assert found.warning == ""  # not above 1 %
    assert list(found.to_frame()["items"]) == [58, 60, 60]
    assert found.as_dict()["failed"] == 3


def test_a_column_may_mark_failures_and_absent_cells_are_failures(tidy: Tidy):
    table = tidy(grid_of())
    emptied, absent = table.copy(), table.drop(index=[0, 1, 7, 8])
    emptied.loc[[0, 1, 7, 8], "score"] = np.nan
    marked = table.assign(error=table.index.isin([0, 1, 7, 8]))
    first = missing_bounds(emptied, rng=rng(), **COLUMNS)
    assert missing_bounds(marked, failed="error", rng=rng(), **COLUMNS) == first
    assert missing_bounds(absent, rng=rng(), **COLUMNS) == first
    assert "1.3 % of requests failed, 1.7 % of those with 0: run them again" in first.warning


def test_bounds_of_the_spread_hold_every_outcome_and_are_reached(tidy: Tidy):
    table = tidy(grid_of(6, 3))
    lost = [0, 1, 5, 8, 13]
    table.loc[lost, "score"] = np.nan
    found = missing_bounds(table, rng=rng(), draws=20, **COLUMNS)
    spreads, scores = [], []
    for outcome in product([0.0, 1.0], repeat=len(lost)):
        full = table["score"].to_numpy().copy()
        full[lost] = outcome
        means = full.reshape(6, 3).mean(axis=0)
        spreads.append(np.ptp(means))
        scores.append(means.mean())
    assert found.spread_bounds[1] == pytest.approx(max(spreads))
    assert found.spread_bounds[0] <= min(spreads) + 1e-12
    assert found.score_bounds == pytest.approx((min(scores), max(scores)))
    assert max(one.spread.raw for one in found.scenarios[-2:]) <= found.spread_bounds[1] + 1e-12


def test_no_complete_items_leave_the_bounds(tidy: Tidy):
    table = tidy(grid_of(6, 6))
    table.loc[table["item"] == table["template"], "score"] = np.nan
    found = missing_bounds(table, rng=rng(), draws=20, **COLUMNS)
    assert [one.name for one in found.scenarios] == ["all wrong", "all right"]
    assert "fewer than two items are complete" in found.warning


def test_bad_input_is_refused(tidy: Tidy):
    table = tidy(grid_of(6, 3))
    with pytest.raises(ValueError, match="every request failed"):
        missing_bounds(table.assign(score=np.nan), rng=rng(), **COLUMNS)
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        missing_bounds(table.assign(score=2.0), rng=rng(), **COLUMNS)
    holed = table.assign(error=False)
    holed.loc[0, "score"] = np.nan
    with pytest.raises(ValueError, match="empty in 1 rows that did not fail"):
        missing_bounds(holed, failed="error", rng=rng(), **COLUMNS)
