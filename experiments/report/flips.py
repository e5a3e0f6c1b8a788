"""Items that one model gets right under one condition and wrong under another that differs in one factor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from experiments.report.findings import FACTORS, Slice, complete_rows, label, with_perturbation_label
from experiments.report.prompts import UNRECORDED, Texts, as_one_text, turns_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Side:
    """An item under one condition.

    Attributes:
        level: The level of the factor that differs.
        status: How it was graded.
        extracted: The answer that was read out of the completion; None if none was.
        key: Its request.
        prompt: What was sent; `UNRECORDED` if the requests table lacks it.
        completion: What came back; likewise.
    """

    level: str
    status: str
    extracted: str | None
    key: str
    prompt: str = ""
    completion: str = ""


@dataclass(frozen=True)
class Flip:
    """An item whose outcome flips.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        item: The item's id.
        share: Mean score over all cells of this model and task, in [0, 1].
        cells: How many cells that is.
        factor: The one factor in which the two conditions shown differ.
        rest: What both conditions have in common, in words; empty if nothing else varies.
        right: The condition under which it is answered correctly.
        wrong: The other.
        lost: Whether the right answer is that under the level given first, and lost by going to the other.
    """

    model: str
    task: str
    title: str
    item: str
    share: float
    cells: int
    factor: str
    rest: str
    right: Side
    wrong: Side
    lost: bool


@dataclass(frozen=True)
class Flips:
    """The flipping items shown, of all found."""

    shown: tuple[Flip, ...]
    found: int
    items: int


def find_flips(outcomes: "pd.DataFrame", slices: Sequence[Slice], most: int) -> Flips:
    """Finds the items that flip most, by p (1 - p) of their mean score p.

    An item flips if two conditions that differ in one factor only give it a correct and a not correct (not
    failed) outcome. Templates come first: another factor is shown only where no two templates flip the item.

    Args:
        outcomes: The outcomes table.
        slices: What was analysed.
        most: How many to give, over all models and tasks.
    """
    primary = with_perturbation_label(outcomes[outcomes["primary"]])
    candidates: list[tuple[float, int, str]] = []
    tables: list[pd.DataFrame] = []
    for place, one in enumerate(slices):
        rows = complete_rows(primary[(primary["model"] == one.model) & (primary["task"] == one.task)])
        tables.append(rows)
        by_item = rows.assign(right=rows["status"] == "correct").groupby("item_id", observed=True, sort=False)
        means = by_item["score"].mean()
        mixed = {str(item): right.any() and not right.all() for item, right in by_item["right"]}
        candidates += [
            (float(p * (1 - p)), place, str(item)) for item, p in means.items() if mixed[str(item)]
        ]
    candidates.sort(key=lambda found: (-found[0], found[1], found[2]))
    shown: list[Flip] = []
    for _, place, item in candidates:
        if len(shown) == most:
            break
        rows = tables[place]
        flip = _flip(rows[rows["item_id"] == item], slices[place])
        if flip is not None:
            shown.append(flip)
    return Flips(tuple(shown), len(candidates), sum(one.items for one in slices))


def _flip(rows: "pd.DataFrame", one: Slice) -> Flip | None:
    factors = [finding.factor for finding in one.factors]
    for finding in one.factors:
        factor = finding.factor
        others = [other for other in factors if other != factor]
        groups = [group for _, group in rows.groupby(others, observed=True, sort=False)] if others else [rows]
        groups.sort(key=lambda group: abs(float(group["score"].mean()) - 0.5))
        for group in groups:
            right = group[group["status"] == "correct"]
            wrong = group[~group["status"].isin(["correct", "failed"])]
            if right.empty or wrong.empty:
                continue
            first, second = right.iloc[0], wrong.iloc[0]
            given = [level.level for level in finding.levels]
            sides = _side(first, factor), _side(second, factor)
            places = [given.index(side.level) if side.level in given else len(given) for side in sides]
            return Flip(
                model=one.model,
                task=one.task,
                title=one.title,
                item=str(first["item_id"]),
                share=float(rows["score"].mean()),
                cells=int(rows["cell"].nunique()),
                factor=factor,
                rest=", ".join(f"{FACTORS[other]} {label(other, first[other])}" for other in others),
                right=sides[0],
                wrong=sides[1],
                lost=places[0] < places[1],
            )
    return None


def _side(row: "pd.Series", factor: str) -> Side:
    extracted = row["extracted"]
    return Side(
        level=label(factor, row[factor]),
        status=str(row["status"]),
        extracted=extracted if isinstance(extracted, str) else None,
        key=str(row["key"]),
    )


def with_texts(flips: Flips, texts: Texts, forms: Mapping[str, str]) -> Flips:
    """Adds the prompts and completions.

    Args:
        flips: Without texts.
        texts: Prompt and completion by request key.
        forms: Form (completion or chat) by request key.
    """

    def filled(side: Side) -> Side:
        prompt, completion = texts.get(side.key, (UNRECORDED, UNRECORDED))
        turns = turns_of(prompt, forms.get(side.key, "completion"))
        return replace(side, prompt=as_one_text(turns), completion=completion)

    shown = tuple(replace(flip, right=filled(flip.right), wrong=filled(flip.wrong)) for flip in flips.shown)
    return replace(flips, shown=shown)
