"""The report as JSON: every number on the page, under the names the statistics give them."""

from typing import Any

from experiments.report.contents import Contents
from experiments.report.findings import FactorFinding, Slice, label
from experiments.report.flips import Flip, Side
from experiments.report.numerals import finite
from experiments.report.prompts import TaskPrompts
from experiments.report.sentences import Sentence, detected, randomness
from experiments.store.texts import json_text
from stats.estimate import record

LAYOUT = 1


def to_json(contents: Contents) -> str:
    """The whole report as JSON text; a number that is not finite is null, half a surrogate pair is "?"."""
    return json_text(_report(contents))


def _report(contents: Contents) -> dict[str, Any]:
    manifest, quality = contents.manifest, contents.quality
    return {
        "layout": LAYOUT,
        "run": {name: manifest[name] for name in ("name", "command", "finished", "versions")},
        "level": contents.level,
        "random": randomness(contents.slices, contents.level),
        "sentences": [_sentence(sentence) for sentence in contents.sentences],
        "quality": {
            **record(quality),
            "by_pair": [
                {"model": model, "task": task, **statuses}
                for (model, task), statuses in quality.by_pair.items()
            ],
            "failures": [{"error": error, "cells": cells} for error, cells in quality.failures],
        },
        "slices": [_slice(one) for one in contents.slices],
        "categories": [record(one) for one in contents.categories],
        "graders": [record(finding) for finding in contents.graders],
        "grader_effects": [record(share) for share in contents.shares],
        "template_metrics": [record(one) for one in contents.metrics],
        "rankings": [record(one) for one in contents.rankings],
        "stopping": record(contents.early) if contents.early.rule else None,
        "searches": [record(one) for one in contents.searches],
        "distributions": [record(one) for one in contents.distributions],
        "severities": [record(one) for one in contents.severities],
        "flips": {
            "shown": [_flip(flip) for flip in contents.flips.shown],
            "found": contents.flips.found,
            "items": contents.flips.items,
        },
        "extremes": [record(one) for one in contents.extremes],
        "shots": [record(one) for one in contents.shots],
        "chain_of_thought": [record(one) for one in contents.cot],
        "prompts": [_prompts(one) for one in contents.prompts],
        "tasks": manifest["tasks"],
    }


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {**record(sentence), "kind": sentence.kind.name}


def _slice(one: Slice) -> dict[str, Any]:
    return {
        "model": one.model,
        "task": one.task,
        "title": one.title,
        "items": one.items,
        "compared": one.compared,
        "dropped": one.dropped,
        "missing": None if one.missing is None else one.missing.as_dict(),
        "metric": one.metric,
        "sparse": one.sparse,
        "score": one.score.as_dict(),
        "pass_at": [{"k": k, **estimate.as_dict()} for k, estimate in one.pass_at],
        "factors": [_finding(finding) for finding in one.factors],
        "components": None if one.components is None else one.components.as_dict(),
        "shares": None if one.shares is None else one.shares.as_dict(),
        "cells": [
            {name: finite(value) for name, value in row.items()} for row in one.grid.to_dict(orient="records")
        ],
    }


def _finding(finding: FactorFinding) -> dict[str, Any]:
    return {
        "factor": finding.factor,
        "title": finding.title,
        "reference": finding.reference,
        "levels": [record(level) for level in finding.levels],
        "effects": [
            {
                **effect.as_dict(),
                "level": label(finding.factor, effect.level),
                "against": finding.reference,
                "detectable": detected(effect, effect.fixed.level),
            }
            for effect in finding.effects
        ],
        "sensitivity": [measure.as_dict() for measure in finding.sensitivity],
        "note": finding.note,
    }


def _flip(flip: Flip) -> dict[str, Any]:
    """Without the texts, which `requests.parquet` holds under the keys."""
    return {**record(flip), "right": _side(flip.right), "wrong": _side(flip.wrong)}


def _side(side: Side) -> dict[str, Any]:
    return {"level": side.level, "status": side.status, "extracted": side.extracted, "key": side.key}


def _prompts(one: TaskPrompts) -> dict[str, Any]:
    """Without the texts, which `requests.parquet` holds under the keys."""
    shown = [{"conditions": asked.conditions, "form": asked.form, "key": asked.key} for asked in one.shown]
    return {**record(one), "shown": shown}
