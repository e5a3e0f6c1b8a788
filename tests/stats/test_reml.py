from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stats.components import components
from stats.estimate import FloatArray
from stats.henderson import random_terms
from stats.likelihood import Evaluation, Problem, evaluate, problem_of
from stats.reml import Fit, NotConvergedError, reml
from stats.tables import cells
from stats.terms import design
from tests.coverage import Plan, simulate

Read = Callable[[str], pd.DataFrame]


def fitted(
    table: pd.DataFrame,
    value: str,
    *factors: str,
    order: int | None = None,
    nested: dict[str, str] | None = None,
) -> Fit:
    layout = design(factors, order=order, nested=nested)
    return reml(cells(table, value=value, factors=factors, parents=layout.parents), layout)


# R: lme4's lmer with REML, tight tolerances; degrees of freedom by lmerTest (Satterthwaite).
def test_penicillin(reference: Read):
    found = fitted(reference("penicillin"), "diameter", "plate", "sample")
    expected = [0.71690817676607, 3.730917588345593, 0.302415462713223]
    assert found.variances == pytest.approx(expected, rel=1e-7)
    assert found.criterion == pytest.approx(330.860588999604, abs=1e-6)
    assert found.mean == pytest.approx(22.9722222222222)
    # These two were printed for lme4's own optimum, which stops at 3.731132.
    assert found.variance**0.5 == pytest.approx(0.8085953614, rel=1e-4)
    assert found.df == pytest.approx(5.48659, rel=1e-4)
    assert found.df == pytest.approx(5.48706, rel=1e-4)  # Kenward and Roger's, the same here


def test_dyestuff(reference: Read):
    found = fitted(reference("dyestuff"), "Yield", "Batch")
    assert found.variances == pytest.approx([1764.05, 2451.25], rel=1e-7)
    assert (found.mean, found.variance**0.5) == pytest.approx((1527.5, 19.38341), rel=1e-6)
    assert found.criterion == pytest.approx(319.654276842257)


def test_dyestuff2_is_on_the_boundary(reference: Read):
    found = fitted(reference("dyestuff2"), "Yield", "Batch")
    assert found.variances == pytest.approx([0, 13.80631], rel=1e-6)
    assert found.criterion == pytest.approx(161.828277812288)
    rows = components(reference("dyestuff2"), value="Yield", factors=("Batch",), method="reml")
    batch = rows.get("Batch")
    assert batch.raw == batch.low == 0 < batch.high
    # The interval is that of mean squares, 5 and 29 (pooled, not 24) degrees of freedom: not cut at 0 first.
    exact = components(reference("dyestuff2"), value="Yield", factors=("Batch",))
    assert batch.ms * 5 == pytest.approx(exact.get("Batch").ms, rel=1e-6)
    assert batch.high == pytest.approx(exact.get("Batch").high, rel=0.15)


def test_pastes(reference: Read):
    found = fitted(reference("pastes"), "strength", "batch", "cask", nested={"cask": "batch"})
    assert found.variances == pytest.approx([1.65731, 8.43367, 0.678], rel=1e-5)
    assert found.criterion == pytest.approx(246.990745853486)


def test_crossed_balanced(reference: Read):
    table = reference("crossed_balanced")
    found = fitted(table, "y", "item", "template")
    expected = [0.05121155053358443, 0.004237288135593224, 0.011997279765641383, 0.15462962962962953]
    assert found.variances == pytest.approx(expected, rel=1e-6)
    assert found.criterion == pytest.approx(1242.1087726861)
    assert found.variance**0.5 == pytest.approx(0.0416682360030891, rel=1e-7)
    assert found.df == pytest.approx(17.3323467120622, rel=1e-5)
    additive = fitted(table, "y", "item", "template", order=1)
    expected = [0.0526298860291398, 0.00437912563435159, 0.165090321884987]
    assert additive.variances == pytest.approx(expected, rel=1e-5)
    assert additive.criterion == pytest.approx(1246.8197980007)


