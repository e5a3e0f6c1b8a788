"""A comparison as JSON: every number on its page."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from experiments.compare.sentences import Comparison, sentences
from experiments.compare.sides import Side
from experiments.store.texts import json_text

LAYOUT = 1


def to_json(comparisons: Sequence[Comparison]) -> str:
    """Comparisons as JSON text; a number that is not finite is null."""
    return json_text({"layout": LAYOUT, "comparisons": [_comparison(one) for one in comparisons]})


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "new": _side(one.new),
        "baseline": _side(one.baseline),
        "across": list(one.across),
        "bars": asdict(one.bars),
        "sentences": list(sentences(one)),
        "tasks": [
            {
                "task": judged.paired.task,
                "title": judged.paired.title,
                "metric": judged.paired.metric,
                "higher_is_better": judged.paired.higher_is_better,
                "items": judged.paired.items,
                "templates": judged.paired.templates,
                "failed": judged.paired.failed,
                "asked": judged.paired.asked,
                "mismatches": list(judged.paired.mismatches),
                "refusal": judged.paired.refusal,
                **_found(judged.found),
            }
            for judged in one.tasks
        ],
    }


def _side(side: Side) -> dict[str, Any]:
    models = [model for model in side.manifest["models"] if model["name"] == side.model]
    return {
        "run": side.manifest["name"],
        "model": side.model,
        "identities": [model["identity"] for model in models],
        "revisions": sorted({revision for model in models for revision in model["revisions"]}),
        "versions": side.manifest["versions"],
    }


def _found(found: Any) -> dict[str, Any]:
    if found is None:
        return {"verdict": "not compared"}
    steadiness = found.steadiness
    return {
        "verdict": found.verdict,
        "effect": found.effect.as_dict(),
        "equivalence": found.same.as_dict(),
        "needed": None if found.needed is None else asdict(found.needed),
        "stability": None if steadiness is None else steadiness.compared.as_dict(),
        "stability_verdict": found.stability_verdict,
        "stability_p_adjusted": None if steadiness is None else steadiness.p_adjusted,
        "sigma_new_at_most": None if steadiness is None else steadiness.sigma_new,
    }
