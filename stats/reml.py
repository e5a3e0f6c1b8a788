"""Variance components of unbalanced tables by restricted maximum likelihood (REML)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from stats.decomposition import Component
from stats.ems import noncentrality
from stats.estimate import FloatArray
from stats.henderson import distinct, henderson, random_terms, residual_name
from stats.kurtosis import main_effect_df
from stats.likelihood import Evaluation, Problem, evaluate, informations, problem_of, sampling_noise
from stats.mls import Part, mls_interval
from stats.tables import Cells
from stats.terms import Design, Term

SMALLEST = 1e-5  # the least noise variance looked at, as a share of the total
STEP = 1e-4  # of a variance, for derivatives of the gradient
CLOSE = 1e-4  # a Newton step, as a share of the variance, after which the next would be rounding
MOST_STEP = 0.9  # share of a variance that a Newton step may change it by
POLISH = 20  # Newton steps at most
HALVINGS = 10  # of a Newton step that leads uphill


Noise = Callable[[Problem, FloatArray], FloatArray]


class NotConvergedError(RuntimeError):
    """The restricted likelihood has no maximum that was found."""


@dataclass(frozen=True)
class FixedEffect:
    """A fixed term.

    Attributes:
        term: Its axes.
        square: Σ effect² / df of the estimated effects of its levels.
        noise: What sampling alone adds to that.
        df: Number of independent effects.
        noise_df: Satterthwaite's degrees of freedom of `noise`.
    """

    term: Term
    square: float
    noise: float
    df: int
    noise_df: float


@dataclass(frozen=True)
class Fit:
    """A fitted random-effects model.

    Attributes:
        layout: Its factors.
        terms: The random terms; the noise comes after them.
        variances: Their variances and that of the noise, shape (terms + 1,).
        below: For the terms' variances that are 0 how far below it the likelihood points, else 0.
        uncertainty: Covariance matrix of the variances, 0 for those on the boundary 0.
        criterion: -2 log restricted likelihood.
        mean: The mean over the population (and over the levels of fixed factors, each alike).
        variance: Its sampling variance.
        df: Satterthwaite's degrees of freedom of that variance.
        noise: For each term the sampling variance of one level's effect (`likelihood.sampling_noise`).
        noise_df: Satterthwaite's degrees of freedom of `noise`.
        levels_df: For each term, levels - 1 without what its lower terms take.
        tailed_df: The same for intervals, lowered by heavy tails of a main effect (`stats.kurtosis`).
        residual: What the noise is called.
        fixed: The fixed terms.
    """

    layout: Design
    terms: tuple[Term, ...]
    variances: FloatArray
    below: FloatArray
    uncertainty: FloatArray
    criterion: float
    mean: float
    variance: float
    df: float
    noise: FloatArray
    noise_df: FloatArray
    levels_df: tuple[int, ...]
    tailed_df: tuple[float, ...]
    residual: str
    fixed: tuple[FixedEffect, ...]

    @property
    def by_term(self) -> dict[Term, float]:
        """The variance of every random term, and that of the noise as ()."""
        return dict(zip((*self.terms, ()), self.variances.tolist(), strict=True))

    def rows(self, level: float) -> tuple[tuple[Component, ...], str]:
        """The components with modified large-sample intervals, shares still 0; the name of the noise.

        The mean squares of a balanced table are replaced by what is expected of them at the estimates:
        σ² + noise for the term's own, noise for the one it is compared with. Where σ² is on the boundary 0
        a scoring step from there, which leads below, takes its place, as mean squares are not cut either.
        """
        found = [self._fixed_row(effect, level) for effect in self.fixed]
        for number, term in enumerate(self.terms):
            value, noise = float(self.variances[number]), float(self.noise[number])
            df, noise_df = self.levels_df[number], float(self.noise_df[number])
            own = max(value + float(self.below[number]) + noise, 0.0)
            own_df = self.tailed_df[number]
            low, high = mls_interval([Part(own, own_df)], [Part(noise, noise_df)], level)
            p = float(special.fdtrc(df, noise_df, own / noise))
            name = self.layout.name(term)
            found.append(Component(name, value, value, 0.0, max(low, 0.0), max(high, 0.0), df, own, p))
        noise, spread = float(self.variances[-1]), float(self.uncertainty[-1, -1])
        df = 2 * noise**2 / spread if spread else math.inf
        low, high = mls_interval([Part(noise, df)], [], level) if spread else (0.0, noise)
        order = [self.layout.name(term) for term in self.layout.terms]
        found.sort(key=lambda row: order.index(row.term))
        found.append(Component(self.residual, noise, noise, 0.0, low, high, df, noise, None))
        return tuple(found), self.residual

    def _fixed_row(self, effect: FixedEffect, level: float) -> Component:
        raw, ratio = effect.square - effect.noise, effect.square / effect.noise
        low, high = (
            noncentrality(ratio, effect.df, effect.noise_df, tail) * effect.noise / effect.df
            for tail in ((1 + level) / 2, (1 - level) / 2)
        )
        p = float(special.fdtrc(effect.df, effect.noise_df, ratio))
        name, square = self.layout.name(effect.term), effect.square
        return Component(name, raw, max(raw, 0.0), 0.0, low, high, effect.df, square, p, fixed=True)


def reml(
    cells: Cells,
    layout: Design,
    *,
    mean_only: bool = False,
    start: Mapping[Term, float] | None = None,
) -> Fit:
    """Fits all random terms of a design by REML (Patterson and Thompson 1971, Biometrika 58:545).

    Quasi-Newton steps (L-BFGS-B) with the analytic gradient from Henderson's estimates, variances bounded
    at 0, then Newton steps in those that are above it. Degrees of freedom are Satterthwaite's, from the
    curvature of the criterion (Giesbrecht and Burns 1985, Biometrics 41:477).

    Args:
        cells: The folded table; cells may be missing or hold unequal numbers of rows.
        layout: Its factors.
        mean_only: Whether to leave `noise` and `noise_df` empty, of which only `rows` makes use.
        start: Variances near the estimates, by term, the noise's as (): another fit's `by_term`. They spare
            time, and change nothing but the last digits. By default Henderson's estimates.

    Raises:
        NotConvergedError: No maximum was found.
        ValueError: A factor has one level, no factor is random, or the table is too large.
    """
    for name, size in cells.n.items():
        if size < 2:
            raise ValueError(f"factor {name!r} has one level, so no variance: leave it out")
    cells = distinct(cells)
    center = float(np.nanmean(cells.mean))  # taken out, so that a large common level costs no digits
    cells = replace(cells, mean=cells.mean - center)
    terms = random_terms(cells, layout)
    problem = problem_of(cells, layout, terms)
    total = _total(problem, center)
    if total == 0:
        raise NotConvergedError("all values are the same: there is no variance to decompose")
    noise = _no_noise if mean_only else sampling_noise
    if start is None or any(term not in start for term in (*terms, ())):
        begin = _start(cells, layout, terms, total)
    else:
        begin = np.array([start[term] for term in (*terms, ())])
    peak = _minimise(problem, np.maximum(begin, 0.02 * total), total, noise)
    theta, done, free = peak.theta, peak.evaluation, peak.free
    uncertainty = np.zeros((theta.size, theta.size))
    uncertainty[np.ix_(free, free)] = 2 * _inverse(peak.hessian)
    variances = np.append(_sampling(problem, done), noise(problem, theta))
    spreads = np.einsum("kv,kl,lv->v", peak.slopes, uncertainty, peak.slopes)
    df = np.full(variances.size, math.inf)
    np.divide(2 * variances**2, spreads, out=df, where=spreads > 0)
    steady = len(problem.fixed) + 1
    levels_df = _levels_df(cells, layout, terms)
    return Fit(
        layout=layout,
        terms=terms,
        variances=theta,
        below=np.zeros(len(terms)) if mean_only else _below(problem, theta, done, levels_df),
        uncertainty=uncertainty,
        criterion=done.criterion,
        mean=center + float(done.coefficients[0]),
        variance=float(variances[0]),
        df=float(df[0]),
        noise=variances[steady:],
        noise_df=df[steady:],
        levels_df=levels_df,
        tailed_df=tuple(
            _tailed_df(cells, layout, term, df) for term, df in zip(terms, levels_df, strict=True)
        ),
        residual=residual_name(cells, layout),
        fixed=tuple(
            _fixed_effect(problem, done, number, float(df[number + 1]))
            for number in range(len(problem.fixed))
        ),
    )


def _total(problem: Problem, center: float) -> float:
    """Variance of single rows; 0 where it is rounding alone."""
    present = problem.count > 0
    y, n = problem.y[present], problem.count[present]
    scatter = float((n * (y - np.average(y, weights=n)) ** 2).sum()) + problem.within
    variance = scatter / float(n.sum())
    return variance if variance > (1e-12 * max(abs(center), float(np.abs(y).max()))) ** 2 else 0.0


def _below(problem: Problem, theta: FloatArray, done: Evaluation, df: tuple[int, ...]) -> FloatArray:
    """A scoring step, gradient over expected curvature; for a balanced table the mean squares' estimate."""
    curvature = np.array(
        [
            float((values**2).mean()) * min(own, values.size)
            for own, values in zip(df, informations(problem, theta), strict=True)
        ]
    )
    step = -done.gradient[:-1] / curvature
    return np.where(theta[:-1] == 0, np.minimum(step, 0.0), 0.0)


