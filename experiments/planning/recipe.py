"""The command that runs a design: the pilot's own overrides, with other numbers of everything planned."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments import catalog
from experiments.planning.errors import PlanError
from experiments.planning.pilot import Pilot
from stats.design import REPLICATE

_PLANNED = ("template", "task.limit", "exemplars.seed", "sampling.replicate", "sampling.samples")
_DROPPED = ("name", "dry_run", "budget.usd", "budget.tokens", "budget.requests")  # these were the pilot's


@dataclass(frozen=True)
class Recipe:
    """How a model is asked.

    Attributes:
        models: Overrides of `model` keys, each with the values of all models: (("model", ("a", "b")),).
        overrides: Further overrides, as on a command line.
        templates: Options of the group `template`, those of the pilot first.
        whole: The templates that a glob stands for, by the glob.
        seeds: The pilot's exemplar seeds.
        samples: Whether replicates are samples of one cell (`sampling.samples`) and not cells of their own.
        flags: Of `fathom run`.
        complete: Whether one command makes the pilot's cells: they are a full grid of their overrides.
    """

    models: tuple[tuple[str, tuple[str, ...]], ...]
    overrides: tuple[str, ...]
    templates: tuple[str, ...]
    whole: Mapping[str, frozenset[str]]
    seeds: tuple[int, ...] = ()
    samples: bool = False
    flags: tuple[str, ...] = ()
    complete: bool = True

    def command(self, sizes: Mapping[str, int]) -> str:
        """The command line for a design, ready for a shell.

        Args:
            sizes: As `stats.design` takes them.
        """
        words = [f"{key}={','.join(values)}" for key, values in self.models]
        words += [*self.overrides, f"task.limit={sizes['item']}", f"template={self._templates(sizes)}"]
        if "exemplar_seed" in sizes:
            words.append(f"exemplars.seed={self._seeds(sizes['exemplar_seed'])}")
        if sizes.get(REPLICATE, 1) > 1 or self.samples:
            count = sizes.get(REPLICATE, 1)
            words.append(
                f"sampling.samples={count}" if self.samples else f"sampling.replicate=range({count})"
            )
        return shlex.join(["fathom", "run", "-m", *self.flags, *words])

    def _templates(self, sizes: Mapping[str, int]) -> str:
        chosen = self.templates[: sizes["template"]]
        globs = [pattern for pattern, those in self.whole.items() if those == frozenset(chosen)]
        return f"glob({globs[0]})" if globs else ",".join(chosen)

    def _seeds(self, count: int) -> str:
        seeds = list(self.seeds)
        seeds += [seed for seed in range(count + len(seeds)) if seed not in self.seeds]
        chosen = seeds[:count]
        return f"range({count})" if sorted(chosen) == list(range(count)) else ",".join(map(str, chosen))


def commands(recipes: Sequence[Recipe], sizes: Mapping[str, int]) -> tuple[str, ...]:
    """One command for all models that differ in one key alone, such as `model`; else one each.

    None at all where one of the models was asked what no one command asks.
    """
    if not all(recipe.complete for recipe in recipes):
        return ()
    merged: list[Recipe] = []
    for recipe in recipes:
        for place, known in enumerate(merged):
            together = _together(known, recipe)
            if together is not None:
                merged[place] = together
                break
        else:
            merged.append(recipe)
    return tuple(recipe.command(sizes) for recipe in merged)


def alike(recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """The recipes with the templates that all have, and the exemplar seeds of the first, in its order.

    However few of them a design takes, all models are then asked the same. None of none.
    """
    if not recipes:
        return ()
    shared = tuple(
        option for option in recipes[0].templates if all(option in one.templates for one in recipes)
    )
    return tuple(replace(one, templates=shared, seeds=recipes[0].seeds) for one in recipes)


def _together(one: Recipe, other: Recipe) -> Recipe | None:
    if replace(one, models=other.models) != other:
        return None
    if [key for key, _ in one.models] != [key for key, _ in other.models]:
        return None
    unlike = [
        place
        for place, (mine, yours) in enumerate(zip(one.models, other.models, strict=True))
        if mine != yours
    ]
    if len(unlike) != 1:
        return None if unlike else one
    pairs = list(one.models)
    key, values = pairs[unlike[0]]
    pairs[unlike[0]] = (key, tuple(dict.fromkeys([*values, *other.models[unlike[0]][1]])))
    return replace(one, models=tuple(pairs))


def recipe_of(pilot: Pilot) -> Recipe:
    """How a pilot's model was asked its task.

    Raises:
        PlanError: A template of the pilot is not configured any more.
    """
    cells = [cell for cell in pilot.side.manifest["cells"] if cell["index"] in set(pilot.cells)]
    settings = [_settings(cell["overrides"]) for cell in cells]
    values = {
        key: list(dict.fromkeys(one[key] for one in settings if key in one))
        for key in dict.fromkeys(key for one in settings for key in one)
    }
    complete = all(one.keys() == values.keys() for one in settings)
    complete = complete and math.prod(map(len, values.values())) == len(cells)
    if pilot.sampled and "sampling.seed" in values:
        values["sampling.seed"] = values["sampling.seed"][:1]  # replicates take their place
    fixed = {key: many for key, many in values.items() if not _replaced(key)}
    flags = _flags(pilot.side.manifest["command"])
    templates, whole = _templates(pilot, cells, flags)
    return Recipe(
        models=tuple((key, tuple(many)) for key, many in fixed.items() if _of_model(key)),
        overrides=tuple(f"{key}={','.join(many)}" for key, many in fixed.items() if not _of_model(key)),
        templates=templates,
        whole=whole,
        seeds=tuple(dict.fromkeys(int(cell["exemplar_seed"]) for cell in cells)),
        samples=any(cell["samples"] > 1 for cell in cells),
        flags=flags,
        complete=complete,
    )


def first_overrides(pilot: Pilot) -> list[str]:
    """The overrides of one cell, to compose what the pilot was asked once more."""
    cell = next(cell for cell in pilot.side.manifest["cells"] if cell["index"] in set(pilot.cells))
    return [*_flags(pilot.side.manifest["command"]), *cell["overrides"]]


def plain_recipe(model: str, task: str, answer_type: str) -> Recipe:
    """How a model is asked a task of which there is no pilot: with every template of the task's kind."""
    entries = [entry for entry in catalog.entries("template") if entry.field("answer_type") == answer_type]
    folders = [entry.name.rpartition("/")[0] for entry in entries]
    first = min(folders, key=lambda folder: (folder.count("/"), -folders.count(folder), folder))
    options = tuple(entry.name for entry in entries if entry.name.rpartition("/")[0] == first)
    whole = {f"{first}/*": frozenset(options)}
    return Recipe((("model", (model,)),), (f"task={task}",), options, whole)


