"""Where a model comes from, as its YAML says: the rules for `lineage:`."""

import re
from collections.abc import Iterator
from datetime import date

from experiments.model_schema import ModelConfig

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def lineage_rules(model: ModelConfig) -> Iterator[str]:
    """What is wrong with a model's lineage, a message each.

    A parent and the technique that made the model of it go together. Whether there is such a model as the
    parent is not checked: it need not have a YAML here.
    """
    lineage = model.lineage
    if lineage.parent is not None and lineage.parent == model.name:
        yield f"model.lineage.parent is {lineage.parent!r}, the model itself; expected what it was made from"
    if lineage.parent is not None and not lineage.technique:
        yield (
            f"model.lineage.parent is {lineage.parent!r}, but what made '{model.name}' of it is not said: "
            "give model.lineage.technique, as SFT, RLHF, distillation or new version"
        )
    if lineage.technique and lineage.parent is None:
        yield (
            f"model.lineage.technique is {lineage.technique!r}, but of which model is not said: "
            "give model.lineage.parent"
        )
    if lineage.date is not None and not is_date(lineage.date):
        yield f"model.lineage.date is {lineage.date!r}, expected YYYY, YYYY-MM or YYYY-MM-DD"


def is_date(text: str) -> bool:
    """Whether a text is an ISO date, of which the day, or month and day, may be left out."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
