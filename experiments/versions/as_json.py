"""Versions of a model as JSON: every number on the page."""

from typing import Any

from experiments.baselines.changes import Change
from experiments.compare.published_pages import task_record
from experiments.store.texts import json_text
from experiments.versions.contents import Contents
from experiments.versions.sentences import left_out, sentences
from experiments.versions.steps import Step
from experiments.versions.terminal import verdict
from stats.estimate import record

LAYOUT = 1


def to_json(contents: Contents) -> str:
    """The whole page as JSON text; a number that is not finite is null."""
    return json_text(_contents(contents))


def _contents(contents: Contents) -> dict[str, Any]:
    return {
        "layout": LAYOUT,
        "level": contents.level,
        "across": list(contents.across),
        "sentences": [text for text, _ in sentences(contents)],
        "versions": [
            {
                "name": one.name,
                "run": one.side.manifest["name"],
                "model": one.side.model,
                "parent": one.parent or None,
                "technique": one.technique or None,
                "date": one.date or None,
            }
            for one in contents.versions
        ],
        "capabilities": [record(one) for one in contents.capabilities],
        "steps": [_step(step, contents) for step in contents.steps],
        "techniques": [
            {
                "technique": one.name,
                "steps": [[step.before.name, step.after.name] for step in one.steps],
                "tasks": one.tasks,
                "mean": None if one.mean is None else one.mean.as_dict(),
                "p_adjusted": one.p_adjusted,
                "rose": one.rose,
                "fell": one.fell,
                "undecided": one.undecided,
            }
            for one in contents.techniques
        ],
        "attempts": [
            {
                "before": step.before.name,
                "after": step.after.name,
                "task": tax.task,
                "k": tax.k,
                "pass_at_1": _change(tax.first, contents.level),
                "pass_at_k": _change(tax.most, contents.level),
                "taxed": tax.taxed,
            }
            for step, tax in contents.attempts
        ],
        "settings": [
            {
                "model": one.change.before.model,
                "factor": one.factor,
                "from": one.before,
                "to": one.after,
                **_change(one.change, contents.level),
            }
            for one in contents.settings
        ],
        "official": [
            {
                "version": one.version.name,
                "published": one.published,
                "tasks": [task_record(task) for task in one.tasks],
            }
            for one in contents.officials
        ],
    }


def _step(step: Step, contents: Contents) -> dict[str, Any]:
    return {
        "before": step.before.name,
        "after": step.after.name,
        "technique": step.technique or None,
        "rose": len(step.seesaw.rose),
        "fell": len(step.seesaw.fell),
        "undecided": len(step.seesaw.undecided),
        "tasks": [_change(one, contents.level) for one in step.seesaw.changes],
        "left_out": left_out(step),
    }


def _change(one: Change, level: float) -> dict[str, Any]:
    return {
        "task": one.before.task,
        "before": one.before.score,
        "after": one.after.score,
        "items": one.before.items,
        "lower_is_better": one.before.lower_is_better,
        "difference": None if one.difference is None else one.difference.as_dict(),
        "p_value": one.p_value,
        "p_adjusted": one.p_adjusted,
        "verdict": verdict(one, level),
    }
