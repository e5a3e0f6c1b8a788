"""Every page in light, dark, on paper, on a phone, without JavaScript: whole, silent, within its width."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import KINDS
from tests.browser.visit import PAPER, PHONE, TOO_WIDE, visit

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "paper": {"media": "print", "width": PAPER},
    "phone": {"width": PHONE, "is_mobile": True, "has_touch": True},
    "without JavaScript": {"java_script_enabled": False},
}
# On paper nothing can be scrolled.
CUT_OFF = """() => {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll('table, svg, pre')]
    .filter(one => one.getBoundingClientRect().right > width + 1)
    .map(one => `${one.tagName} ${one.getBoundingClientRect().right} ${one.textContent.slice(0, 60)}`);
}"""
FOLDED = """() => [...document.querySelectorAll('details:not([open]) > :not(summary)')]
    .filter(one => !one.checkVisibility()).map(one => one.textContent.slice(0, 60))"""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser, pages: dict[str, Path], kind: str, look: str
) -> None:
    with visit(browser, pages[kind], **LOOKS[look]) as found:
        assert found.page.locator("main").inner_text().strip()
        assert found.requests == [pages[kind].as_uri()]
        assert found.complaints == []


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_phone_only_tables_and_charts_scroll_sideways(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, pages[kind], **LOOKS["phone"]) as found:
        found.open_details()
        assert found.page.evaluate(TOO_WIDE) == []
        assert found.page.evaluate("document.documentElement.scrollWidth") == PHONE


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_phone_the_names_of_tables_stay_within_the_screen(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, pages[kind], **LOOKS["phone"]) as found:
        found.open_details()
        rights = found.page.evaluate(
            "[...document.querySelectorAll('caption')].map(one => one.getBoundingClientRect().right)"
        )
        assert rights
        assert max(rights) <= PHONE


@pytest.mark.parametrize("kind", KINDS)
def test_paper_shows_what_is_folded_away_and_cuts_nothing_off(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, pages[kind], **LOOKS["paper"]) as found:
        page = found.page
        assert page.evaluate(FOLDED) == []
        assert page.evaluate(CUT_OFF) == []
        assert not page.locator(".skip").is_visible()
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")


def test_paper_is_white_for_readers_of_the_dark(browser: Browser, pages: dict[str, Path]) -> None:
    with visit(browser, pages["report"], media="print", color_scheme="dark") as found:
        style = "getComputedStyle(document.documentElement)"
        assert found.page.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
        assert found.page.evaluate(f"{style}.color") == "rgb(0, 0, 0)"


@pytest.mark.parametrize("kind", KINDS)
def test_without_javascript_the_same_can_be_read(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser, pages[kind]) as found:
        found.page.evaluate("document.querySelector('.filters')?.remove()")
        text = found.page.locator("body").inner_text()
    with visit(browser, pages[kind], **LOOKS["without JavaScript"]) as found:
        assert found.page.locator("body").inner_text() == text
        details = found.page.locator("details:not([open])")
        folded = details.count()
        if folded:
            details.first.locator("summary").first.click()
            assert details.count() == folded - 1


def test_the_policy_lets_no_script_run_and_no_picture_load(browser: Browser, pages: dict[str, Path]) -> None:
    put_in = """tag => {
      const one = document.createElement(tag);
      if (tag === 'script') one.textContent = 'window.ran = true';
      else one.src = 'https://example.org/picture.png';
      document.body.append(one);
    }"""
    for path in pages.values():
        with visit(browser, path) as found:
            for tag, word in (("script", "script-src"), ("img", "img-src")):
                with found.page.expect_console_message(lambda message, word=word: word in message.text):
                    found.page.evaluate(put_in, tag)
            assert found.page.evaluate("window.ran") is None
            assert found.page.evaluate("document.querySelector('img').naturalWidth") == 0
