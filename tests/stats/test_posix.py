from typing import TypedDict

import numpy as np
import pandas as pd
import pytest

from stats.posix import posix, posix_index
from stats.tables import UnbalancedError


class Columns(TypedDict):
    log_probability: str
    length: str
    item: str
    template: str
    response_of: str


COLUMNS = Columns(
    log_probability="logp", length="tokens", item="item", template="template", response_of="response_of"
)


def scored(seed: int, items: int = 8, n: int = 3, spread: float = 1.0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    rows = []
    for item in range(items):
        base, tokens = -generator.uniform(20, 40, n), generator.integers(1, 30, n)
        for i in range(n):
            for j in range(n):
                noise = 0.0 if i == j else spread * generator.normal()
                rows.append((item, f"t{i}", f"t{j}", base[j] + noise, tokens[j]))
    return pd.DataFrame(rows, columns=["item", "template", "response_of", "logp", "tokens"])


def test_the_formula_by_hand():
    logs = [[-2.0, -6.0], [-3.0, -4.0]]
    # Response 0 (2 tokens) loses 1 nat, response 1 (4 tokens) 2 nats.
    assert posix_index(logs, [2, 4]) == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert posix_index(np.full((3, 3), -5.0), [1, 2, 3]) == 0


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="N × N array and N lengths"):
        posix_index([[-1.0, -2.0]], [1])
    with pytest.raises(ValueError, match="length of 1 token"):
        posix_index([[-1.0, -2.0], [-1.0, -2.0]], [0, 1])
    with pytest.raises(ValueError, match="at most 0"):
        posix_index([[1.0, -2.0], [-1.0, -2.0]], [1, 1])


def test_a_data_set_has_the_mean_over_its_items():
    table = scored(1)
    found = posix(table, **COLUMNS)
    each = []
    for _, mine in table.groupby("item"):
        logs = mine.pivot(index="template", columns="response_of", values="logp")
        each.append(posix_index(logs, mine.groupby("response_of")["tokens"].first()))
    assert found.raw == found.corrected == found.signed == pytest.approx(np.mean(each))
    assert found.floor == 0
    assert "a control arm would measure it" in found.note
    assert found.detectable is None
    assert found.low < found.raw < found.high


def test_a_control_arm_is_the_floor():
    still = posix(scored(1), control=scored(1, spread=0.0), **COLUMNS)
    assert still.floor == 0
    assert still.detectable
    same = posix(scored(1), control=scored(1), **COLUMNS)
    assert same.signed == 0
    assert not same.detectable
    part = scored(2, spread=0.3)
    found = posix(scored(1), control=part[part["item"] < 5], **COLUMNS)
    assert found.raw == pytest.approx(found.floor + (found.signed or 0))
    assert found.note == "3 of 8 item levels have no repeats and are left out"


def test_missing_pairs_are_named():
    with pytest.raises(UnbalancedError, match="1 of 9 cells have no row"):
        posix(scored(1).iloc[1:], **COLUMNS)
    table = scored(1)
    with pytest.raises(UnbalancedError, match="every response_of needs one row with every template"):
        posix(pd.concat([table, table]), **COLUMNS)
    with pytest.raises(ValueError, match="at least 2 levels of 'item'"):
        posix(table[table["item"] == 0], **COLUMNS)
