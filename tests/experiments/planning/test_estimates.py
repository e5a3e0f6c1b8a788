"""Pilots as real runs of simulated models, read as `fathom plan` reads them."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import Lab, main
from experiments.planning.errors import PlanError
from experiments.planning.estimates import (
    doubled,
    of_alike,
    of_difference,
    of_ranking,
    of_scores,
    of_stability,
    part_of,
)
from experiments.planning.evidence import Part
from experiments.planning.pilot import pilots_of
from experiments.report.findings import analyse
from experiments.store.manifest import read_manifest
from experiments.store.tables import read_table
from experiments.sweep.run import run_cells
from stats.components import components

COMMON = ["run", "task=trivia_mini", "task.limit=25", "template=qa/q_a,qa/fathom,qa/q_a_dense,qa/q_a_upper"]


def no_report(folder: Path) -> None:
    """Nothing: what is planned from needs none."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")

    def swept(*words: str) -> None:
        assert main([*COMMON, f"runs_dir={folder}", *words], Lab(run_cells, no_report)) == 0

    swept("name=shots", "shots=0,2", "model.simulated.sigma_template=0.2")
    swept("name=seeds", "shots=0,2", "exemplars.seed=range(3)", "model.simulated.sigma_exemplars=0.2")
    swept("name=sampled", "sampling=sampled", "sampling.replicate=range(3)")
    swept("name=good", "model.name=good", "model.simulated.mean=0.9", "model.simulated.seed=1")
    swept("name=bad", "model.name=bad", "model.simulated.mean=0.4", "model.simulated.seed=2")
    swept("name=other", "model.name=other", "shots=3")
    swept("name=two", "template=qa/q_a,qa/fathom", "shots=0,1")
    return folder


@pytest.mark.parametrize("name", ["shots", "sampled", "seeds"])
def test_components_are_those_of_the_report(runs: Path, name: str):
    (pilot,) = pilots_of([str(runs / name)], None)["trivia_mini"]
    found = of_scores(pilot, 0.95).first
    manifest = read_manifest(runs / name)
    (shown,) = analyse(read_table(runs / name / "outcomes.parquet"), manifest, 0.95)
    assert shown.components is not None
    expected = {
        row.term.replace("item_id", "item"): pytest.approx(row.value) for row in shown.components.rows
    }
    assert dict(found.variances) == expected
    sigma = shown.components.sigma("template")
    assert (found.sigma, found.low, found.high) == pytest.approx((sigma.value, sigma.low, sigma.high))


def test_what_the_plan_leaves_as_it_is(runs: Path):
    by_name = {
        name: pilots_of([str(runs / name)], None)["trivia_mini"][0] for name in ("shots", "seeds", "sampled")
    }
    assert len(by_name["shots"].settings) == 2
    assert by_name["shots"].axes == ("item", "template")
    seeded = by_name["seeds"]
    assert len(seeded.settings) == 1, "cells without shots know no exemplar seeds"
    assert len(seeded.cells) == 12
    assert seeded.notes == ("of the pilot, cells with shots only",)
    assert seeded.axes == ("item", "template", "exemplar_seed")
    assert by_name["sampled"].sampled
    assert not seeded.sampled


def test_differences_are_paired(runs: Path):
    good, bad = pilots_of([str(runs / "good"), str(runs / "bad")], None)["trivia_mini"]
    found = of_difference(good, bad, 0.95).first
    keys = ["item", "template"]
    both = good.answers.set_index(keys)["score"] - bad.answers.set_index(keys)["score"]
    table = both.reset_index()
    expected = components(table, value="score", factors=keys)
    assert found.mean == pytest.approx(float(both.mean()))
    assert dict(found.variances) == {row.term: pytest.approx(row.value) for row in expected.rows}
    assert found.sigma == pytest.approx(expected.sigma("template").value)


def test_a_ranking_takes_neighbours_best_first(runs: Path):
    names = ["bad", "good", "shots"]
    pilots = pilots_of([str(runs / name) for name in names], None)["trivia_mini"][:2]
    found = of_ranking(pilots, 0.95)
    (part,) = found.parts
    assert part.name == "good − bad on TriviaMini"
    assert part.mean > 0
    with pytest.raises(PlanError, match="2 models or more"):
        of_ranking(pilots[:1], 0.95)


def test_stability_pools_two_models(runs: Path):
    pilots = pilots_of([str(runs / "good"), str(runs / "bad")], None)["trivia_mini"]
    parts = [of_scores(pilot, 0.95).first for pilot in pilots]
    found = of_stability(pilots, 0.3, 0.95)
    mean = found.first
    assert mean.variances["template"] == pytest.approx(
        np.mean([part.variances["template"] for part in parts])
    )
    assert mean.sigma**2 == pytest.approx(mean.variances["template"])
    assert 0 <= found.shared <= 0.95
    assert of_stability(pilots[:1], 0.3, 0.95).shared == 0.3


def test_models_asked_otherwise_are_not_paired(runs: Path):
    good, other = pilots_of([str(runs / "good"), str(runs / "other")], None)["trivia_mini"]
    with pytest.raises(PlanError, match="not asked TriviaMini under the same settings"):
        of_difference(good, other, 0.95)
    with pytest.raises(PlanError, match="not asked TriviaMini under the same settings"):
        of_stability([good, other], 0.0, 0.95)


def test_too_few_templates_are_refused_with_what_cannot_be_said(runs: Path):
    with pytest.raises(
        PlanError, match=r"has 2 templates of simulated on TriviaMini \(it varies shots\): fewer"
    ):
        pilots_of([str(runs / "two")], None)


def test_an_unknown_task_is_named_with_the_nearest(runs: Path):
    with pytest.raises(PlanError, match="did you mean 'trivia_mini'"):
        pilots_of([str(runs / "good")], "trivia_mimi")


def test_differences_of_models_alike_by_simulation():
    rng = np.random.default_rng(8)
    items, templates, shared = 400, 300, 0.4
    own = {"item": 0.3, "template": 0.2, "item × template": 0.5}
    one = Part("a", 0.5, {term: sigma**2 for term, sigma in own.items()}, own["template"])

    def effects(sigma: float, *shape: int) -> np.ndarray:
        common, mine = rng.normal(0, sigma, shape), rng.normal(0, sigma, (2, *shape))
        return math.sqrt(shared) * common + math.sqrt(1 - shared) * mine

    scores = effects(0.3, items, 1) + effects(0.2, 1, templates)
    scores = scores + rng.normal(0, 0.5, (2, items, templates))
    difference = scores[0] - scores[1]
    places = np.indices(difference.shape).reshape(2, -1)
    table = pd.DataFrame({"item": places[0], "template": places[1], "score": difference.ravel()})
    seen = part_of("a", table, ("item", "template"), 0.95)
    expected = doubled(one, shared)
    for term, variance in expected.variances.items():
        assert seen.variances[term] == pytest.approx(variance, rel=0.25), term
    assert expected.sigma**2 == pytest.approx(expected.variances["template"])


def test_replicates_carry_the_noise_of_both(runs: Path):
    (pilot,) = pilots_of([str(runs / "sampled")], None)["trivia_mini"]
    one, two = of_scores(pilot, 0.95).first, of_alike(pilot, 0.5, 0.95).first
    assert two.variances["residual"] == pytest.approx(2 * one.variances["residual"])
    assert two.variances["item"] == pytest.approx(one.variances["item"])
