"""Variance components of right-or-wrong scores on the logit scale, from a mixed logistic regression.

A cross-check on `stats.components`, which works on the scale of the scores: needs `pip install
'prompt-fathom[glmm]'`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from types import ModuleType

import pandas as pd

from stats.estimate import record
from stats.tables import column, factor_of
from stats.terms import TIMES


@dataclass(frozen=True)
class LogitComponent:
    """A variance on the logit scale.

    Attributes:
        term: Factors joined by " × ".
        value: The variance, at least 0.
    """

    term: str
    value: float


@dataclass(frozen=True)
class LogitComponents:
    """A fitted mixed logistic regression.

    Attributes:
        rows: One variance a term.
        intercept: The logit of the score of a typical item, template, and so on.
        log_likelihood: By Laplace's approximation.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    rows: tuple[LogitComponent, ...]
    intercept: float
    log_likelihood: float
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row a term, its fields as columns."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def logit_components(
    table: pd.DataFrame, *, value: str, factors: Sequence[str], order: int = 1
) -> LogitComponents:
    """Random intercepts of all factors on the logit scale, by maximum likelihood.

    logit P(right) = intercept + Σ random effects; Laplace's approximation, as R's `lme4::glmer`, by the
    package mixedlm. The variances are of logits, not of scores: compare which terms matter, not the numbers.
    Maximum likelihood with few levels is biased towards 0, as a variance with divisor n is.

    Args:
        table: One row an observation; any pattern of missing rows.
        value: The column of scores, each 0 or 1.
        factors: The columns with random effects, one to three.
        order: The greatest number of factors in an interaction of its own. The interaction of all factors
            needs several rows a cell.

    Raises:
        ImportError: The package mixedlm is not installed.
        ValueError: A column is missing or has gaps, a score is neither 0 nor 1, or all are the same.
    """
    mixedlm = _package()
    scores = column(table, value)
    if not scores.isin([0, 1]).all() or scores.nunique() < 2:
        raise ValueError(f"column {value!r} has to hold both 0 (wrong) and 1 (right), and nothing else")
    if not 1 <= len(factors) <= 3 or not 1 <= order <= len(factors):
        raise ValueError(f"1 to 3 factors and an order up to their number; got {len(factors)} and {order}")
    codes = [factor_of(table, name).codes for name in factors]
    terms = [axes for size in range(1, order + 1) for axes in combinations(range(len(factors)), size)]
    columns = {"y": scores.to_numpy(dtype=float)}
    for number, axes in enumerate(terms):
        keys = zip(*(codes[axis].tolist() for axis in axes), strict=True)
        columns[f"g{number}"] = pd.Series(["_".join(map(str, key)) for key in keys]).to_numpy(dtype=object)
    formula = "y ~ 1" + "".join(f" + (1 | g{number})" for number in range(len(terms)))
    fit = mixedlm.glmer(formula, pd.DataFrame(columns), family=mixedlm.families.Binomial())
    found = fit.VarCorr().groups
    return LogitComponents(
        rows=tuple(
            LogitComponent(TIMES.join(factors[axis] for axis in axes), float(found[f"g{number}"].cov[0, 0]))
            for number, axes in enumerate(terms)
        ),
        intercept=float(fit.fixef()["(Intercept)"]),
        log_likelihood=float(fit.logLik().value),
        note="" if fit.converged else "the fit did not converge: do not rely on it",
    )


def _package() -> ModuleType:
    try:
        import mixedlm
    except ImportError:
        raise ImportError(
            "logit_components needs the package mixedlm: pip install 'prompt-fathom[glmm]'"
        ) from None
    return mixedlm
