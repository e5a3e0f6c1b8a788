"""The formats that can be imported, and how their files are told apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from experiments.importing.rows import ImportingError, Reader
from experiments.keys import did_you_mean

AUTO = "auto"
_HEAD = 1 << 16  # bytes looked at
_ZIPPED = ".eval"


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of log.

    Attributes:
        name: As on the command line.
        title: The tool, as people write it.
        files: What its files are called in a folder.
        mark: A regular expression that the beginning of its text files matches; empty where the name tells.
        reader: Module and function that read a file.
        unit: What a place in a file is called.
        metric: The one of its metrics that is the score unless another is asked for; empty for none.
    """

    name: str
    title: str
    files: tuple[str, ...]
    mark: str
    reader: tuple[str, str]
    unit: str = "line"
    metric: str = ""

    def read(self) -> Reader:
        """What reads a file of it."""
        module, function = self.reader
        return getattr(import_module(f"experiments.importing.{module}"), function)

    def knows(self, path: Path) -> bool:
        """Whether a file is of it, by its name and how it begins."""
        if path.suffix not in {Path(pattern).suffix for pattern in self.files}:
            return False
        if not self.mark or path.suffix == _ZIPPED:
            return any(path.match(pattern) for pattern in self.files)
        return re.search(self.mark, _head(path)) is not None


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format(
            "lm-eval",
            "lm-evaluation-harness",
            ("samples_*.jsonl",),
            r'"doc_id"',
            ("lm_eval", "read_lm_eval"),
        ),
        Format(
            "inspect",
            "Inspect",
            (f"*{_ZIPPED}", "*.json"),
            r'"status":\s*"\w+",\s*"eval":',
            ("inspect_ai", "read_inspect"),
            unit="sample",
        ),
        Format(
            "promptfoo",
            "promptfoo",
            ("*.json", "*.jsonl"),
            r'"promptIdx"|"evalId"',
            ("promptfoo", "read_promptfoo"),
            unit="result",
            metric="score",
        ),
        Format(
            "nemo-skills",
            "NeMo-Skills",
            ("output*.jsonl",),
            r'"generation"',
            ("nemo_skills", "read_nemo_skills"),
        ),
        Format(
            "openai-evals",
            "OpenAI evals",
            ("*.jsonl",),
            r'\A\s*\{"spec":',
            ("openai_evals", "read_openai_evals"),
        ),
        Format("helm", "HELM", ("per_instance_stats.json",), "", ("helm", "read_helm"), unit="element"),
        Format("table", "a table", ("*.csv", "*.tsv", "*.parquet"), "", ("table_files", "read_table_file")),
    )
}


def format_named(name: str) -> Format | None:
    """A format by its name; None for "auto".

    Raises:
        ImportingError: There is none; the message names the nearest.
    """
    if name == AUTO:
        return None
    if name not in FORMATS:
        known = (AUTO, *FORMATS)
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise ImportingError(f"there is no format {name!r}{hint}")
    return FORMATS[name]


def recognised(path: Path) -> Format | None:
    """The format of a file, told by its name and by how it begins; None if it is none of them."""
    return next((one for one in FORMATS.values() if one.knows(path)), None)


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return ""