@pytest.mark.parametrize(
    ("value", "order", "variances", "mean", "se", "criterion"),
    [
        (
            "y",
            2,
            [0.0551183165153306, 0.00440391632269206, 0.0183817575575005, 0.150420719367068],
            0.657660431563441,
            0.043655217444422,
            954.683998912269,
        ),
        (
            "y",
            1,
            [0.0574150049582038, 0.00446373042237998, 0.166437761296858],
            0.657649386660057,
            0.0437733688352128,
            961.224893388827,
        ),
        (
            "score",
            2,
            [0.0525471634257944, 0.0032111171651595, 0.0119072195911474, 0.00762502597344598],
            0.654732590324059,
            0.0381850943961564,
            -936.522857013685,
        ),
    ],
)
def test_crossed_unbalanced(
    reference: Read, value: str, order: int, variances: list[float], mean: float, se: float, criterion: float
):
    found = fitted(reference("crossed_unbalanced"), value, "item", "template", order=order)
    assert found.variances == pytest.approx(variances, rel=1e-4)
    assert (found.mean, found.variance**0.5) == pytest.approx((mean, se), rel=1e-5)
    assert found.criterion == pytest.approx(criterion, abs=1e-6)
    if (value, order) == ("y", 2):
        assert found.df == pytest.approx(16.2265, rel=1e-4)


def test_items_in_passages_with_gaps_reach_lme4s_criterion(reference: Read):
    # lmer(y ~ 1 + (1|passage) + (1|item) + (1|template) + (1|it)) has the criterion 954.684017; with
    # passage × template as a further effect the maximum can only be higher.
    found = fitted(
        reference("crossed_unbalanced"), "y", "passage", "item", "template", nested={"item": "passage"}
    )
    assert found.criterion <= 954.684017247312 + 1e-6


def test_three_factors_equal_the_closed_form(reference: Read):
    table = reference("brennan3_pxixo")
    found = components(table, value="y", factors=("person", "item", "occasion"), method="reml")
    expected = components(table, value="y", factors=("person", "item", "occasion"))
    for one, other in zip(found.rows, expected.rows, strict=True):
        assert one.term == other.term
        assert one.value == pytest.approx(other.value, rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 9), st.integers(3, 6), st.integers(1, 3))
