"""docs/intervals.md: its example runs, and every function that it names is there."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "intervals.md").read_text(encoding="utf-8")


def test_the_example_runs(capsys: pytest.CaptureFixture[str]):
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(block, "docs/intervals.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "item × template" in printed
    low, high = map(float, printed.splitlines()[0].split())
    assert 0 < low < high < 1


def test_every_function_named_is_there():
    named = set(re.findall(r"stats\.(\w+)\.(\w+)", PAGE))
    assert len(named) >= 10
    for module, function in named:
        assert hasattr(importlib.import_module(f"stats.{module}"), function), f"stats.{module}.{function}"
