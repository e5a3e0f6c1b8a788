import json
import re
from collections.abc import Callable
from dataclasses import astuple
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.report.build import make_report
from experiments.report.limits import LADDER, MOST_BYTES
from experiments.store.manifest import read_manifest, write_manifest

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("m",), "tasks": ("gsm8k",), "shots": (0,), "hostile": False}


def test_every_step_of_the_ladder_shows_less() -> None:
    for before, after in pairwise(LADDER):
        assert all(less <= more for less, more in zip(astuple(after), astuple(before), strict=True))
        assert after != before


def test_a_page_of_long_texts_shows_fewer_and_says_so(make_run: MakeRun) -> None:
    folder = make_run(**ONE, items=220, form="chat", graders=("strict",))
    manifest = read_manifest(folder)
    manifest["report"]["flipped"] = 300
    write_manifest(folder, manifest)
    path = folder / "requests.parquet"
    table = pd.read_parquet(path)
    turns = [{"role": "user", "content": "&" * 5000}, {"role": "assistant", "content": "🦜" * 5000}]
    table.assign(prompt=json.dumps(turns), completion='"' * 9000).to_parquet(path)
    html = make_report(folder).html.read_text(encoding="utf-8")
    assert len(html.encode()) <= MOST_BYTES
    assert "This run is large: the page shows less of everything than usual" in html
    shown = html.count('class="flip"')
    assert shown in {limits.flips for limits in LADDER[1:]}
    found = re.search(r"(\d+) of (\d+) items with both right and wrong answers are shown", html)
    assert found is not None
    assert int(found[1]) == shown < int(found[2])


def test_an_ordinary_page_is_shown_whole(make_run: MakeRun) -> None:
    html = make_report(make_run(**ONE, items=10)).html.read_text(encoding="utf-8")
    assert "This run is large" not in html
