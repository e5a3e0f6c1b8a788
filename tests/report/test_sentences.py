from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report.contents import gather
from experiments.report.sentences import Kind, randomness, rerun_sentence, shares_sentence

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("smollm2",), "tasks": ("gsm8k",), "odd": 0.0}
NONE: dict[str, Any] = {"sigma_template": 0.0, "shots_effect": 0.0}


@pytest.mark.parametrize(
    ("scene", "kind", "begins", "contains"),
    [
        (
            {"sigma_template": 0.2, "shots": (0,)},
            Kind.detected_sensitivity,
            "Changing the template moves smollm2 on GSM8K by",
            "the effect is detectable (p < 0.001). Another template of this kind would typically score ±",
        ),
        (
            {**NONE, "shots": (0,), "seed": 3},
            Kind.tied_sensitivity,
            "No template effect can be told from noise for smollm2 on GSM8K: the scores of 8 templates span",
            "and noise alone would give about",
        ),
        (
            {"sigma_template": 0.0, "shots_effect": 0.4, "mean": 0.3},
            Kind.detected_effect,
            "With 5 exemplars instead of 0, smollm2 on GSM8K scores",
            "points more [",
        ),
        (
            {"sigma_template": 0.0, "shots_effect": -0.4, "mean": 0.7, "shots": (0, 1)},
            Kind.detected_effect,
            "With 1 exemplar instead of 0, smollm2 on GSM8K scores",
            "points less [",
        ),
        (
            {**NONE, "shots": (0,), "cot": (False, True), "seed": 3},
            Kind.tied_effect,
            "No detectable difference for smollm2 on GSM8K with chain of thought: a tie (",
            "points [",
        ),
        (
            {**NONE, "shots": (0,), "cot": (True, False), "cot_effect": 0.5, "mean": 0.3},
            Kind.detected_effect,
            "Without chain of thought, smollm2 on GSM8K scores",
            "points less [",
        ),
        (
            {
                **NONE,
                "shots": (0,),
                "perturbations": (("none", 0.0), ("typo", 0.1), ("typo", 1.0)),
                "seed": 3,
            },
            Kind.tied_effect,
            "No detectable difference for smollm2 on GSM8K perturbed by typo 0.1: a tie (",
            "",
        ),
        (
            {"templates": ("a", "b"), "shots": (0,), "sigma_template": 0.0, "seed": 3},
            Kind.tied_effect,
            "No detectable difference for smollm2 on GSM8K with template b instead of a: a tie (",
            "",
        ),
        (
            {"templates": ("a",), "shots": (0,)},
            Kind.score,
            "smollm2 scores",
            "how another template would do, this run cannot say.",
        ),
        (
            {"templates": ("a", "b"), "shots": (0,)},
            Kind.score,
            "smollm2 scores",
            "with the 2 templates run; too few to say how others would do.",
        ),
        ({}, Kind.score, "smollm2 scores", "for just the 8 templates run the interval is ["),
        (
            {"failed_cells": (2,)},
            Kind.caution,
            "1 of 16 cells did not come out whole; what they lack is left out of every number.",
            "",
        ),
    ],
)
def test_sentences(make_run: MakeRun, scene: dict[str, Any], kind: Kind, begins: str, contains: str) -> None:
    sentences = gather(make_run(**(ONE | scene))).sentences
    found = [sentence.whole.replace("\u00a0", " ") for sentence in sentences if sentence.kind is kind]
    assert any(text.startswith(begins) and contains in text for text in found), found


def test_a_spread_that_is_mostly_noise_is_no_headline(make_run: MakeRun) -> None:
    templates = tuple(f"t{i}" for i in range(40))
    contents = gather(make_run(**ONE, templates=templates, shots=(0,), items=30, sigma_template=0.12))
    spread = contents.slices[0].factors[0].sensitivity[1]
    assert spread.detectable
    assert spread.floor > spread.raw / 2
    lead = contents.sentences[0].text.replace("\u00a0", " ")
    assert f"by about {100 * spread.corrected:.1f} points, noise taken out" in lead
    assert f"{100 * spread.raw:.1f} points" not in lead


def test_detectable_templates_lead_and_the_largest_comes_first(make_run: MakeRun) -> None:
    sentences = gather(make_run(sigma_template=0.2)).sentences
    order = [(sentence.kind, -sentence.size) for sentence in sentences]
    assert order == sorted(order)
    assert sentences[0].kind is Kind.detected_sensitivity
    assert sum(sentence.kind is Kind.detected_sensitivity for sentence in sentences) > 1


def test_effects_are_judged_by_their_adjusted_p(make_run: MakeRun) -> None:
    contents = gather(make_run(**ONE, shots=(0, 1, 2, 5), shots_effect=0.08, seed=0))
    finding = contents.slices[0].factor("shots")
    assert finding is not None
    for effect in finding.effects:
        sentence = next(
            s for s in contents.sentences if s.factor == "shots" and f"ith {effect.level} exemplar" in s.text
        )
        assert effect.p_adjusted is not None
        assert sentence.detectable == (effect.p_adjusted < 0.05)


def test_what_was_random_is_said(make_run: MakeRun) -> None:
    crossed = gather(make_run(**ONE))
    alone = gather(make_run("alone", **ONE, templates=("a",)))
    assert "treat items and templates as random" in randomness(crossed.slices, 0.95)
    assert "treat items as random and templates as fixed" in randomness(alone.slices, 0.95)
    assert randomness(alone.slices, 0.9).startswith("Intervals are 90\u00a0% intervals")


def test_a_rerun_and_the_shares_are_said_in_the_numbers_of_the_table(make_run: MakeRun) -> None:
    one = gather(make_run(**ONE, shots=(0,), sigma_template=0.2)).slices[0]
    headline = one.factors[0].headline
    assert headline is not None
    assert one.shares is not None
    said = rerun_sentence(one).replace("\u00a0", " ")
    assert said.startswith("A re-run with another template would typically move the score by ±")
    assert f"±{100 * headline.corrected:.1f} points [{100 * headline.low:.1f}," in said
    names = ["item", "template", "noise"]
    assert (
        shares_sentence(one, names)
        .replace("\u00a0", " ")
        .startswith(f"Shares of the variance of one answer: item {100 * one.shares.rows[0].value:.1f} % [")
    )


def test_without_templates_no_rerun_is_spoken_of(make_run: MakeRun) -> None:
    assert rerun_sentence(gather(make_run(**ONE, templates=("a",))).slices[0]) == ""


def test_a_rerun_is_said_by_reml_where_no_two_items_are_complete(make_run: MakeRun) -> None:
    one = gather(make_run(**(ONE | {"odd": 0.6}), failing=0.5, shots=(0,), sigma_template=0.2)).slices[0]
    assert one.factors == ()
    assert "A re-run with another template" in rerun_sentence(one)
