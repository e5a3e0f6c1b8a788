"""How large a sample would decide an undecided comparison."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.compare.pairing import BASELINE, NEW
from stats.components import components
from stats.design import Variances, half_width, variances_of
from stats.intervals import FEWEST_TEMPLATES
from stats.pairs import pairs

if TYPE_CHECKING:
    from stats.estimate import FloatArray

MOST_ITEMS = 1_000_000
MOST_TEMPLATES = 1_000


@dataclass(frozen=True)
class Needed:
    """The sample that would decide, were the difference and the variances as they are estimated.

    Attributes:
        items: Items, with the templates there are; None where no number of them would do.
        templates: Templates, with the items there are; None likewise, or where templates are not a sample.
    """

    items: int | None
    templates: int | None


def sample_needed(rows: pd.DataFrame, margin: float, alpha: float) -> Needed:
    """How many items, or how many templates, would show whether a difference is within the margin.

    The interval of coverage 1 - 2 alpha has to be short enough to end before the nearer end of what it is to
    be told from: 0 or the margin. It is an estimate from an estimate: read it as an order of magnitude.

    Args:
        rows: As in `experiments.compare.pairing.Paired`.
        margin: The greatest difference that does not matter, in units of the score.
        alpha: Size of each one-sided test.
    """
    sampled = rows["template"].nunique() >= FEWEST_TEMPLATES
    found = pairs(
        rows,
        value="score",
        item="item_id",
        factor="side",
        level=NEW,
        against=BASELINE,
        template="template" if sampled else None,
    )
    difference = found.difference if sampled else found.difference.reshape(len(found.difference), -1).mean(1)
    size = abs(float(difference.mean()))
    room = max(margin - size, size)
    variances = _variances(difference)
    now: dict[str, int] = dict(zip(("item", "template"), difference.shape, strict=False))
    return Needed(
        items=_least(variances, now, "item", room, alpha, MOST_ITEMS),
        templates=_least(variances, now, "template", room, alpha, MOST_TEMPLATES) if sampled else None,
    )


def _variances(difference: "FloatArray") -> Variances:
    if difference.ndim == 1:
        return {"item": float(difference.var(ddof=1))}
    items, templates = difference.shape
    table = pd.DataFrame(
        {
            "difference": difference.ravel(),
            "item": np.repeat(np.arange(items), templates),
            "template": np.tile(np.arange(templates), items),
        }
    )
    return variances_of(components(table, value="difference", factors=("item", "template")))


def _least(
    variances: Variances, now: dict[str, int], factor: str, room: float, alpha: float, most: int
) -> int | None:
    """The least number of levels of a factor, above those there are, whose interval is within `room`."""

    def enough(levels: int) -> bool:
        return half_width(variances, {**now, factor: levels}, 1 - 2 * alpha) < room

    few, many = now[factor], most
    if not enough(many):
        return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many
