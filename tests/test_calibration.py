"""On respondents whose truth is known: effects that are there are found, and none that are not.

A fast part of what `tests/benchmarks/calibration.py` does with more respondents.
"""

import pytest

from tests.calibration import Calibration, calibrate


def test_no_template_effect_is_rarely_called_one() -> None:
    found = calibrate(Calibration(sigma_template=0.0), seeds=range(200))
    assert found.detected <= 0.07


# 10 templates × 100 items find a σ of .08 in 89 % at a mean of .6, where answers are noisiest (so says the F
# distribution too), and in 92 % at .8; hence more items for the first.
@pytest.mark.parametrize(("mean", "items"), [(0.6, 150), (0.8, 100)])
def test_a_template_effect_is_found_and_its_size_lies_in_the_interval(mean: float, items: int) -> None:
    found = calibrate(Calibration(sigma_template=0.08, items=items, mean=mean), seeds=range(200))
    assert found.detected >= 0.90
    assert found.covered >= 0.92
