"""Texts of strangers that try to break out of a page stay text, in their place, within its width."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import experiments.report
from experiments.report.texts import visible
from tests.browser.pages import HOSTILE_KINDS, MARKUP
from tests.browser.visit import DESK, PAPER, PHONE, TOO_WIDE, visit

LOOKS: dict[str, dict[str, Any]] = {
    "desk": {},
    "phone": {"width": PHONE, "is_mobile": True},
    "paper": {"width": PAPER, "media": "print"},
}
FOREIGN = "img, image, iframe, object, embed, link, base, form, use, foreignObject, video, audio, svg a"
FILTERS = (Path(experiments.report.__file__).parent / "filters.js").read_text(encoding="utf-8")
ACTIVE = """() => [...document.querySelectorAll('*')].flatMap(one => [...one.attributes]
  .filter(({ name, value }) => name.startsWith('on') || /^\\s*javascript:/i.test(value))
  .map(({ name, value }) => `${one.tagName} ${name}=${value.slice(0, 60)}`))"""
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", HOSTILE_KINDS)
def test_it_does_nothing_and_widens_nothing(
    browser: Browser, hostile_pages: dict[str, Path], kind: str, look: str
) -> None:
    path = hostile_pages[kind]
    with visit(browser, path, **LOOKS[look]) as found:
        found.open_details()
        page = found.page
        page.wait_for_timeout(50)  # for what would happen late
        assert found.requests == [path.as_uri()]
        assert found.complaints == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        if look == "paper":
            assert wide <= 1.25 * PAPER  # names of 2,000 letters: as much as a browser shrinks away
        else:
            assert wide == LOOKS[look].get("width", DESK)
            assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("kind", HOSTILE_KINDS)
def test_it_makes_no_element_and_is_shown_as_it_is(
    browser: Browser, hostile_pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, hostile_pages[kind]) as found:
        found.open_details()
        page = found.page
        assert page.locator(FOREIGN).count() == 0
        assert set(page.locator("script").all_text_contents()) <= {FILTERS}
        assert page.evaluate(ACTIVE) == []
        assert not CONTROLS.search(page.content())
        for tag in ("head", "style", "title", "body", "header", "main"):
            assert page.locator(f"{tag}:not(svg *)").count() == 1
        assert page.evaluate("document.querySelector('main').nextElementSibling?.tagName") in (None, "SCRIPT")
        assert MARKUP in page.locator("main").inner_text()


def test_what_steers_the_writing_direction_is_shown_and_steers_nothing(
    browser: Browser, hostile_pages: dict[str, Path]
) -> None:
    with visit(browser, hostile_pages["report"]) as found:
        found.open_details()
        text = found.page.locator("main").inner_text()
        assert "⟨U+202E⟩abc⟨U+2066⟩ שלום" in text
        assert "nul ␀ bell ␇" in text
        assert visible("\ud800") in text
        assert "characters left out" in text
        for isolated in ("pre", "code", ".flip > summary b", ".flip > summary bdi", "h1 .run"):
            style = found.page.locator(isolated).first.evaluate("one => getComputedStyle(one).unicodeBidi")
            assert style == "isolate"
