"""The formats that can be imported, and how their files are told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from experiments.importing.rows import ImportingError, Reader
from experiments.keys import did_you_mean

AUTO = "auto"
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of log.

    Attributes:
        name: As on the command line.
        title: The tool, as people write it.
        files: What its files are called in a folder.
        reader: Module and function that read a file.
        unit: What a place in a file is called.
        marks: Texts of which one stands at the beginning of a file of it; empty where the name tells it.
    """

    name: str
    title: str
    files: tuple[str, ...]
    reader: tuple[str, str]
    unit: str = "line"
    marks: tuple[str, ...] = ()

    def read(self) -> Reader:
        """What reads a file of it."""
        module, function = self.reader
        return getattr(import_module(f"experiments.importing.{module}"), function)


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format(
            "lm-eval",
            "lm-evaluation-harness",
            ("samples_*.jsonl",),
            ("lm_eval", "read_lm_eval"),
            marks=('"doc_id"',),
        ),
        Format("inspect", "Inspect", ("*.eval",), ("inspect_ai", "read_inspect"), "sample"),
        Format(
            "promptfoo",
            "promptfoo",
            ("*.json", "*.jsonl"),
            ("promptfoo", "read_promptfoo"),
            "result",
            ('"promptIdx"', '"evalId"'),
        ),
        Format(
            "nemo-skills",
            "NeMo-Skills",
            ("output*.jsonl",),
            ("nemo_skills", "read_nemo_skills"),
            marks=('"generation"',),
        ),
        Format(
            "openai-evals",
            "OpenAI evals",
            ("*.jsonl",),
            ("openai_evals", "read_openai_evals"),
            marks=('{"spec":', '{"spec" :'),
        ),
        Format("helm", "HELM", ("per_instance_stats.json",), ("helm", "read_helm"), "element"),
        Format(
            "table",
            "a table",
            ("*.csv", "*.tsv", "*.parquet"),
            ("table_files", "read_table_file"),
            "row",
        ),
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
    """The format of a file, told by its name or by how it begins; None if it is none of them."""
    for one in FORMATS.values():
        if not one.marks and any(path.match(pattern) for pattern in one.files):
            return one
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return None
    if path.suffix == ".json" and '"eval"' in head and '"status"' in head:
        return FORMATS["inspect"]
    return next((one for one in FORMATS.values() if any(mark in head for mark in one.marks)), None)
