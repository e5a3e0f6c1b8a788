"""A browser, axe-core, and pages of every kind to look at with them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from tests.browser.axe import AxeError, axe_script
from tests.browser.pages import write_hostile_pages, write_pages

CHROMIUM = "FATHOM_CHROMIUM"  # variable with the browser's name or path, where it is not called chromium


def _step_aside(reason: str) -> NoReturn:
    """Skips the tests; in continuous integration they fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    name = os.environ.get(CHROMIUM, "chromium")
    found = shutil.which(name)
    if found is None:
        _step_aside(f"no browser {name}: apt install chromium, or set {CHROMIUM} to one's name or path")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser of a module's own: while it is open, nothing else can run an event loop in this thread."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium)
        except Error as error:
            _step_aside(f"{chromium} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script."""
    try:
        return axe_script()
    except AxeError as error:
        _step_aside(str(error))


@pytest.fixture(scope="session")
def pages(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of every kind, made only where there is a browser for them."""
    return write_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def hostile_pages(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages whose every text from outside is hostile."""
    return write_hostile_pages(tmp_path_factory.mktemp("hostile"))
