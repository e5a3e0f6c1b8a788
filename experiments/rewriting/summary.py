"""What is said of variants at the end: how many were kept, and why the others were not."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import get_args

from rich.console import Console
from rich.table import Table

from experiments.rewriting.variants import Variant, Verdict

_SHOWN = 8  # reasons named
_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def show_variants(console: Console, variants: Sequence[Variant], unanswered: int) -> None:
    """How many texts were kept, and why the others were not."""
    table = Table(box=None, pad_edge=False)
    for title in ("task", "kind", "model"):
        table.add_column(title)
    for title in ("texts", *_VERDICTS, "items without one"):
        table.add_column(title, justify="right")
    groups: dict[tuple[str, str, str], list[Variant]] = {}
    for one in variants:
        kind = f"{one.kind} {one.language}".strip()
        groups.setdefault((one.task, kind, one.model), []).append(one)
    for names, each in groups.items():
        counts = Counter(one.verdict for one in each)
        kept = {one.item for one in each if one.verdict == "kept"}
        without = len({one.item for one in each} - kept)
        numbers = (len(each), *(counts[verdict] for verdict in _VERDICTS), without)
        table.add_row(*names, *(f"{number:,}" for number in numbers))
    console.print(table)
    reasons = Counter(_gist(one.reasons[0]) for one in variants if one.reasons)
    for reason, count in reasons.most_common(_SHOWN):
        console.print(f"  turned down {count:,}: {reason}", markup=False, highlight=False)
    if unanswered:
        console.print(f"{unanswered:,} texts could not be had; the same command asks for them again")


def _gist(reason: str) -> str:
    """A reason without what it names."""
    return re.sub(r"'.*'|\".*\"|[\d.]+", "…", reason, flags=re.DOTALL)
