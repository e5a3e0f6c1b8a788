import json
from dataclasses import dataclass

import numpy as np
import pytest

from stats.estimate import Estimate, check_level, record


def test_as_dict_is_json_with_infinities_as_none():
    estimate = Estimate(0.5, -float("inf"), 1.0, 0.95, "t", ("item",), {"item": 3}, None)
    plain = json.loads(json.dumps(estimate.as_dict(), allow_nan=False))
    assert plain == {
        "value": 0.5,
        "low": None,
        "high": 1.0,
        "level": 0.95,
        "method": "t",
        "random": ["item"],
        "n": {"item": 3},
        "df": None,
        "note": "",
    }


def test_record_unwraps_numpy_scalars_and_nested_dataclasses():
    @dataclass(frozen=True)
    class Inner:
        level: object

    @dataclass(frozen=True)
    class Outer:
        inner: Inner
        many: tuple[Inner, ...]

    plain = record(Outer(Inner(np.int64(3)), (Inner(np.bool_(True)), Inner(("a", 1.5)))))
    assert plain == {"inner": {"level": 3}, "many": [{"level": True}, {"level": ["a", 1.5]}]}
    assert json.dumps(plain)


def test_record_refuses_what_is_no_dataclass():
    with pytest.raises(TypeError, match="dataclass instance"):
        record({"a": 1})


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan")])
def test_impossible_levels_are_refused(level: float):
    with pytest.raises(ValueError, match=r"confidence is a coverage between 0 and 1"):
        check_level(level, "confidence")
