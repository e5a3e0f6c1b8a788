"""A page opened in a browser that writes down whatever the page does besides being shown."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Error, Page

DESK = 1200  # pixels
PHONE = 360
PAPER = 680  # A4 within its margins, at 96 dots an inch
# What is wider than the window though no box of its own scrolls it.
TOO_WIDE = """() => [...document.body.querySelectorAll('*')]
  .filter(one => !one.closest('.skip') && !one.parentElement.closest('.scroll'))
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => `${one.tagName} ${one.className} ${one.textContent.slice(0, 60)}`)"""


@dataclass
class Visit:
    """An opened page.

    Attributes:
        page: To act on.
        requests: Every address asked for, the page's own included.
        complaints: Messages on the console (violations of the content security policy are among them), errors
            of scripts, dialogs.
    """

    page: Page
    requests: list[str] = field(default_factory=list[str])
    complaints: list[str] = field(default_factory=list[str])

    def open_details(self) -> None:
        """Unfolds everything."""
        self.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


@contextmanager
def visit(
    browser: Browser, path: Path, *, width: int = DESK, media: Any = None, **settings: Any
) -> Generator[Visit]:
    """Opens a page in a context of its own.

    Args:
        browser: Opens it.
        path: The page's file.
        width: Of the window in pixels.
        media: "print" for the page as on paper.
        settings: Further settings of the context, such as `color_scheme`.
    """
    context = browser.new_context(viewport={"width": width, "height": 800}, **settings)
    try:
        page = context.new_page()
        found = Visit(page)

        def say(message: ConsoleMessage) -> None:
            found.complaints.append(f"{message.type}: {message.text}")

        def refuse(dialog: Dialog) -> None:
            found.complaints.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        def fail(error: Error) -> None:
            found.complaints.append(f"script: {error.message}")

        page.on("request", lambda request: found.requests.append(request.url))
        page.on("console", say)
        page.on("dialog", refuse)
        page.on("pageerror", fail)
        if media is not None:
            page.emulate_media(media=media)
        page.goto(path.as_uri())
        yield found
    finally:
        context.close()
