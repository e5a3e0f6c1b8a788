"""What was really asked: one example item of every task, rendered under every condition."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.report.conditions import CHANGING_PROMPTS, condition_words
from experiments.report.findings import with_perturbation_label
from experiments.report.texts import shortened
from experiments.store.manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd

MOST_ASKED = 16  # conditions of one model and task whose prompts are kept
MOST_TURNS = 12  # messages of a chat

Texts = Mapping[str, tuple[str, str]]
UNRECORDED = "(not recorded)"  # a text that a run lacks, as one imported from a log without prompts


@dataclass(frozen=True)
class Turn:
    """A part of a prompt: one chat message, or all of a prompt that is no chat.

    Attributes:
        role: Who speaks; empty for a prompt that is no chat.
        text: What is said.
    """

    role: str
    text: str


@dataclass(frozen=True)
class Asked:
    """The example item under one condition.

    Attributes:
        conditions: The condition in words, and others under which the very same is asked.
        form: Completion or chat.
        key: Its request.
        turns: The prompt; empty if the requests table lacks it.
    """

    conditions: tuple[str, ...]
    form: str
    key: str
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class TaskPrompts:
    """The prompts of one task, for the models that were asked alike.

    Attributes:
        task: The task.
        title: The task as people write it.
        models: The models.
        item: The example.
        conditions: How many conditions there are that may change a prompt.
        shown: What was asked under those shown.
    """

    task: str
    title: str
    models: tuple[str, ...]
    item: str
    conditions: int
    shown: tuple[Asked, ...]


def example_prompts(
    outcomes: "pd.DataFrame", manifest: Manifest, most: int = MOST_ASKED
) -> tuple[TaskPrompts, ...]:
    """Chooses an item of every model and task, and the conditions to show it under; texts come later.

    The item is the first one asked under most conditions. Conditions come in this order: the first, those
    that differ from it in one factor only, all others; so each level of each factor is seen soon.

    Args:
        outcomes: The outcomes table, without the control arm.
        manifest: The run's record.
        most: Conditions of one model and task, at most.
    """
    primary = with_perturbation_label(outcomes[outcomes["primary"]])
    titles = {task["name"]: task["title"] for task in manifest["tasks"]}
    found: list[TaskPrompts] = []
    for (model, task), rows in primary.groupby(["model", "task"], sort=False, observed=True):
        item, asked = _of_one(rows)
        title = titles.get(str(task), str(task))
        found.append(TaskPrompts(str(task), title, (str(model),), item, len(asked), asked[:most]))
    return tuple(found)


def _of_one(rows: "pd.DataFrame") -> tuple[str, tuple[Asked, ...]]:
    per_item = rows.groupby("item_id", observed=True, sort=False)["cell"].nunique()
    item = str(per_item.idxmax())
    mine = rows[rows["item_id"] == item].sort_values("cell", kind="stable")
    mine = mine.assign(condition=condition_words(mine, CHANGING_PROMPTS)).drop_duplicates("condition")
    levels = mine[list(CHANGING_PROMPTS)].astype(str)
    differing = (levels != levels.iloc[0]).sum(axis=1).clip(upper=2)
    first = mine.loc[differing.sort_values(kind="stable").index]
    asked = tuple(
        Asked((condition,), str(form), str(key))
        for condition, form, key in zip(first["condition"], first["form"], first["key"], strict=True)
    )
    return item, asked


def with_prompts(prompts: Sequence[TaskPrompts], texts: Texts) -> tuple[TaskPrompts, ...]:
    """Adds the texts; puts conditions that ask the very same together, and models that are asked alike.

    Args:
        prompts: Without texts.
        texts: Prompt and completion by request key.
    """
    found: dict[tuple[object, ...], TaskPrompts] = {}
    for one in prompts:
        alike: dict[tuple[Turn, ...], Asked] = {}
        for asked in one.shown:
            prompt, _ = texts.get(asked.key, (UNRECORDED, UNRECORDED))
            turns = () if prompt == UNRECORDED else turns_of(prompt, asked.form)
            known = alike.get(turns)
            conditions = (*known.conditions, *asked.conditions) if known else asked.conditions
            alike[turns] = replace(known or asked, conditions=conditions, turns=turns)
        shown = tuple(alike.values())
        same = (one.task, one.item, *((asked.conditions, asked.turns) for asked in shown))
        before = found.get(same)
        models = (*before.models, *one.models) if before else one.models
        found[same] = replace(before or one, models=models, shown=shown)
    return tuple(found.values())


def turns_of(stored: str, form: str) -> tuple[Turn, ...]:
    """A stored prompt as its chat messages, or as one text where it is no chat."""
    if form != "completion":
        try:
            return tuple(Turn(str(turn["role"]), str(turn["content"])) for turn in json.loads(stored))
        except (ValueError, TypeError, KeyError):
            pass
    return (Turn("", stored),)


def capped(turns: Sequence[Turn], most: int) -> tuple[Turn, ...]:
    """A prompt cut to about `most` characters: messages left out of its middle, and each message shortened.

    Args:
        turns: The prompt.
        most: Characters of all messages together.
    """
    half = MOST_TURNS // 2
    kept = turns if len(turns) <= MOST_TURNS else (*turns[:half], *turns[-half:])
    limit = _each([len(turn.text) for turn in kept], most)
    shown = tuple(Turn(turn.role, shortened(turn.text, limit)) for turn in kept)
    if len(kept) == len(turns):
        return shown
    out = Turn("", f"[… {len(turns) - len(kept):,} messages left out …]")
    return (*shown[:half], out, *shown[half:])


def _each(lengths: Sequence[int], most: int) -> int:
    """How long each text may be, so that all together have `most`: short ones leave theirs to others."""
    longest, left = 0, len(lengths)
    for length in sorted(lengths):
        if length * left > most:
            return most // left
        longest, most, left = length, most - length, left - 1
    return longest


def as_one_text(turns: Sequence[Turn]) -> str:
    """A prompt as one text; a chat's messages each under their role."""
    return "\n\n".join(f"[{turn.role}]\n{turn.text}" if turn.role else turn.text for turn in turns)


def read_texts(requests: Sequence[Path], keys: Sequence[str]) -> Texts:
    """Prompts and completions by key, of the requests tables; only the rows wanted are read.

    Args:
        requests: The tables.
        keys: The requests wanted.
    """
    import pandas as pd

    if not keys:
        return {}
    columns, wanted = ["key", "prompt", "completion"], [("key", "in", sorted(set(keys)))]
    rows = pd.concat([pd.read_parquet(path, columns=columns, filters=wanted) for path in requests])
    rows = rows.fillna(UNRECORDED)
    return {key: (prompt, completion) for key, prompt, completion in rows.itertuples(index=False)}
