"""The restricted likelihood of crossed and nested random effects, by elimination of the largest factor.

One factor, the block, has many levels (items), all others together have few combinations. Effects that
involve the block are independent between its levels and are eliminated level by level; what is left is
dense and small. With I blocks of m cells, q effects within a block and h effects outside, one evaluation
with its gradient is O(I (m (q² + q h + h²) + q³) + h³) and I m h numbers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import helmert

from stats.estimate import FloatArray
from stats.tables import Cells
from stats.terms import Design, Term

MOST_NUMBERS = 200_000_000  # in the largest array
LOG_2PI = math.log(2 * math.pi)

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """A table laid out for the likelihood: I blocks × m cells.

    Attributes:
        terms: The random terms; the variances are in this order, that of the noise after them.
        y: Cell means, 0 where there are no rows, shape (I, m).
        count: Rows a cell, shape (I, m).
        local: Which cell belongs to which effect within a block, shape (m, q).
        local_term: The index of each local effect's term, shape (q,).
        outer: The same for effects outside the blocks, then the columns of the fixed effects, shape (m, h).
        outer_term: The index of each outer random effect's term, shape (r,) with r <= h.
        cell: The index of the term whose levels are the cells; None if there is none.
        fixed: The fixed terms, with the columns of `outer` that hold each.
        within: Sum of squares of rows around their cell's mean.
        extra: Its degrees of freedom, rows - cells.
    """

    terms: tuple[Term, ...]
    y: FloatArray
    count: FloatArray
    local: FloatArray
    local_term: IntArray
    outer: FloatArray
    outer_term: IntArray
    cell: int | None
    fixed: tuple[tuple[Term, slice], ...]
    within: float
    extra: int


def problem_of(cells: Cells, layout: Design, terms: tuple[Term, ...]) -> Problem:
    """Lays a table out; the block is the random factor (with what is nested in it) of most levels.

    Raises:
        ValueError: No factor is random on its own, or the arrays would be too large.
    """
    shape = cells.mean.shape
    block = _block(layout, shape)
    rest = tuple(axis for axis in layout.full if axis != block)
    sizes = tuple(shape[axis] for axis in rest)
    width = math.prod(sizes)
    index = np.indices(sizes).reshape(len(rest), width)

    def columns(term: Term, fixed: bool) -> FloatArray:
        """Indicators of a term's levels; of a fixed one contrasts between the levels of its own factors."""
        heads = layout.heads(term)
        found = np.ones((width, 1))
        for place, axis in enumerate(rest):
            if axis in term:
                size = sizes[place]
                levels = helmert(size).T if fixed and axis in heads else np.eye(size)
                found = (found[:, :, None] * levels[index[place]][:, None, :]).reshape(width, -1)
        return found

    own = [(number, term) for number, term in enumerate(terms) if term != layout.full]
    local = {number: columns(term, False) for number, term in own if block in term}
    outer = {number: columns(term, False) for number, term in own if block not in term}
    fixed = {term: columns(term, True) for term in layout.terms if layout.is_fixed(term)}
    q, h = _width(local), _width(outer) + 1 + _width(fixed)
    largest = max(width * shape[block] * h, q**2 * (width + shape[block]))
    if largest > MOST_NUMBERS:
        raise ValueError(
            f"REML of {shape[block]} × {width} cells with {q + h} further effects needs an array of "
            f"{largest:,} numbers, {MOST_NUMBERS:,} are the limit: take fewer levels or, for components, "
            "leave interactions out (order) or use method='henderson'"
        )
    ends = np.cumsum([_width(outer) + 1, *(matrix.shape[1] for matrix in fixed.values())]).tolist()

    def blocks(array: NDArray[Any]) -> FloatArray:
        return np.moveaxis(array, block, 0).reshape(shape[block], width).astype(np.float64)

    count = blocks(cells.count)
    return Problem(
        terms=terms,
        y=np.where(count > 0, blocks(cells.mean), 0.0),
        count=count,
        local=np.hstack([np.zeros((width, 0)), *local.values()]),
        local_term=_owners(local),
        outer=np.hstack([*outer.values(), np.ones((width, 1)), *fixed.values()]),
        outer_term=_owners(outer),
        cell=terms.index(layout.full) if layout.full in terms else None,
        fixed=tuple((term, slice(*pair)) for term, pair in zip(fixed, pairwise(ends), strict=True)),
        within=cells.within,
        extra=int(count.sum()) - int(np.count_nonzero(count)),
    )


