"""Plans as JSON: every number that is shown, and the components that they rest on."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from experiments.planning.answer import Answer, Found
from experiments.planning.sentences import lead, sentences
from experiments.store.texts import json_text

LAYOUT = 1


def to_json(answers: Sequence[Answer]) -> str:
    """Plans as JSON text."""
    return json_text({"layout": LAYOUT, "plans": [_plan(one) for one in answers]})


def _plan(one: Answer) -> dict[str, Any]:
    target = one.target
    return {
        "question": one.question.value,
        "subject": one.subject.title,
        "bars": asdict(one.bars),
        "measure": target.measure,
        "target": target.target,
        "less_is_better": target.less,
        "models": len(one.subject.costs),
        "settings": one.subject.conditions,
        "room": one.subject.room.whole,
        "sentences": [lead(one), *sentences(one)],
        "found": _found(one.found),
        "if_the_pilot_was_lucky": None if one.unlucky is None else _found(one.unlucky),
        "curve": [
            {"templates": line.templates, "bound": line.bound, "items_and_reach": line.points}
            for line in one.lines
        ],
        "commands": list(one.commands),
    }


def _found(found: Found) -> dict[str, Any]:
    return {
        "components": [
            {
                "of": part.name,
                "mean": part.mean,
                "variances": dict(part.variances),
                "sigma_template": part.sigma,
                "sigma_template_low": part.low,
                "sigma_template_high": part.high,
            }
            for part in found.evidence.parts
        ],
        "shared": found.evidence.shared,
        "design": None if found.design is None else asdict(found.design),
        "shortfall": None if found.shortfall is None else asdict(found.shortfall),
    }