def _settings(overrides: Sequence[str]) -> dict[str, str]:
    """A cell's overrides by key; perturbations after one another as they are swept, "one+other"."""
    found = {line.partition("=")[0]: line.partition("=")[2] for line in overrides}
    first, then = found.get("perturbation", "none"), found.get("perturbation.then", "[]")
    if first != "none" and then != "[]":
        found["perturbation"] = "+".join([first, *then.strip("[]").split(",")])
        del found["perturbation.then"]
    return found


def _replaced(key: str) -> bool:
    return key.lstrip("+") in (*_PLANNED, *_DROPPED)


def _of_model(key: str) -> bool:
    return key.lstrip("+") == "model" or key.lstrip("+").startswith("model.")


def _templates(
    pilot: Pilot, cells: Sequence[dict[str, Any]], flags: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, frozenset[str]]]:
    """The options of the task's templates, the pilot's first, and the globs that stand for a whole folder."""
    folders = [Path(flag) for flag in flags[1::2]]
    entries = catalog.entries("template", folders)
    options = {entry.field("name") or entry.name: entry.name for entry in entries}
    asked = list(dict.fromkeys(cell["template"] for cell in cells))
    if unknown := [name for name in asked if name not in options]:
        raise PlanError(
            f"the pilot's template '{unknown[0]}' is not among the configured ones; is the pilot's "
            "--config-dir still there?"
        )
    mine = [options[name] for name in asked]
    within = {option.rpartition("/")[0] for option in mine}
    answer_type = pilot.side.tasks[pilot.task]["answer_type"]
    reasoned = any(cell["cot"] for cell in cells)
    others = [
        entry.name
        for entry in entries
        if entry.name.rpartition("/")[0] in within
        and entry.field("answer_type") == answer_type
        and (entry.field("answer_cot") or not reasoned)
        and entry.name not in mine
    ]
    whole = {
        f"{folder}/*": frozenset(entry.name for entry in entries if entry.name.rpartition("/")[0] == folder)
        for folder in sorted(within)
        if folder
    }
    return (*mine, *others), whole


def _flags(command: str) -> tuple[str, ...]:
    """The pilot's --config-dir, without which its options may be unknown."""
    words = shlex.split(command)
    for place, word in enumerate(words):
        if word == "--config-dir" and place + 1 < len(words):
            return "--config-dir", words[place + 1]
        if word.startswith("--config-dir="):
            return "--config-dir", word.partition("=")[2]
    return ()
