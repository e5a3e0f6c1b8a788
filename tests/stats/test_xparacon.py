from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from stats.xparacon import xparacon

Tidy = Callable[..., pd.DataFrame]


def test_it_is_minus_the_logarithm_of_the_standard_deviation(tidy: Tidy):
    generator = np.random.default_rng(1)
    grid = (generator.random((80, 5)) < [0.2, 0.4, 0.6, 0.8, 0.5]).astype(float)
    found = xparacon(tidy(grid), value="score", item="item", template="template", rng=generator)
    assert found.raw == pytest.approx(-np.log(grid.mean(axis=0).std(ddof=1)))
    assert found.low < found.corrected < found.high
    assert found.floor > found.raw
    assert found.detectable
    ten = xparacon(tidy(grid), value="score", item="item", template="template", rng=generator, base=10)
    assert ten.raw == pytest.approx(found.raw / np.log(10))


def test_no_variance_left_is_infinite_and_said(tidy: Tidy):
    grid = np.random.default_rng(7).integers(0, 2, (30, 1)) * np.ones((1, 4))
    rng = np.random.default_rng(0)
    found = xparacon(tidy(grid), value="score", item="item", template="template", rng=rng)
    assert found.raw == found.corrected == np.inf
    assert "infinite" in found.note
    assert found.as_dict()["raw"] is None
    with pytest.raises(ValueError, match="base of the logarithm"):
        xparacon(tidy(grid), value="score", item="item", template="template", rng=rng, base=1)
