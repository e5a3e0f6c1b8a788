"""The likelihood against the same formula with dense matrices, one row an observation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import helmert

from stats.estimate import FloatArray
from stats.henderson import random_terms
from stats.likelihood import evaluate, problem_of
from stats.tables import cells
from stats.terms import Design, design


class Dense:
    """-2 log restricted likelihood by its definition."""

    def __init__(self, table: pd.DataFrame, layout: Design, columns: FloatArray) -> None:
        folded = cells(table, value="y", factors=layout.factors, parents=layout.parents)
        self.y, self.columns = table["y"].to_numpy(), columns
        self.same: list[FloatArray] = []
        for term in random_terms(folded, layout):
            key = table[[layout.factors[axis] for axis in term]].to_numpy() @ [
                10**place for place in range(len(term))
            ]
            self.same.append((key[:, None] == key[None, :]).astype(float))

    def __call__(self, theta: FloatArray) -> float:
        v = theta[-1] * np.eye(self.y.size)
        for variance, same in zip(theta, self.same, strict=False):
            v += variance * same
        inverse = np.linalg.inv(v)
        xvx = self.columns.T @ inverse @ self.columns
        residual = self.y - self.columns @ np.linalg.solve(xvx, self.columns.T @ inverse @ self.y)
        logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(xvx)[1]
        rank = self.y.size - self.columns.shape[1]
        return float(logs + residual @ inverse @ residual + rank * np.log(2 * np.pi))


def unbalanced(shape: tuple[int, ...], rows: int, seed: int) -> pd.DataFrame:
    """Rows in random cells, some several times, every level of every factor at least once."""
    rng = np.random.default_rng(seed)
    codes = [np.append(np.arange(rows) % size, np.arange(size)) for size in shape]
    longest = max(map(len, codes))
    codes = [rng.permutation(np.resize(code, longest)) for code in codes]
    table = pd.DataFrame(dict(zip("abc", codes, strict=False)))
    return table.assign(y=rng.normal(0, 1, longest) + table["a"] * 0.3)


CASES = [
    (design(("a", "b")), (7, 4)),
    (design(("a", "b"), order=1), (7, 4)),
    (design(("a",)), (7,)),
    (design(("a", "b", "c")), (6, 3, 2)),
    (design(("a", "b", "c"), order=2), (3, 6, 2)),
    (design(("a", "b"), nested={"b": "a"}), (4, 5)),
    (design(("a", "b", "c"), nested={"b": "a"}), (3, 4, 2)),
]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 10_000), st.booleans())
def test_criterion_and_gradient(case: tuple[Design, tuple[int, ...]], seed: int, boundary: bool):
    layout, shape = case
    table = unbalanced(shape, 25, seed)
    folded = cells(table, value="y", factors=layout.factors, parents=layout.parents)
    terms = random_terms(folded, layout)
    problem = problem_of(folded, layout, terms)
    theta = np.random.default_rng(seed).uniform(0.1, 2, len(terms) + 1)
    if boundary:
        theta[0] = 0.0
    dense = Dense(table, layout, np.ones((len(table), 1)))
    found = evaluate(problem, theta)
    assert found.criterion == pytest.approx(dense(theta), rel=1e-9)
    for number in range(theta.size):
        step = np.eye(theta.size)[number] * 1e-5
        above, below = dense(theta + step), dense(theta - step)
        if boundary and number == 0:
            below, step = dense(theta), step / 2
        slope = (above - below) / (2 * step[number])
        assert found.gradient[number] == pytest.approx(slope, rel=1e-3, abs=1e-3)


def test_fixed_factors_are_contrasts():
    layout = design(("a", "b"), fixed=("b",))
    table = unbalanced((8, 3), 30, 4)
    folded = cells(table, value="y", factors=("a", "b"))
    terms = random_terms(folded, layout)
    theta = np.array([0.7, 0.4, 1.1])
    found = evaluate(problem_of(folded, layout, terms), theta)
    columns = np.column_stack([np.ones(len(table)), helmert(3).T[table["b"]]])
    assert found.criterion == pytest.approx(Dense(table, layout, columns)(theta), rel=1e-9)


def test_a_table_that_is_too_large_is_refused():
    a, b = np.indices((2000, 400)).reshape(2, -1)
    table = pd.DataFrame({"a": a, "b": b, "y": np.arange(a.size) % 7.0})
    layout = design(("a", "b"))
    folded = cells(table, value="y", factors=("a", "b"))
    with pytest.raises(ValueError, match="leave interactions out"):
        problem_of(folded, layout, random_terms(folded, layout))
