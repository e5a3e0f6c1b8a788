"""From a run folder to its report: `report.html`, `report.json`, and tables on the terminal."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

HTML = "report.html"
JSON = "report.json"


@dataclass(frozen=True)
class Report:
    """A written report.

    Attributes:
        html: The page.
        json: Its numbers.
        sentences: The verdict, the most important sentence first.
    """

    html: Path
    json: Path
    sentences: tuple[str, ...]


def make_report(folder: Path, *, console: "Console | None" = None) -> Report:
    """Analyses a run and writes its report into its folder.

    No model is called, and the same run gives the same report each time.

    Args:
        folder: The run's folder.
        console: Where the tables go; None prints nothing.

    Raises:
        RunFolderError: If the folder is no run, or lacks a table.
    """
    from experiments.report.as_json import to_json
    from experiments.report.contents import gather
    from experiments.report.control import write_control
    from experiments.report.page import to_html
    from experiments.report.terminal import show
    from experiments.store.manifest import write_text

    contents = gather(folder)
    if contents.quality.control:
        write_control(folder, contents.quality.control)
    report = Report(folder / HTML, folder / JSON, tuple(sentence.whole for sentence in contents.sentences))
    write_text(report.json, to_json(contents))
    write_text(report.html, to_html(contents))
    if console is not None:
        show(contents, console)
    return report
