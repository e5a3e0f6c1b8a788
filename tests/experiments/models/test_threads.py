"""How many threads an engine gets."""

import os
from unittest.mock import Mock

import pytest

from experiments.models.threads import free_cores


def test_threads_are_one_in_ci_and_leave_busy_cores_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert free_cores() == 1
    monkeypatch.delenv("CI")
    monkeypatch.setattr("experiments.models.threads._siblings", str)
    monkeypatch.setattr("os.sched_getaffinity", Mock(return_value={0, 1, 2, 3}))
    second = os.sysconf("SC_CLK_TCK")
    for busy, expected in ((0, 4), (2.9, 1), (1.1, 3), (9, 1)):
        ticks = Mock(side_effect=[1000, 1000 + 0.1 * busy * second])
        monkeypatch.setattr("experiments.models.threads._busy_ticks", ticks)
        assert free_cores() == expected
