"""Unordered pairs of answers to the same item: how many there are and how many agree."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from stats.estimate import FloatArray
from stats.grid import Control, split_control
from stats.tables import IntArray, column, factor_of

NoAnswer = Literal["agree", "disagree", "drop"]


@dataclass(frozen=True)
class AnswerPairs:
    """Unordered pairs of answers to the same item: how many there are, and how many agree.

    Attributes:
        agreeing: By item, pairs with different templates.
        pairs: By item, pairs with different templates.
        same_agreeing: By item, pairs with the same prompt.
        same_pairs: By item, pairs with the same prompt.
    """

    agreeing: FloatArray
    pairs: FloatArray
    same_agreeing: FloatArray
    same_pairs: FloatArray


def answer_codes(
    table: pd.DataFrame, answer: str, item: str, template: str | None, no_answer: NoAnswer
) -> pd.DataFrame:
    """The table with every answer as a code, empty ones as `no_answer` says."""
    codes, levels = pd.factorize(column(table, answer))
    codes = codes.astype(np.int64)
    empty = codes < 0
    if no_answer == "agree":
        codes[empty] = len(levels)
    elif no_answer == "disagree":
        codes[empty] = len(levels) + np.arange(empty.sum())
    elif no_answer != "drop":
        raise ValueError(f"no_answer has to be 'agree', 'disagree' or 'drop'; got {no_answer!r}")
    names = [item] if template is None else [item, template]
    found = table[names].assign(**{answer: codes})
    return found[~empty] if no_answer == "drop" else found


def count_pairs(
    table: pd.DataFrame,
    answer: str,
    item: str,
    template: str,
    no_answer: NoAnswer,
    control: Control | None,
    reference: Hashable | None = None,
) -> AnswerPairs:
    """Count pairs by item; with a reference only those of it and another template."""
    table, repeats = split_control(table, control)
    rows = answer_codes(table, answer, item, template, no_answer)
    items = factor_of(rows, item)
    size = len(items.levels)
    answers = rows[answer].to_numpy(np.int64)
    templates = factor_of(rows, template).codes

    agreeing, pairs = _alike(items.codes, answers, size=size), _alike(items.codes, size=size)
    same_agreeing = _alike(items.codes, templates, answers, size=size)
    same_pairs = _alike(items.codes, templates, size=size)
    if reference is not None:
        # Pairs of the reference with others are all pairs less those among the others and among itself.
        is_other = (rows[template] != reference).to_numpy()
        for kind in (is_other, ~is_other):
            agreeing = agreeing - _alike(items.codes[kind], answers[kind], size=size)
            pairs = pairs - _alike(items.codes[kind], size=size)
        between = agreeing, pairs
    else:
        between = agreeing - same_agreeing, pairs - same_pairs
    if not between[1].any():
        raise ValueError(f"no {item} has answers with two levels of {template!r}")
    if repeats is not None:
        arm = answer_codes(repeats, answer, item, None, no_answer)
        arm = arm[arm[item].isin(items.levels)]
        position = {level: index for index, level in enumerate(items.levels)}
        codes = arm[item].map(position).to_numpy().astype(np.int64)
        same_agreeing = _alike(codes, arm[answer].to_numpy().astype(np.int64), size=size)
        same_pairs = _alike(codes, size=size)
    return AnswerPairs(*between, same_agreeing, same_pairs)


def _alike(items: IntArray, *keys: IntArray, size: int) -> FloatArray:
    """By item, the pairs of its rows that are alike in all keys."""
    groups = items
    for key in keys:
        groups = groups * (int(key.max(initial=0)) + 1) + key
    _, first, counts = np.unique(groups, return_index=True, return_counts=True)
    return np.bincount(items[first], counts * (counts - 1) / 2, size).astype(np.float64)
