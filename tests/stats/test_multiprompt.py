import json
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from scipy import special

from stats.estimate import FloatArray
from stats.multiprompt import MultiPrompt, multiprompt


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def full(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> FloatArray:
    logit = rng.normal(0.8, sigma, (shape[0], 1)) - rng.normal(0, 1.5, shape[1])
    return (rng.random(shape) < special.expit(logit)).astype(float)


def asked(rng: np.random.Generator, table: FloatArray, each: int) -> pd.DataFrame:
    chosen = np.concatenate([rng.choice(table.shape[1], each, replace=False) for _ in table])
    rows = np.repeat(np.arange(len(table)), each)
    return pd.DataFrame({"template": rows, "item": chosen, "score": table[rows, chosen]})


def test_where_everything_was_asked_nothing_is_guessed():
    rng = np.random.default_rng(1)
    table = full(rng, (12, 30), 0.4)
    found = multiprompt(asked(rng, table, 30), rng=rng, draws=20, **COLUMNS)
    for row, truth in zip(found.rows, table.mean(axis=1), strict=True):
        assert (row.raw, row.value, row.low, row.high) == pytest.approx((truth,) * 4, abs=2e-3)
    assert found.share == 1
    assert found.sd.value == pytest.approx(found.raw_sd, abs=2e-3)
    assert found.quantiles[0.5].value == pytest.approx(np.median(table.mean(axis=1)), abs=2e-3)
    assert found.mean.value == pytest.approx(table.mean(), abs=1e-3)


def test_tails_are_neither_stretched_nor_shrunk_and_intervals_hold():
    errors: list[tuple[float, float, float, float]] = []
    inside: list[tuple[bool, ...]] = []
    spreads: list[tuple[float, float, float]] = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        table = full(rng, (60, 200), 0.3)
        found = multiprompt(asked(rng, table, 50), rng=rng, draws=80, **COLUMNS)
        truth = np.quantile(table.mean(axis=1), [0.05, 0.25, 0.5, 0.75, 0.95])
        plain = np.quantile([row.raw for row in found.rows], [0.05, 0.95])
        ends = found.quantiles[0.05].value - truth[0], found.quantiles[0.95].value - truth[4]
        errors.append((ends[0], ends[1], float(plain[0] - truth[0]), float(plain[1] - truth[4])))
        inside.append(
            tuple(
                one.low <= true <= one.high for one, true in zip(found.quantiles.values(), truth, strict=True)
            )
        )
        spreads.append((float(table.mean(axis=1).std(ddof=1)), found.sd.value, found.raw_sd))
    low, high, plain_low, plain_high = np.mean(errors, axis=0)
    assert abs(low) < 0.4 * abs(plain_low)
    assert abs(high) < 0.4 * abs(plain_high)
    true, corrected, raw = np.mean(spreads, axis=0)
    assert raw > 1.25 * true
    assert corrected == pytest.approx(true, rel=0.12)
    assert np.mean(inside) >= 0.8  # .9 is usual


def test_nothing_is_estimated_that_what_was_asked_rules_out():
    rng = np.random.default_rng(7)
    table = np.repeat([0.0, 1.0], 6)[:, None] * np.ones((12, 50))
    found = multiprompt(asked(rng, table, 20), rng=rng, draws=20, **COLUMNS)
    assert all(0 <= row.low <= row.high <= 0.6 for row in found.rows[:6])
    assert all(0.4 <= row.low <= row.high <= 1 for row in found.rows[6:])


def test_a_few_broken_templates_leave_the_spread_of_the_others_alone():
    widths: list[tuple[float, float]] = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        ability = rng.normal(0.8, 0.3, (60, 1)) - 3.0 * (np.arange(60)[:, None] < 6)
        chance = special.expit(ability - rng.normal(0, 1.5, 200))
        table = (rng.random(chance.shape) < chance).astype(float)
        found = multiprompt(asked(rng, table, 40), rng=rng, draws=80, **COLUMNS)
        low, high = np.quantile(table.mean(axis=1), [0.25, 0.75])
        widths.append((float(high - low), found.quantiles[0.75].value - found.quantiles[0.25].value))
    true, estimated = np.mean(widths, axis=0)
    assert estimated == pytest.approx(true, rel=0.3)  # one normal for all would give 1.8 times as much


def test_order_and_labels_do_not_matter_and_it_can_be_written_down():
    rng = np.random.default_rng(3)
    table = asked(rng, full(rng, (6, 40), 0.4), 12)
    renamed = table.sample(frac=1, random_state=1).assign(template=lambda t: "t" + t["template"].astype(str))

    def run(table: pd.DataFrame) -> MultiPrompt:
        return multiprompt(table, rng=np.random.default_rng(0), draws=20, **COLUMNS)

    before, after = run(table), run(renamed)
    assert [row.value for row in before.rows] == pytest.approx([row.value for row in after.rows])
    assert "was asked only 12 items" in before.note
    assert list(before.to_frame()["asked"]) == [12] * 6
    assert json.dumps(before.as_dict(), allow_nan=False)


def test_what_the_model_is_not_for_is_refused():
    rng = np.random.default_rng(4)
    table = asked(rng, full(rng, (6, 40), 0.4), 12)
    with pytest.raises(ValueError, match=r"scores in \[0, 1\]"):
        multiprompt(table.assign(score=2.0), rng=rng, **COLUMNS)
    with pytest.raises(ValueError, match="at least 3 levels of 'template'"):
        multiprompt(table[table["template"] < 2], rng=rng, **COLUMNS)
    with pytest.raises(ValueError, match="every answer has the same 'score'"):
        multiprompt(table.assign(score=1.0), rng=rng, **COLUMNS)
    with pytest.raises(ValueError, match="quantiles lie between 0 and 1"):
        multiprompt(table, quantiles=[5], rng=rng, **COLUMNS)
