"""POSIX: how much the likelihood of a response changes when its prompt is rephrased."""

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stats.estimate import FloatArray, check_level
from stats.intervals import t_interval
from stats.measure import Sensitivity
from stats.tables import UnbalancedError, factor_of, full_cells


def posix_index(log_probabilities: ArrayLike, lengths: ArrayLike) -> float:
    """ψ of one set of prompts with the same intent (Chatterjee et al. 2024, arXiv 2410.02185, eq. 1).

    ψ = 1 / (N (N-1)) Σ_i Σ_{j≠i} (1 / L_j) |log P(y_j | x_i) - log P(y_j | x_j)|, y_j the response to prompt
    x_j and L_j its length in tokens. (The authors' code divides by the token limit instead, which makes
    numbers depend on a setting.)

    Args:
        log_probabilities: log P(y_j | x_i) in row i, column j; shape (N, N), N >= 2, natural logarithm.
        lengths: L_j, tokens of each response, at least 1; shape (N,).

    Raises:
        ValueError: Shapes do not fit, a length is below 1, or a log-probability is above 0 or not finite.
    """
    logs, length = np.asarray(log_probabilities, np.float64), np.asarray(lengths, np.float64)
    n = len(logs)
    if logs.shape != (n, n) or length.shape != (n,) or n < 2:
        raise ValueError(
            f"POSIX needs an N × N array and N lengths, N >= 2; got {logs.shape}, {length.shape}"
        )
    if not (length >= 1).all():
        raise ValueError("every response has to have a length of 1 token or more")
    if not np.isfinite(logs).all() or logs.max() > 1e-9:
        raise ValueError("log-probabilities have to be finite and at most 0")
    return float((np.abs(logs - np.diag(logs)) / length).sum() / (n * (n - 1)))


def posix(
    table: pd.DataFrame,
    *,
    log_probability: str,
    length: str,
    item: str,
    template: str,
    response_of: str,
    control: pd.DataFrame | None = None,
    level: float = 0.95,
) -> Sensitivity:
    """POSIX of a model on a data set: the mean of ψ over items, each item's prompts one set.

    Given the responses, log-probabilities have no sampling noise: identical prompts give ψ = 0, and so the
    floor is 0 unless a `control` arm shows otherwise (engines that do not repeat themselves). With a control
    arm, the same table made with repeats of one identical prompt in the place of templates, its POSIX is the
    floor and the test is the one-sided paired t test over the items of both. Responses that are sampled do
    make ψ vary; the interval, t over items, holds that too. In nats a token, unbounded; not comparable
    between tokenisers.

    Args:
        table: One row a prompt and response of an item, all N × N of them.
        log_probability: The column of log P(response | prompt).
        length: The column of the response's number of tokens.
        item: The column that names the item.
        template: The column that names the template of the prompt that was scored.
        response_of: The column that names the template whose response it is.
        control: As above; its columns have the same names.
        level: Nominal coverage.

    Raises:
        UnbalancedError: Some prompt × response pairs of an item have no row, or several.
        ValueError: There are fewer than 2 items, or as `posix_index`.
    """
    check_level(level)
    names = (log_probability, length, item, template, response_of)
    items, psi = _each(table, *names)
    if len(items) < 2:
        raise ValueError(f"at least 2 levels of {item!r} are needed; got {len(items)}")
    raw, floor, p = float(psi.mean()), 0.0, math.nan
    note = "the floor of 0 assumes an engine that repeats itself: a control arm would measure it"
    parts = psi
    if control is not None:
        named, other = _each(control, *names)
        shared = [name for name in items if name in named]
        if len(shared) < 2:
            raise ValueError(f"table and control arm share {len(shared)} levels of {item!r}; 2 are needed")
        floors = other[[named.index(name) for name in shared]]
        parts = psi[[items.index(name) for name in shared]] - floors
        floor, note = float(floors.mean()), ""
        if len(shared) < len(items):
            note = (
                f"{len(items) - len(shared)} of {len(items)} {item} levels have no repeats and are left out"
            )
            raw = float((parts + floors).mean())
        error = float(parts.std(ddof=1)) / math.sqrt(parts.size)
        p = float(special.stdtr(parts.size - 1, -parts.mean() / error)) if error else float(parts.mean() <= 0)
    signed, variance = float(parts.mean()), float(parts.var(ddof=1)) / parts.size
    low, high = t_interval(signed, variance, parts.size - 1, level, logit=False)
    return Sensitivity(
        metric="posix",
        label="change in a response's log-likelihood a token when the template is exchanged",
        raw=raw,
        floor=floor,
        corrected=max(signed, 0.0),
        low=max(low, 0.0),
        high=max(high, 0.0),
        level=level,
        p_value=p,
        detectable=None if math.isnan(p) else p < 1 - level,
        method="mean over items, t; items random, templates as they are",
        note=note,
        signed=signed,
    )


def _each(
    table: pd.DataFrame, log_probability: str, length: str, item: str, template: str, response_of: str
) -> tuple[list[object], FloatArray]:
    """The items and ψ of each; items may have templates of their own."""
    names, found = factor_of(table, item), []
    for code in range(len(names.levels)):
        mine = table[names.codes == code]
        logs = full_cells(mine, value=log_probability, factors=(template, response_of))
        if logs.levels[0] != logs.levels[1] or logs.count.max() > 1:
            raise UnbalancedError(
                f"{item} {names.levels[code]!r}: every {response_of} needs one row with every {template}"
            )
        lengths = full_cells(mine, value=length, factors=(response_of,)).mean
        found.append(posix_index(logs.mean, lengths))
    return list(names.levels), np.asarray(found)
