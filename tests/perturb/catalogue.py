"""The table of all perturbations in docs/perturbations.md, made from the registry and the options' comments.

`python tests/perturb/catalogue.py` writes it anew. The last column, whose definition a perturbation follows,
is written by hand and kept.
"""

import re
from pathlib import Path
from typing import get_args

from perturb import PERTURBATIONS, AnswerType, Perturbation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "perturbations.md"
HEAD = (
    "| Name | What | Severity | Changes | For | Keeps the meaning | After |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)
_TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")
_ROW = re.compile(r"^\| `(\w+)` \|.*\| (.*?) ?\|$", re.MULTILINE)


def table(page: str) -> str:
    """The table as it should be, with the last column of the page's own."""
    after = dict(_ROW.findall(page))
    rows = [_row(one, after.get(name, "")) for name, one in PERTURBATIONS.items()]
    return HEAD + "".join(rows)


def written(page: str) -> str:
    """The page with the table made anew."""
    made = table(page)
    return _TABLE.sub(lambda _: made, page, count=1)


def _row(one: Perturbation, after: str) -> str:
    comment = (ROOT / "conf" / "perturbation" / f"{one.name}.yaml").read_text(encoding="utf-8")
    lines = [line.removeprefix("#").strip() for line in comment.splitlines() if line.startswith("#")]
    what = re.split(r"[:;] (?:any )?(?:severity|tenths)", " ".join(lines))[0].rstrip(".")
    kept = "yes" if one.preserves else "**no**"
    cells = [f"`{one.name}`", what, one.severity, one.touches, _fits(one), kept, after]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _fits(one: Perturbation) -> str:
    kinds = get_args(AnswerType)
    others = [kind for kind in kinds if kind not in one.fits]
    if len(others) > len(kinds) // 2:
        return ", ".join(one.fits)
    return f"all but {', '.join(others)}" if others else "all"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
