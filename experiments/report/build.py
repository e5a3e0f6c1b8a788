"""From run folders to a report: page, numbers as JSON and as a table, and tables on the terminal."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

HTML = "report.html"
JSON = "report.json"
NUMBERS = "report.parquet"


@dataclass(frozen=True)
class Report:
    """A written report.

    Attributes:
        html: The page.
        json: Its numbers.
        numbers: The same as one long table.
        sentences: The verdict, the most important sentence first.
    """

    html: Path
    json: Path
    numbers: Path
    sentences: tuple[str, ...]


def make_report(*folders: Path, output: Path | None = None, console: "Console | None" = None) -> Report:
    """Analyses a run, or several side by side, and writes the report.

    No model is called, and the same runs give the same report each time.

    Args:
        folders: The runs' folders, one at least.
        output: The folder to write into, made if need be; by default the first run's.
        console: Where the tables go; None prints nothing.

    Raises:
        RunFolderError: If a folder is no run or lacks a table, the runs cannot be put side by side, or
            `output` cannot be made.
    """
    from experiments.report.as_json import to_json
    from experiments.report.contents import gather
    from experiments.report.control import write_control
    from experiments.report.long_table import to_table
    from experiments.report.page import to_html
    from experiments.report.terminal import show
    from experiments.store.manifest import RunFolderError, write_text
    from experiments.store.tables import replace_table

    contents = gather(*folders)
    folder = output or folders[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be made: {error.strerror}") from None
    # control.parquet is one run's: the first of several keeps its own.
    if len(folders) == 1 or output is not None:
        write_control(folder, contents.quality.control)
    sentences = tuple(sentence.whole for sentence in contents.sentences)
    report = Report(folder / HTML, folder / JSON, folder / NUMBERS, sentences)
    write_text(report.json, to_json(contents))
    replace_table(report.numbers, to_table(contents))
    write_text(report.html, to_html(contents))
    if console is not None:
        show(contents, console)
    return report