def _block(layout: Design, shape: Sequence[int]) -> int:
    roots = [axis for axis in layout.full if not layout.parents[axis] and axis not in layout.fixed]
    if not roots:
        raise ValueError("REML needs a random factor that is not nested in a fixed one")

    def levels(root: int) -> int:
        return math.prod(shape[axis] for axis in layout.full if axis == root or root in layout.parents[axis])

    return max(roots, key=levels)


def _width(matrices: Mapping[Any, FloatArray]) -> int:
    return sum(matrix.shape[1] for matrix in matrices.values())


def _owners(matrices: Mapping[int, FloatArray]) -> IntArray:
    owners = [number for number, matrix in matrices.items() for _ in range(matrix.shape[1])]
    return np.array(owners, dtype=np.int64)


@dataclass(frozen=True)
class _Blocks:
    """The blocks with their local effects eliminated: V⁻¹ = W - W L S L' W in each.

    Attributes:
        weight: W, the inverse variance of each cell given its effects; 0 where there are no rows, (I, m).
        within: A = L' W L, (I, q, q).
        across: B = L' W H, (I, q, h).
        gain: S = (G⁻¹ + A)⁻¹ for the local effects' variances G, some of which may be 0, (I, q, q).
        log_det: log |I + G A| of all blocks together.
        outer: K = H' V⁻¹ H, (h, h).
    """

    weight: FloatArray
    within: FloatArray
    across: FloatArray
    gain: FloatArray
    log_det: float
    outer: FloatArray


def _eliminate(problem: Problem, theta: FloatArray) -> _Blocks:
    local, outer = problem.local, problem.outer
    (m, q), h = local.shape, outer.shape[1]
    present = problem.count > 0
    variance = (0.0 if problem.cell is None else theta[problem.cell]) + theta[-1] / np.maximum(
        problem.count, 1
    )
    weight = np.where(present, 1 / variance, 0.0)
    blocks = len(weight)
    within = (weight @ (local[:, :, None] * local[:, None, :]).reshape(m, q * q)).reshape(blocks, q, q)
    across = (weight @ (local[:, :, None] * outer[:, None, :]).reshape(m, q * h)).reshape(blocks, q, h)
    sd = np.sqrt(theta[problem.local_term])
    core = np.eye(q) + sd[:, None] * within * sd
    factor = np.linalg.cholesky(core)
    root: FloatArray = np.linalg.inv(factor).astype(np.float64, copy=False) * sd
    gain = root.swapaxes(1, 2) @ root
    removed = across.reshape(-1, h).T @ (gain @ across).reshape(-1, h)
    return _Blocks(
        weight=weight,
        within=within,
        across=across,
        gain=gain,
        log_det=2 * float(np.log(np.einsum("iqq->iq", factor)).sum()),
        outer=(outer * weight.sum(axis=0)[:, None]).T @ outer - removed,
    )


def _solve(problem: Problem, outer: FloatArray, theta: FloatArray) -> tuple[FloatArray, float]:
    """C = (K + diag(1/θ, 0))⁻¹, some θ may be 0, and the log determinant of V's part outside the blocks."""
    sd = np.ones(len(outer))
    sd[: problem.outer_term.size] = np.sqrt(theta[problem.outer_term])
    core = sd[:, None] * outer * sd
    core[np.arange(problem.outer_term.size), np.arange(problem.outer_term.size)] += 1
    return sd[:, None] * np.linalg.inv(core) * sd, float(np.linalg.slogdet(core)[1])


@dataclass(frozen=True)
class Evaluation:
    """The likelihood at given variances.

    Attributes:
        criterion: -2 log restricted likelihood, as lme4 prints it.
        gradient: Its derivatives by the variances.
        coefficients: Of the intercept and then of the fixed terms' contrasts, by generalised least squares.
        covariance: Of the coefficients.
    """

    criterion: float
    gradient: FloatArray
    coefficients: FloatArray
    covariance: FloatArray


