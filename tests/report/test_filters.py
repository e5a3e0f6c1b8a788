"""The page's script: made of nothing but text, and working under the page's own policy."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.report.build import make_report
from experiments.report.page import script

MakeRun = Callable[..., Path]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_the_script_is_small_and_writes_no_markup() -> None:
    text, source = script()
    assert len(text.encode()) < 3000
    assert re.fullmatch(r"sha256-[A-Za-z0-9+/]{43}=", source)
    for word in ("</script", "<!--", "innerHTML", "outerHTML", "insertAdjacentHTML", "eval", "fetch", "http"):
        assert word not in text


def dom(html: Path) -> str:
    """What a browser makes of the page."""
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", html.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_a_browser_makes_the_filters_and_the_page_itself_has_none(make_run: MakeRun) -> None:
    html = make_report(make_run(items=12, graders=("strict",))).html
    made = dom(html)
    (bar,) = re.findall(r'<div class="filters".*?</div>', made)
    labels = re.findall(r'<label for="(flip-\w+)">(\w+)</label>', bar)
    assert labels == [
        ("flip-model", "Model"),
        ("flip-task", "Task"),
        ("flip-direction", "Direction"),
        ("flip-text", "Text"),
    ]
    for identity, _ in labels:
        assert f'id="{identity}"' in bar
    assert "<option>all</option><option>smollm2</option><option>qwen3</option>" in bar
    shown = made.count('<details class="flip"')
    assert f"<output>{shown} of {shown} shown</output>" in bar
    source = html.read_text(encoding="utf-8")
    assert source.count('<details class="flip"') == shown
    assert not re.search('class="filters"|<select|<input|<button', source[: source.index("<script")])
