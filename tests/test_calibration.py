"""On respondents whose truth is known: effects that are there are found, and none that are not.

A fast part of what `tests/benchmarks/calibration.py` does with more respondents.
"""

from tests.calibration import Calibration, calibrate


def test_no_template_effect_is_rarely_called_one() -> None:
    found = calibrate(Calibration(sigma_template=0.0), seeds=range(200))
    assert found.detected <= 0.07


def test_a_template_effect_is_found_and_its_size_lies_in_the_interval() -> None:
    found = calibrate(Calibration(sigma_template=0.08, items=150), seeds=range(200))
    assert found.detected >= 0.90
    assert found.covered >= 0.92