def evaluate(problem: Problem, theta: FloatArray) -> Evaluation:
    """-2 log restricted likelihood and its gradient tr(P V_k) - y' P V_k P y (Patterson and Thompson 1971).

    Args:
        problem: The table.
        theta: Variances of the terms and of the noise; the last one above 0, the others at least 0.
    """
    local, outer, count = problem.local, problem.outer, problem.count
    present = count > 0
    r = problem.outer_term.size
    eliminated = _eliminate(problem, theta)
    weight, gain = eliminated.weight, eliminated.gain
    solved, log_det = _solve(problem, eliminated.outer, theta)

    def whiten(columns: FloatArray, inner: FloatArray) -> FloatArray:
        """V⁻¹ times columns within the blocks; inner is L' W columns."""
        found: FloatArray = np.einsum("mq,iqh->imh", -local, gain @ inner)
        found += columns
        found *= weight[:, :, None]
        return found

    spread = whiten(outer, eliminated.across)
    y = problem.y[:, :, None]
    white = whiten(y, local.T @ (weight[:, :, None] * y))[:, :, 0]
    coefficients = solved @ (outer.T @ white.sum(axis=0))
    residual = white - spread @ coefficients  # P y

    noise, extra = theta[-1], problem.extra
    criterion = -float(np.log(weight[present]).sum()) + eliminated.log_det + log_det
    criterion += float((problem.y * residual).sum()) + problem.within / noise + extra * math.log(noise)
    criterion += float(np.log(count[present]).sum())
    criterion += (float(count.sum()) - (len(outer.T) - r)) * LOG_2PI

    gradient = np.zeros(theta.size)
    known = eliminated.outer - eliminated.outer @ solved @ eliminated.outer
    np.add.at(gradient, problem.outer_term, np.diag(known)[:r])
    np.add.at(gradient, problem.outer_term, -((outer.T @ residual.sum(axis=0))[:r] ** 2))

    shrunk = eliminated.within @ gain
    trace = np.einsum("iqq->q", eliminated.within - shrunk @ eliminated.within)
    rest = eliminated.across - shrunk @ eliminated.across  # L' V⁻¹ H
    trace -= np.einsum("iqh,iqh->q", rest @ solved, rest)
    np.add.at(gradient, problem.local_term, trace - ((residual @ local) ** 2).sum(axis=0))

    m, q = local.shape
    pairs = (local[:, :, None] * local[:, None, :]).reshape(m, q * q)
    diagonal = weight - weight**2 * (gain.reshape(len(gain), q * q) @ pairs.T)
    diagonal -= np.einsum("imh,imh->im", spread @ solved, spread)
    slope = np.where(present, diagonal - residual**2, 0.0)
    if problem.cell is not None:
        gradient[problem.cell] += slope.sum()
    gradient[-1] += (slope / np.maximum(count, 1)).sum() + extra / noise - problem.within / noise**2
    return Evaluation(criterion, gradient, coefficients[r:], solved[r:, r:])


def informations(problem: Problem, theta: FloatArray) -> list[FloatArray]:
    """For each term what the table tells of contrasts between its levels' effects, were they fixed.

    The eigenvalues above 0 of Z' P Z for the term's Z, with its own variance left out of P; their inverses
    are the contrasts' sampling variances. Within blocks, what is lost to the mean and to effects outside
    is left out of account.

    Args:
        problem: The table.
        theta: As in `evaluate`.
    """
    found: list[FloatArray] = []
    for term in range(len(problem.terms)):
        others = theta.copy()
        others[term] = 0.0
        if term == problem.cell:
            values = problem.count[problem.count > 0] / theta[-1]
        elif term in problem.local_term:
            mine = np.flatnonzero(problem.local_term == term)
            blocks = _eliminate(problem, others)
            left = blocks.within - blocks.within @ blocks.gain @ blocks.within
            values = np.linalg.eigvalsh(left[:, mine[:, None], mine]).ravel()
        else:
            mine = np.flatnonzero(problem.outer_term == term)
            outer = _eliminate(problem, others).outer
            left = outer - outer @ _solve(problem, outer, others)[0] @ outer
            values = np.linalg.eigvalsh(left[mine[:, None], mine])
        kept = np.asarray(values, dtype=np.float64)
        found.append(kept[kept > 1e-9 * kept.max()])
    return found


def sampling_noise(problem: Problem, theta: FloatArray) -> FloatArray:
    """For each term the variance with which a level's effect would be estimated were it fixed.

    For balanced tables σ²_k plus this is the term's expected mean square per level. Else it is a mean over
    the contrasts between levels, weighted by what each tells of σ²_k.
    """
    return np.array(
        [
            np.average(1 / values, weights=1 / (variance + 1 / values) ** 2)
            for variance, values in zip(theta, informations(problem, theta), strict=False)
        ]
    )
