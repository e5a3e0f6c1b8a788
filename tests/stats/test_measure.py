from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stats.measure import to_frame
from stats.sensitivity import sensitivity


def test_measures_make_a_table(reference: Callable[[str], pd.DataFrame]):
    found = sensitivity(
        reference("crossed_balanced"),
        value="y",
        item="item",
        template="template",
        rng=np.random.default_rng(0),
    )
    frame = to_frame(found)
    assert list(frame["metric"]) == ["sigma_template", "spread", "pdr"]
    assert frame["signed"].iloc[0] == pytest.approx(0.004237288135593224)


def test_what_is_not_finite_becomes_none(reference: Callable[[str], pd.DataFrame]):
    table = reference("crossed_balanced")
    sigma = sensitivity(table, value="y", item="item", template="template", rng=np.random.default_rng(0))[0]
    record = replace(sigma, floor=float("nan"), high=float("inf"), signed=None).as_dict()
    assert (record["floor"], record["high"], record["signed"]) == (None, None, None)
