"""What is planned: a question's models on one task, with what is known, what there is and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments.planning import estimates
from experiments.planning.cost import Cost, cost_of
from experiments.planning.errors import PlanError
from experiments.planning.evidence import Evidence
from experiments.planning.pilot import Pilot
from experiments.planning.questions import Question
from experiments.planning.recipe import Recipe, alike, first_overrides, plain_recipe, recipe_of
from experiments.planning.search import Room
from stats.intervals import FEWEST_TEMPLATES

MOST_SEEDS, MOST_REPLICATES = 10, 10  # planned where nothing else is said
STATED_ITEMS, STATED_TEMPLATES = 1000, 20  # where components are stated and no task is named


@dataclass(frozen=True)
class Caps:
    """The most of everything, as the user wants it; None for what there is."""

    items: int | None = None
    templates: int | None = None
    exemplar_seeds: int | None = None
    replicates: int | None = None


@dataclass(frozen=True)
class Subject:
    """A question's models on one task.

    Attributes:
        title: Models and task.
        evidence: Components.
        room: The most that a design may have.
        conditions: Settings (shots, chain of thought, …) that the pilot has beside, and the plan keeps.
        costs: Of one request, a model each.
        recipes: How each model is asked; none where models and task are not known.
        notes: What a reader must know.
    """

    title: str
    evidence: Evidence
    room: Room
    conditions: int
    costs: tuple[Cost, ...]
    recipes: tuple[Recipe, ...]
    notes: tuple[str, ...] = ()


def of_pilots(
    question: Question, pilots: Sequence[Pilot], caps: Caps, cost: Cost, shared: float, level: float
) -> tuple[Subject, ...]:
    """What a question is about, in the pilots of one task.

    Args:
        question: The question.
        pilots: One a model.
        caps: The most of everything.
        cost: Of one request, where it is stated.
        shared: Share of effects that two models have in common, where one model is known.
        level: Coverage of the intervals of σ.

    Raises:
        PlanError: There are more models than the question is about, they were not asked alike, or it is not
            known how much there is.
    """
    if question in (Question.score, Question.factors):
        return tuple(
            _subject(pilot.name, estimates.of_scores(pilot, level), (pilot,), 1, caps, cost)
            for pilot in pilots
        )
    if question is Question.ranking:
        title = f"{len(pilots)} models on {pilots[0].title}"
        found = estimates.of_ranking(pilots, level)
        return (_subject(title, found, pilots, len(pilots), caps, cost),)
    if len(pilots) > 2:
        names = " ".join(f"{pilot.side.folder}:{pilot.side.model}" for pilot in pilots)
        raise PlanError(f"--question {question.value} is about two models; name two of {names}")
    if question is Question.stable:
        found = estimates.of_stability(pilots, shared, level)
    elif len(pilots) == 2:
        found = estimates.of_difference(pilots[1], pilots[0], level)
    else:
        found = estimates.of_alike(pilots[0], shared, level)
    title = (
        f"{pilots[1].side.model} against {pilots[0].name}"
        if len(pilots) == 2
        else f"a model like {pilots[0].side.model} against {pilots[0].name}"
    )
    one = _subject(title, found, pilots, 2, caps, cost)
    if len(pilots) == 1:
        share = f"{100 * shared:g} %" if shared else "nothing"
        note = (
            f"the other model is taken to be like {pilots[0].side.model}, to cost as much, and to share "
            f"{share} of its reactions to items and templates (--shared); a pilot with both models knows "
            "better, and mostly needs less"
        )
        one = replace(one, notes=(*one.notes, note))
    return (one,)


def _subject(
    title: str, found: Evidence, pilots: Sequence[Pilot], models: int, caps: Caps, cost: Cost
) -> Subject:
    first = pilots[0]
    foreign = any(pilot.imported for pilot in pilots)
    recipes = alike([recipe_of(pilot) for pilot in pilots if not foreign])
    templates = len(recipes[0].templates) if recipes else min(map(_asked_templates, pilots))
    seeds = None
    if "exemplar_seed" in first.axes:
        seeds = caps.exemplar_seeds or max(MOST_SEEDS, first.levels("exemplar_seed"))
    room = Room(
        items=caps.items or min(map(_items, {pilot.side.folder: pilot for pilot in pilots}.values())),
        templates=caps.templates or templates,
        exemplar_seeds=seeds,
        replicates=(caps.replicates or MOST_REPLICATES) if all(one.sampled for one in pilots) else 1,
    )
    _check(room, None if foreign else templates)
    costs = [cost.filled(cost_of(pilot)) for pilot in pilots]
    costs += [costs[0]] * (models - len(costs))
    notes = [note for pilot in pilots for note in pilot.notes]
    if seeds is not None:
        notes.append(
            "exemplar seeds count as a sample, as they do in stats (exemplar_seed=…, seed=…); the report's "
            "own intervals are for the exemplars asked"
        )
    if foreign:
        notes.append(
            "the pilot was imported: its items and templates are taken for all there are (--items and "
            "--templates say otherwise), and there is no command"
        )
    if not all(recipe.complete for recipe in recipes):
        notes.append(
            "there is no command for it, as the pilot's cells are no full grid of their overrides: take its "
            "own, with the numbers above"
        )
    if len(first.settings) > 1:
        notes.append(
            f"the score is the mean over the pilot's {len(first.settings)} other settings, all of which are "
            "asked again"
        )
    return Subject(
        title, found, room, len(first.settings), tuple(costs), recipes, tuple(dict.fromkeys(notes))
    )


def of_stated(
    title: str, found: Evidence, models: int, caps: Caps, cost: Cost, model: str, task: str
) -> Subject:
    """What a question is about, where components are stated.

    Args:
        title: Of whom the plan is.
        found: The components.
        models: How many models are asked.
        caps: The most of everything.
        cost: Of one request, where it is stated.
        model: The option of `model` to ask; empty where none is named.
        task: The option of `task`; empty likewise.

    Raises:
        PlanError: It is not known how much there is of the task.
    """
    if model and not task:
        raise PlanError(f"--model {model}: name the task too, with --task")
    items, templates, recipes = STATED_ITEMS, STATED_TEMPLATES, ()
    if task:
        config = _composed([f"task={task}", "template=aligned", *([f"model={model}"] if model else [])])
        items = caps.items or _items_of(config)
        recipe = plain_recipe(model or "MODEL", task, config.task.answer_type.value)
        templates = len(recipe.templates)
        recipes = (recipe,) if model else ()
    terms = found.first.variances
    room = Room(
        items=caps.items or items,
        templates=caps.templates or templates,
        exemplar_seeds=(caps.exemplar_seeds or MOST_SEEDS) if "exemplar_seed" in terms else None,
        replicates=(caps.replicates or MOST_REPLICATES) if "residual" in terms else 1,
    )
    _check(room, templates if task else None)
    return Subject(title, found, room, 1, (cost,) * models, recipes)


def _check(room: Room, templates: int | None) -> None:
    if templates is not None and room.templates > templates:
        raise PlanError(
            f"--templates {room.templates}: there are {templates} of this kind; write more (one YAML each, "
            "in a folder for --config-dir), and use them in the pilot"
        )
    if room.templates < FEWEST_TEMPLATES or room.items < 3:
        raise PlanError(
            f"{room.templates} templates and {room.items} items are no sample: {FEWEST_TEMPLATES} and 3 are "
            "the least"
        )
    if room.exemplar_seeds is not None and room.exemplar_seeds < FEWEST_TEMPLATES:
        raise PlanError(
            f"--exemplar-seeds {room.exemplar_seeds}: fewer than {FEWEST_TEMPLATES} draws of exemplars are "
            "no sample of more"
        )


def _asked_templates(pilot: Pilot) -> int:
    return pilot.levels("template")


def _items(pilot: Pilot) -> int:
    if pilot.imported:
        return int(pilot.side.tasks[pilot.task]["items"])
    return _items_of(_composed(first_overrides(pilot)))


def _items_of(config: Any) -> int:
    """How many items a task has, without a limit."""
    from experiments.tasks.load import TaskError, load_task

    try:
        return len(load_task(replace(config.task, limit=None), with_pool=False).items)
    except TaskError as error:
        raise PlanError(
            f"how many items {config.task.name} has cannot be told: {error}; give --items"
        ) from None


def _composed(overrides: Sequence[str]) -> Any:
    """The configuration of the one cell that overrides make; nothing is asked or written."""
    from experiments.configuration import ConfigError
    from experiments.entry import run
    from experiments.sweep.compose import ComposedCell
    from experiments.sweep.preview import Shown

    found: list[Any] = []

    def keep(cells: Sequence[ComposedCell], folder: Path) -> Shown:
        found.extend(cell.config for cell in cells)
        return Shown()

    try:
        run([*overrides, "dry_run=true"], keep, lambda folder: None)
    except ConfigError as error:
        raise PlanError(f"the task cannot be composed: {error}") from None
    return found[0]