def _start(cells: Cells, layout: Design, terms: tuple[Term, ...], total: float) -> FloatArray:
    """Henderson's estimates; equal parts where there are none."""
    equal = np.full(len(terms) + 1, total / (len(terms) + 1))
    if layout.fixed:
        return equal
    try:
        estimates, _ = henderson(cells, layout)
    except ValueError:
        return equal
    return np.array([estimates[term][0] for term in (*terms, ())])


@dataclass(frozen=True)
class _Peak:
    """The variances at the least criterion, and there or a last Newton step away its derivatives.

    Attributes:
        theta: The variances.
        free: Which of them are off their bounds.
        evaluation: The likelihood.
        hessian: Second derivatives of the criterion by the free variances.
        slopes: Derivatives of the sampling variances by all variances.
    """

    theta: FloatArray
    free: NDArray[np.bool_]
    evaluation: Evaluation
    hessian: FloatArray
    slopes: FloatArray


def _no_noise(problem: Problem, theta: FloatArray) -> FloatArray:
    return np.zeros(0)


def _minimise(problem: Problem, start: FloatArray, total: float, noise: Noise) -> _Peak:
    bounds = [(0.0, None)] * (start.size - 1) + [(SMALLEST * total / start[-1], None)]

    def scaled(candidate: FloatArray) -> tuple[float, FloatArray]:
        found = evaluate(problem, candidate * start)
        return found.criterion, found.gradient * start

    ended = optimize.minimize(
        scaled,
        np.ones(start.size),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-11, "gtol": 1e-4, "maxiter": 300},
    )
    theta = np.asarray(ended.x, dtype=np.float64) * start
    least = SMALLEST * total
    rounds, now = 0, None
    while True:
        cut = np.append(np.where(theta[:-1] < least, 0.0, theta[:-1]), theta[-1])
        now = now if now is not None and (cut == theta).all() else evaluate(problem, cut)
        theta = np.where(now.gradient >= 0, cut, np.maximum(theta, least))
        now = now if (cut == theta).all() else evaluate(problem, theta)
        free = theta > np.append(np.zeros(theta.size - 1), 1.001 * least)
        hessian, slopes = _slopes(problem, theta, free, noise)
        step = np.zeros(theta.size)
        step[free] = theta[free] * _newton(hessian, now.gradient[free], theta[free])
        before = theta
        theta, now = _downhill(problem, theta, step, now, least)
        rounds += 1
        if theta is before or (np.abs(step) <= CLOSE * theta).all() or rounds == POLISH:
            break
    flat = np.abs(now.gradient * theta)[free].max(initial=0.0) < 1e-2
    down = (now.gradient[theta == 0] * least < -1e-3).any()
    if not flat or down or not math.isfinite(now.criterion):
        raise NotConvergedError(f"REML did not converge ({ended.message})")
    return _Peak(theta, free, now, hessian, slopes)