def test_reml_is_ems_where_the_table_is_balanced(seed: int, items: int, templates: int, rows: int):
    rng = np.random.default_rng(seed)
    shape = (items, templates, rows)
    y = rng.normal(0, 1, shape) + rng.normal(0, 1, (items, 1, 1)) + rng.normal(0, 0.7, (1, templates, 1))
    y += rng.normal(0, 0.7, (items, templates, 1))
    item, template, _ = np.indices(shape).reshape(3, -1)
    table = pd.DataFrame({"item": item, "template": template, "y": y.ravel()})
    expected = components(table, value="y", factors=("item", "template"))
    assume(all(row.raw > 1e-3 for row in expected.rows))
    found = components(table, value="y", factors=("item", "template"), method="reml")
    for one, other in zip(found.rows, expected.rows, strict=True):
        assert one.term == other.term
        assert one.value == pytest.approx(other.value, rel=1e-5)
        assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-3, abs=1e-9)
        assert one.df == pytest.approx(other.df, rel=1e-4)
        if other.p_value is not None:
            assert one.p_value == pytest.approx(other.p_value, rel=1e-3, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_other_variances_are_likelier(seed: int):
    rng = np.random.default_rng(seed)
    item, template = np.indices((12, 5)).reshape(2, -1)
    y = rng.normal(0, rng.choice([0.0, 0.6]), 12)[item] + rng.normal(0, rng.choice([0.0, 0.6]), 5)[template]
    table = pd.DataFrame({"item": item, "template": template, "y": y + rng.normal(0, 1, 60)})
    table = table[rng.random(60) > 0.25]
    found = fitted(table, "y", "item", "template")
    layout = design(("item", "template"))
    folded = cells(table, value="y", factors=("item", "template"))
    problem = problem_of(folded, layout, random_terms(folded, layout))
    assert evaluate(problem, found.variances).criterion == pytest.approx(found.criterion)
    for _ in range(20):
        other = np.abs(found.variances * rng.lognormal(0, 0.5, 3) + rng.choice([0, 0.05], 3))
        assert evaluate(problem, other).criterion >= found.criterion - 1e-6


def test_a_component_just_above_zero_is_found():
    # L-BFGS-B stops early here, and a plain Newton step from there leads to 0, which is not the maximum.
    plan = Plan(sigma=0.05, missing="blocks")
    scores, _ = simulate(plan, 500, np.random.default_rng([1, 12, 0]))
    item, template = np.indices((200, 5))
    kept = (item / 200 - template / 5) % 1 > 0.3
    grid = scores[48, :, :, 0, 0]
    table = pd.DataFrame({"item": item[kept], "template": template[kept], "y": grid[kept]})
    found = fitted(table, "y", "item", "template")
    assert 0 < found.variances[1] < 1e-3


def test_order_of_rows_and_names_do_not_matter(reference: Read):
    table = reference("crossed_unbalanced")
    before = components(table, value="y", factors=("item", "template"))
    table = table.sample(frac=1, random_state=4).assign(
        item=lambda rows: "q" + (97 - rows["item"]).astype(str)
    )
    after = components(table, value="y", factors=("template", "item"))
    assert before.method == after.method == "REML"
    for row in before.rows:
        assert after.get(row.term).value == pytest.approx(row.value, rel=1e-5)
        assert after.get(row.term).low == pytest.approx(row.low, rel=1e-3)


def test_shifts_do_not_matter_and_scales_square(reference: Read):
    table = reference("crossed_unbalanced")
    before = fitted(table, "y", "item", "template")
    after = fitted(table.assign(y=table["y"] * 1e-3 + 1e4), "y", "item", "template")
    assert after.variances == pytest.approx(before.variances * 1e-6, rel=1e-4)
    assert after.mean == pytest.approx(1e4 + before.mean * 1e-3, rel=1e-9)
    assert after.df == pytest.approx(before.df, rel=1e-3)


def test_a_fixed_factor_equals_the_closed_form_where_balanced(reference: Read):
    table = reference("crossed_balanced")
    found = components(table, value="y", factors=("item", "template"), fixed=("template",), method="reml")
    expected = components(table, value="y", factors=("item", "template"), fixed=("template",))
    for one, other in zip(found.rows, expected.rows, strict=True):
        assert (one.term, one.fixed) == (other.term, other.fixed)
        assert (one.raw, one.low, one.high) == pytest.approx((other.raw, other.low, other.high), rel=1e-3)


def test_a_start_spares_steps_and_changes_nothing(reference: Read, monkeypatch: pytest.MonkeyPatch):
    asked = 0

    def counted(problem: Problem, theta: FloatArray) -> Evaluation:
        nonlocal asked
        asked += 1
        return evaluate(problem, theta)

    monkeypatch.setattr("stats.reml.evaluate", counted)
    table = reference("penicillin").drop(index=[3, 40, 77])
    folded = cells(table, value="diameter", factors=("plate", "sample"))
    crossed, fixed = design(("plate", "sample")), design(("plate", "sample"), fixed=("sample",))
    near = reml(folded, crossed)
    asked = 0
    plain, alone = reml(folded, fixed), asked
    asked = 0
    begun = reml(folded, fixed, start=near.by_term)
    assert asked < alone
    assert begun.variances == pytest.approx(plain.variances, rel=1e-6)
    assert (begun.mean, begun.variance, begun.df) == pytest.approx(
        (plain.mean, plain.variance, plain.df), rel=1e-5
    )
    # A start that lacks a term is none.
    assert reml(folded, crossed, start=begun.by_term).variances == pytest.approx(near.variances, rel=1e-12)


def test_copies_of_rows_are_one_observation(reference: Read):
    table = reference("brennan_unbalanced_pxi")
    once, copied = (
        components(rows, value="y", factors=("person", "item"))
        for rows in (table, pd.concat([table, table.iloc[:7]]))
    )
    assert once.residual == copied.residual == "person × item"
    for row in once.rows:
        assert copied.get(row.term).value == pytest.approx(row.value, rel=1e-5)


def test_what_cannot_be_fitted_is_said(reference: Read):
    table = reference("crossed_unbalanced")
    with pytest.raises(NotConvergedError, match="all values are the same"):
        fitted(table.assign(y=0.5), "y", "item", "template")
    found = components(table.assign(y=0.5), value="y", factors=("item", "template"))
    assert found.method == "Henderson I"
    assert "no intervals" in found.note
    assert all(row.value == 0 for row in found.rows)
    with pytest.raises(NotConvergedError, match="all values are the same"):
        components(table.assign(y=0.5), value="y", factors=("item", "template"), fixed=("template",))
    with pytest.raises(ValueError, match="one level"):
        fitted(table.assign(one=1), "y", "item", "one")
