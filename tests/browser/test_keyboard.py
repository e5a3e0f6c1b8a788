"""Every page without a mouse: the skip link, the stops in order, a focus one sees, boxes that scroll."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import KINDS
from tests.browser.visit import PHONE, visit

STOPS = "a[href], summary, select, input, [tabindex='0']"
# Numbers every stop that is not folded away, in the order of the page.
NUMBER = f"""() => {{
  const stops = [...document.querySelectorAll("{STOPS}")].filter(one => one.checkVisibility());
  stops.forEach((one, place) => one.dataset.stop = place);
  return stops.length;
}}"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    stop: one.dataset.stop ?? null,
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    differs: style.outlineColor !== getComputedStyle(document.documentElement).backgroundColor,
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    width: box.width,
  };
}"""
SCROLLED = """() => [...document.querySelectorAll('body *')].filter(one => {
  const style = getComputedStyle(one), scrolls = value => value === 'auto' || value === 'scroll';
  return (scrolls(style.overflowX) && one.scrollWidth > one.clientWidth)
    || (scrolls(style.overflowY) && one.scrollHeight > one.clientHeight);
}).map(one => ({ tab: one.tabIndex, tag: one.tagName, text: one.textContent.slice(0, 60) }))"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_stop_skips_to_the_findings(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser, pages[kind]) as found:
        page = found.page
        link = page.locator("a.skip")
        hidden = link.bounding_box()
        assert hidden is not None
        assert hidden["x"] + hidden["width"] < 0
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        shown = link.bounding_box()
        assert shown is not None
        assert min(shown["x"], shown["y"]) >= 0
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("kind", KINDS)
def test_the_tab_key_stops_everywhere_in_order_and_one_sees_where(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, pages[kind], reduced_motion="reduce") as found:
        stops = found.page.evaluate(NUMBER)
        assert stops >= 5
        for place in range(stops):
            found.page.keyboard.press("Tab")
            focused: dict[str, Any] = found.page.evaluate(FOCUSED)
            assert focused["stop"] == str(place)
            assert focused["outline"] >= 2, focused
            assert focused["differs"], focused
            assert focused["inside"], focused
            assert focused["width"] > 0, focused


@pytest.mark.parametrize("width", [PHONE, 1200])
@pytest.mark.parametrize("kind", KINDS)
def test_every_box_that_scrolls_can_be_reached(
    browser: Browser, pages: dict[str, Path], kind: str, width: int
) -> None:
    with visit(browser, pages[kind], width=width) as found:
        found.open_details()
        boxes: list[dict[str, Any]] = found.page.evaluate(SCROLLED)
        assert width > PHONE or boxes
        assert [one for one in boxes if one["tab"] != 0] == []


def test_arrow_keys_scroll_a_table_on_a_phone(browser: Browser, pages: dict[str, Path]) -> None:
    # Without the policy, for it stops the waiting function too.
    with visit(browser, pages["comparison"], width=PHONE, bypass_csp=True) as found:
        box = found.page.locator(".scroll:has(table)").first
        box.focus()
        found.page.keyboard.press("ArrowRight")
        found.page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_summaries_unfold_with_the_enter_key(browser: Browser, pages: dict[str, Path]) -> None:
    with visit(browser, pages["report"]) as found:
        folded = found.page.locator("details:not([open])").count()
        found.page.locator("details:not([open]) > summary").first.press("Enter")
        assert found.page.locator("details:not([open])").count() == folded - 1