def _downhill(
    problem: Problem, theta: FloatArray, step: FloatArray, now: Evaluation, least: float
) -> tuple[FloatArray, Evaluation]:
    """The variances after as much of the step as does not lead uphill, `theta` itself if all of it does."""
    for _ in range(HALVINGS):
        candidate = theta - step
        candidate[-1] = max(candidate[-1], least)
        then = evaluate(problem, candidate)
        if then.criterion <= now.criterion:
            return candidate, then
        step = step / 2
    return theta, now


def _newton(hessian: FloatArray, gradient: FloatArray, theta: FloatArray) -> FloatArray:
    """The Newton step downhill as shares of the variances, each below 1 so that none turns 0."""
    values, vectors = np.linalg.eigh(theta[:, None] * hessian * theta)
    step = vectors @ ((vectors.T @ (theta * gradient)) / np.maximum(np.abs(values), 1e-6))
    return np.clip(step, -MOST_STEP, MOST_STEP)


def _slopes(
    problem: Problem, theta: FloatArray, free: NDArray[np.bool_], noise: Noise
) -> tuple[FloatArray, FloatArray]:
    """Central differences by each variance: Hessian of the free ones, and of the sampling variances."""
    inside = np.flatnonzero(free)
    hessian = np.zeros((inside.size, inside.size))
    slopes = np.zeros((theta.size, len(problem.fixed) + 1 + noise(problem, theta).size))
    for row, number in enumerate(inside):
        width = STEP * theta[number] * np.eye(theta.size)[number]
        above, below = evaluate(problem, theta + width), evaluate(problem, theta - width)
        hessian[row] = (above.gradient - below.gradient)[inside] / (2 * width[number])
        change = _sampling(problem, above) - _sampling(problem, below)
        noises = noise(problem, theta + width) - noise(problem, theta - width)
        slopes[number] = np.append(change, noises) / (2 * width[number])
    return (hessian + hessian.T) / 2, slopes


