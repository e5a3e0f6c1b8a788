"""What two sides were asked alike, task by task, and every setting in which they differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from experiments.compare.sides import CONDITION, CompareError, Side
from experiments.keys import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

NEW, BASELINE = "new", "baseline"
_SHOWN = 4  # levels named before "…"
_SCALE = ("metric", "higher_is_better", "answer_type")  # without which scores do not mean the same


@dataclass(frozen=True)
class Paired:
    """One task on both sides.

    Attributes:
        task: The task's name.
        title: As people write it.
        metric: What its score is called.
        higher_is_better: Whether more of it is better.
        rows: What both were asked alike, one row an item, condition and side, with columns `item_id`,
            `template`, `condition` (numbers the combination of all other factors), `side` (`NEW` or
            `BASELINE`), `score` (the mean over the samples) and `samples` (how many answers were drawn).
            Empty where `refusal` says why the task cannot be compared.
        mismatches: Settings that differ, in words; what differs is left out of `rows`.
        refusal: Why nothing can be compared; empty if something can.
        failed: Outcomes of either side left out because their request failed, with their counterparts.
        asked: Outcomes of both sides that were asked alike, failed ones included.
    """

    task: str
    title: str
    metric: str
    higher_is_better: bool
    rows: "pd.DataFrame"
    mismatches: tuple[str, ...] = ()
    refusal: str = ""
    failed: int = 0
    asked: int = 0

    @property
    def items(self) -> int:
        """Items that both answered."""
        return int(self.rows["item_id"].nunique())

    @property
    def templates(self) -> int:
        """Templates that both were asked with."""
        return int(self.rows["template"].nunique())


def whole(paired: Paired) -> Paired:
    """The items that both sides answered with every template, as statistics over templates need them.

    Args:
        paired: A task that can be compared.

    Returns:
        The same without the other items, which its mismatches count; a refusal where fewer than two are left.
    """
    templates = paired.rows.groupby("item_id", observed=True)["template"].transform("nunique")
    rows = paired.rows[templates == paired.templates]
    left = int(rows["item_id"].nunique())
    if left == paired.items:
        return paired
    if left < 2:
        of = f"{left} of {paired.items} items has" if left else f"none of {paired.items} items has"
        why = f"{of} an answer of both sides with every template: run again what failed"
        return replace(paired, refusal=why)
    lacking = (
        f"{paired.items - left} of {paired.items} items lack an answer with some template: they are left out"
    )
    return replace(paired, rows=rows, mismatches=(*paired.mismatches, lacking))


def check_across(across: Sequence[str]) -> None:
    """Refuses factors that no comparison can reach across.

    Raises:
        CompareError: One of them is no factor; the message names the nearest.
    """
    for factor in across:
        if factor not in CONDITION:
            hint = did_you_mean(factor, CONDITION) or f"; it may be one of {', '.join(CONDITION)}"
            raise CompareError(f"--across {factor}: there is no such factor{hint}")


def pair(new: Side, baseline: Side, across: Sequence[str] = ()) -> tuple[Paired, ...]:
    """Pairs two sides by task, item and condition.

    Nothing is averaged over a setting in which the sides differ: what only one of them was asked is left out
    and named. Prompts have to be the same to the letter, unless the comparison reaches across a factor.

    Args:
        new: The side of interest.
        baseline: What it is compared with.
        across: Factors in which the sides may differ. Each side must then have one level of them, which both
            are compared at.

    Returns:
        One entry for each task of either side, those of the new side first.

    Raises:
        CompareError: A factor of `across` is none, or a side has several levels of one.
    """
    check_across(across)
    for side in (new, baseline):
        for factor in across:
            levels = _levels(side.outcomes, factor)
            if len(levels) > 1:
                raise CompareError(
                    f"--across {factor}: {side.name} has several levels of it ({_some(levels)}), of which "
                    "none may be averaged over; compare runs with one each"
                )
    tasks = dict.fromkeys((*new.tasks, *baseline.tasks))
    return tuple(_paired(task, new, baseline, tuple(across)) for task in tasks)


def _paired(task: str, new: Side, baseline: Side, across: tuple[str, ...]) -> Paired:
    records = [side.tasks.get(task) for side in (new, baseline)]
    known = next(record for record in records if record is not None)
    nothing = new.outcomes.iloc[:0]
    about = (task, str(known["title"]), str(known["metric"]), bool(known["higher_is_better"]))
    for side, record in zip((new, baseline), records, strict=True):
        if record is None:
            return Paired(*about, nothing, refusal=f"{side.name} was not asked it")
    first, second = (side.outcomes[side.outcomes["task"] == task] for side in (new, baseline))
    unlike = _unlike(records[0] or {}, records[1] or {}, first, second)
    if unlike:
        return Paired(*about, nothing, refusal=unlike)
    keys = [factor for factor in CONDITION if factor not in across]
    mismatches = [
        *_stopped_early((new, baseline), task),
        *_different_items(first, second),
        *_different_levels(first, second, keys),
    ]
    merged = _merged(first, second, ["item_id", *keys])
    if merged.empty:
        why = f"nothing was asked alike on both sides{_help(mismatches)}"
        return Paired(*about, nothing, tuple(mismatches), refusal=why)
    if not across:
        differs = merged["prompt_new"].notna() & merged["prompt_baseline"].notna()
        differs &= merged["prompt_new"] != merged["prompt_baseline"]
        if differs.any():
            templates = _some(list(dict.fromkeys(merged.loc[differs, "template"].astype(str))))
            mismatches.append(
                f"{int(differs.sum())} of {len(merged)} prompts of the same settings differ in their text "
                f"(templates {templates}): they are left out"
            )
            merged = merged[~differs]
        if merged.empty:
            return Paired(*about, nothing, tuple(mismatches), refusal="no prompt is the same on both sides")
    whole = merged["score_new"].notna() & merged["score_baseline"].notna()
    return Paired(
        *about,
        _long(merged[whole], keys),
        tuple(mismatches),
        refusal="" if whole.any() else "every request that both were asked failed on one of the sides",
        failed=int((~whole).sum()),
        asked=len(merged),
    )


def _unlike(
    first: dict[str, Any], second: dict[str, Any], new: "pd.DataFrame", baseline: "pd.DataFrame"
) -> str:
    """Why two sides' scores of a task do not mean the same; empty if they do."""
    for field in _SCALE:
        if first.get(field) != second.get(field):
            return f"its {field.replace('_', ' ')} differs: {first.get(field)} against {second.get(field)}"
    graders = [sorted(frame["grader"].astype(str).unique()) for frame in (new, baseline)]
    if graders[0] != graders[1]:
        return (
            f"graded otherwise: {_some(graders[0])} against {_some(graders[1])}; "
            "grade one of the runs again with `fathom regrade`"
        )
    return ""


