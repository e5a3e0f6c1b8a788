"""docs/verify.md: it counts right, and what it names is there."""

import importlib
import re
from pathlib import Path

from experiments.verifying.command import SOURCES
from experiments.verifying.oracles import oracles

PAGE = (Path(__file__).parents[2] / "docs" / "verify.md").read_text(encoding="utf-8")


def test_the_page_says_how_many_numbers_need_no_files() -> None:
    assert f"{sum(len(section.checks) for section in oracles())} numbers whose data are at hand" in PAGE


def test_every_source_and_module_named_is_there() -> None:
    assert all(f"fathom verify {source} PATH" in PAGE for source in SOURCES)
    modules = set(re.findall(r"`stats\.(\w+)`", PAGE))
    assert len(modules) >= 10
    for module in modules:
        importlib.import_module(f"stats.{module}")