def _sampling(problem: Problem, done: Evaluation) -> FloatArray:
    """Sampling variance of the mean, then of each fixed term's effects, Σ variance / df."""
    r = problem.outer_term.size
    own = np.diag(done.covariance)
    return np.array([own[0], *(own[_own(columns, r)].mean() for _, columns in problem.fixed)])


def _own(columns: slice, r: int) -> slice:
    return slice(columns.start - r, columns.stop - r)


def _fixed_effect(problem: Problem, done: Evaluation, number: int, noise_df: float) -> FixedEffect:
    term, columns = problem.fixed[number]
    effects = done.coefficients[_own(columns, problem.outer_term.size)]
    noise = float(_sampling(problem, done)[number + 1])
    return FixedEffect(term, float((effects**2).mean()), noise, effects.size, noise_df)


def _inverse(hessian: FloatArray) -> FloatArray:
    """The inverse, directions in which the criterion does not curve upwards left out."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(scale[:, None] * hessian * scale)
    kept = values > 1e-8
    return scale[:, None] * ((vectors[:, kept] / values[kept]) @ vectors[:, kept].T) * scale


def _levels_df(cells: Cells, layout: Design, terms: tuple[Term, ...]) -> tuple[int, ...]:
    found: dict[Term, int] = {}
    for term in layout.terms:
        others = tuple(axis for axis in layout.full if axis not in term)
        seen = int(np.count_nonzero(cells.count.sum(axis=others)))
        found[term] = max(seen - 1 - sum(df for lower, df in found.items() if set(lower) < set(term)), 1)
    return tuple(found[term] for term in terms)


def _tailed_df(cells: Cells, layout: Design, term: Term, df: int) -> float:
    if len(term) != 1:
        return float(df)
    below = [axis for axis in layout.full if term[0] in layout.parents[axis]]
    return main_effect_df(cells.mean, term[0], below)