def _merged(new: "pd.DataFrame", baseline: "pd.DataFrame", keys: list[str]) -> "pd.DataFrame":
    """One row for each item and condition that both were asked; samples of one are averaged."""
    kept = []
    for frame in (new, baseline):
        drawn = frame["key"].where(frame["score"].notna())
        wanted = (
            frame[[*keys, "score", "prompt"]].assign(drawn=drawn).astype(dict.fromkeys(_labels(keys), str))
        )
        by_cell = wanted.groupby(keys, sort=False, observed=True)
        kept.append(
            by_cell.agg(
                score=("score", "mean"), prompt=("prompt", "first"), samples=("drawn", "nunique")
            ).reset_index()
        )
    return kept[0].merge(kept[1], on=keys, suffixes=("_new", "_baseline"))


def _labels(keys: list[str]) -> list[str]:
    return [name for name in keys if name in ("item_id", "template", "form", "perturbation")]


def _long(merged: "pd.DataFrame", keys: list[str]) -> "pd.DataFrame":
    import pandas as pd

    others = [key for key in keys if key != "template"]
    condition = merged.groupby(others, sort=False, observed=True).ngroup() if others else 0
    template = merged.get("template", "")
    base = pd.DataFrame({"item_id": merged["item_id"]}).assign(template=template, condition=condition)
    return pd.concat(
        [
            base.assign(side=NEW, score=merged["score_new"], samples=merged["samples_new"]),
            base.assign(side=BASELINE, score=merged["score_baseline"], samples=merged["samples_baseline"]),
        ],
        ignore_index=True,
    )


def _stopped_early(sides: Sequence[Side], task: str) -> list[str]:
    return [
        f"{side.name} stopped by what it found (sweep.until): intervals take its number of items as fixed"
        for side in sides
        if any((one["model"], one["task"]) == (side.model, task) for one in side.manifest.get("stopping", []))
    ]


def _different_items(new: "pd.DataFrame", baseline: "pd.DataFrame") -> list[str]:
    mine, theirs = (set(frame["item_id"].astype(str)) for frame in (new, baseline))
    if mine == theirs:
        return []
    return [
        f"items: {len(mine & theirs)} shared, {len(mine - theirs)} only on the new side, "
        f"{len(theirs - mine)} only on the baseline's"
    ]


def _different_levels(new: "pd.DataFrame", baseline: "pd.DataFrame", keys: list[str]) -> list[str]:
    found: list[str] = []
    for factor in keys:
        mine, theirs = (_levels(frame, factor) for frame in (new, baseline))
        if set(mine) == set(theirs):
            continue
        parts = [
            f"{side} {_some([level for level in levels if level not in others])}"
            for side, levels, others in (("only new", mine, theirs), ("only baseline", theirs, mine))
            if set(levels) - set(others)
        ]
        found.append(f"{factor}: {'; '.join(parts)}")
    return found


def _levels(frame: "pd.DataFrame", factor: str) -> list[Any]:
    return list(dict.fromkeys(frame[factor].tolist()))


def _some(levels: Sequence[Any]) -> str:
    shown = ", ".join(str(level) for level in levels[:_SHOWN])
    return f"{shown}, … ({len(levels)})" if len(levels) > _SHOWN else shown


def _help(mismatches: Sequence[str]) -> str:
    factors = [text.split(":")[0] for text in mismatches if text.split(":")[0] in CONDITION]
    if not factors:
        return ""
    flags = " ".join(f"--across {factor}" for factor in factors)
    return f" ({'; '.join(mismatches)}); to compare all the same: {flags}"
