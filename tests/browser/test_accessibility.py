"""Every page, all of it unfolded, in light and in dark: what axe-core finds, the contrast of each text."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import KINDS
from tests.browser.visit import PAPER, visit

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
SCHEMES = ("light", "dark")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_barrier(
    browser: Browser, axe: str, pages: dict[str, Path], kind: str, scheme: str
) -> None:
    # The policy would keep axe out as it keeps out every script; that it does is tested elsewhere.
    with visit(browser, pages[kind], bypass_csp=True, color_scheme=scheme) as found:
        found.open_details()
        found.page.add_script_tag(content=axe)
        # In the dark only colours differ.
        rules = {"runOnly": ["cat.color"]} if scheme == "dark" else {}
        result: dict[str, Any] = found.page.evaluate(
            "options => axe.run(options)", {"resultTypes": ["violations"], **rules}
        )
        assert "color-contrast" in {rule["id"] for rule in result["passes"]}
        assert [
            f"{rule['impact']} {rule['id']}: {rule['help']}: {node['html'][:200]}"
            for rule in result["violations"]
            for node in rule["nodes"]
        ] == []


@pytest.mark.parametrize("look", [*SCHEMES, "paper"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_stands_out_from_what_is_behind_it(
    browser: Browser, pages: dict[str, Path], kind: str, look: str
) -> None:
    how: dict[str, Any] = {"media": "print", "width": PAPER} if look == "paper" else {"color_scheme": look}
    with visit(browser, pages[kind], **how) as found:
        found.open_details()
        contrast = found.page.evaluate(CONTRAST)
        assert contrast["seen"] > 60
        assert contrast["found"] == []


def test_contrast_is_measured(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<p style='color: #777'>just short of it</p><p style='color: #767676'>just enough</p>"
        "<svg><rect width='200' height='50' fill='#000' fill-opacity='.9'/>"
        "<text x='5' y='20'>on a rectangle</text></svg>",
        encoding="utf-8",
    )
    with visit(browser, path) as found:
        contrast = found.page.evaluate(CONTRAST)
    assert contrast["seen"] == 3
    assert [one.split(" ", 2)[2] for one in contrast["found"]] == ["just short of it", "on a rectangle"]
