"""What a cell asks: every item perturbed, rendered and turned into requests."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from experiments.grading.registry import GRADERS
from experiments.models.context import Context
from experiments.models.protocol import Request
from experiments.schema import Backend, LabConfig, PerturbationConfig, SamplingConfig, TemplateConfig
from experiments.sweep.answers import right_and_wrong
from experiments.sweep.fitting import fits_in, fitted
from experiments.sweep.keys import request_key
from experiments.sweep.rewrites import Rewrites, perturbation_label
from experiments.tasks.load import Task, by_subject, shots_from
from experiments.wordnet import wordnet
from perturb import exemplars, registry
from perturb.draft import Draft
from perturb.item import Item
from perturb.prompt import Prompt
from perturb.template import Template


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of a cell as it goes out.

    Attributes:
        item: The item, perturbed if the cell perturbs.
        prompt: The rendered prompt.
        replicate: Which of the answers drawn for the item this is.
        key: Key of the request for a completion; cells that ask the same share it. Empty if none of the
            cell's graders reads one.
        options_key: Key of the request for the options' likelihoods; empty if no grader compares them.
        changed: Whether the perturbation changed anything.
        realised: How much: character edits of the touched text, as a share of its length.
        shots: How many exemplars were to be shown: those of the cell, or as many as fit the context.
        control: Whether this is the same prompt asked again, to measure the engine's own noise.
    """

    item: Item
    prompt: Prompt
    replicate: int
    key: str
    options_key: str
    changed: bool
    realised: float
    shots: int = 0
    control: bool = False

    def key_for(self, grader: str) -> str:
        """Key of the request whose completion a grader reads."""
        return self.options_key if GRADERS[grader].likelihood else self.key


def graders_of(config: LabConfig) -> list[str]:
    """The graders that score a cell, the reported one first."""
    graders: list[str] = getattr(config.grader, config.task.answer_type.value)
    return graders


def template_of(config: TemplateConfig) -> Template:
    """The template that a configuration describes."""
    fields: dict[str, Any] = {name: getattr(config, name) for name in Template.__dataclass_fields__}
    fields.update(answer_type=config.answer_type.value, labels=tuple(config.labels), stop=tuple(config.stop))
    return Template(**fields)


@dataclass(frozen=True, slots=True)
class Perturbed:
    """What a cell's perturbation came to.

    Attributes:
        changed: Items that it changed.
        unchanged: Items in which it found nothing to change; they are asked as they are.
        excluded: Items of which every draw failed the guard; they are not asked.
        redrawn: Draws that the guard turned down.
    """

    changed: int = 0
    unchanged: int = 0
    excluded: int = 0
    redrawn: int = 0


def ask(
    config: LabConfig,
    identity: str,
    task: Task,
    rewrites: Rewrites,
    requests: dict[str, Request],
    context: Context | None = None,
) -> tuple[tuple[Asked, ...], Perturbed]:
    """Renders every item of a cell.

    Args:
        config: The cell.
        identity: Names what would answer.
        task: The loaded task, with its few-shot source if the cell has shots.
        rewrites: Gives what an item's question may be exchanged for.
        requests: By key; those that no earlier cell wanted are added.
        context: The model's, if items that exceed it are to have fewer exemplars.

    Returns:
        The items as they go out, and how many of them the perturbation changed.

    Raises:
        ValueError: An item cannot be perturbed or rendered, or there are too few exemplars.
    """
    drafted = drafts_for(config, task, rewrites)
    graders = [GRADERS[name] for name in graders_of(config)]
    generates = any(not grader.likelihood for grader in graders)
    compares = any(grader.likelihood for grader in graders)
    replicates = range(config.sampling.replicate, config.sampling.replicate + config.sampling.samples)
    limit = max_tokens(config)
    fits = None if context is None else fits_in(context, graders_of(config), limit)
    ways = partial(perturbed, config.perturbation), partial(rendered, config=config)
    counts: Counter[str] = Counter()
    known = _known(config) if config.model.backend is Backend.simulated else None
    asked: list[Asked] = []
    for original in task.items:
        draft = drafted(original)
        variant = perturbed(config.perturbation, draft)
        if fits is not None:
            draft, variant = fitted(draft, variant, fits, *ways)
        counts["redrawn"] += variant.redraws
        if variant.status == "excluded":
            counts["excluded"] += 1
            continue
        item, prompt = variant.draft.item, rendered(variant.draft, config)
        # What is changed in a template may not show in this form: a cue without chain of thought, say.
        changed = variant.status == "changed" and (item != original or prompt != rendered(draft, config))
        if variant.status != "original":
            counts["changed" if changed else "unchanged"] += 1
        options_key = ""
        if compares:
            tags = {} if known is None else _tags(known, item, prompt, 0)
            if known is not None and item.gold is not None:
                tags["gold_index"] = str(item.gold)
            options_key = request_key(identity, prompt, max_tokens=1, options=prompt.options, tags=tags)
            if options_key not in requests:
                requests[options_key] = Request(options_key, prompt, 1, options=prompt.options, tags=tags)
        for replicate in replicates:
            key = ""
            if generates:
                seed, repeat = _sampler(config.sampling, replicate)
                tags = {} if known is None else _tags(known, item, prompt, replicate)
                sampler: dict[str, Any] = {
                    "max_tokens": limit,
                    "temperature": config.sampling.temperature,
                    "top_p": config.sampling.top_p,
                    "seed": seed,
                    "tags": tags,
                }
                key = request_key(identity, prompt, repeat=repeat, **sampler)
                if key not in requests:
                    requests[key] = Request(key, prompt, **sampler)
            realised, shots = variant.realised if changed else 0.0, len(draft.exemplars)
            asked.append(Asked(item, prompt, replicate, key, options_key, changed, realised, shots))
    return tuple(asked), Perturbed(**{name: counts[name] for name in Perturbed.__dataclass_fields__})


def drafts_for(config: LabConfig, task: Task, rewrites: Rewrites) -> Callable[[Item], Draft]:
    """Gives an item's draft: what a cell renders before it perturbs.

    Raises:
        WordnetError: The perturbation needs WordNet, and it is not there.
        ValueError: When called for an item for which there are too few exemplars, or other rewrites.
    """
    template, shots = template_of(config.template), exemplars_for(config, task)
    names = (config.perturbation.name, *config.perturbation.then)
    draft = partial(Draft, template=template, pool=task.pool)
    if "synonym_wordnet" in names:
        draft = partial(draft, synonyms=wordnet())
    return lambda item: draft(item, exemplars=shots(item), rewrites=rewrites(item))


def rendered(draft: Draft, config: LabConfig) -> Prompt:
    """The prompt of a draft, as a cell would send it."""
    return draft.prompt(cot=config.cot, form=config.form.value)


def perturbed(config: PerturbationConfig, draft: Draft) -> registry.Applied:
    """Applies a cell's perturbation, and those that come after it, in their order, at the same severity.

    Raises:
        ValueError: One of them does not fit the item.
    """
    applied = registry.apply(config.name, draft, config.severity, seed=config.seed)
    for name in config.then:
        if applied.status == "excluded":
            break
        following = registry.apply(name, applied.draft, config.severity, seed=config.seed)
        applied = registry.both(applied, following)
    return applied


def exemplars_for(config: LabConfig, task: Task) -> Callable[[Item], tuple[Item, ...]]:
    """Gives an item's exemplars: drawn from the whole few-shot source, or from its own subject.

    Raises:
        ValueError: When called for an item for whose subject there are too few.
    """
    drawn: dict[str, tuple[Item, ...]] = {}
    pools = by_subject(config.task, task.pool)

    def shots(item: Item) -> tuple[Item, ...]:
        if not config.shots:
            return ()
        subject = shots_from(config.task, item)
        if subject not in drawn:
            rng = np.random.default_rng(config.exemplars.seed)
            try:
                drawn[subject] = exemplars.draw(pools.get(subject, []), config.shots, rng)
            except ValueError as error:
                where = f" of subject {subject!r}" if subject else ""
                raise ValueError(f"task {config.task.name}{where}: {error}") from None
        return drawn[subject]

    return shots


def max_tokens(config: LabConfig) -> int:
    """Most tokens of an answer: the sampling's own limit, or the task's with or without chain of thought."""
    return config.sampling.max_tokens or (
        config.task.max_tokens_cot if config.cot else config.task.max_tokens
    )


def _sampler(sampling: SamplingConfig, replicate: int) -> tuple[int | None, int]:
    """The sampler's seed, and the index that tells deliberate repeats of a greedy request apart."""
    if sampling.temperature > 0:
        digest = hashlib.blake2b(f"{sampling.seed}:{replicate}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") % 2**31, 0
    return None, replicate if sampling.engine_noise else 0


def _known(config: LabConfig) -> dict[str, str]:
    """What a simulated respondent knows of a cell: its factors' levels, with room for what is an item's."""
    return {
        "item": "",
        "template": config.template.name,
        "form": config.form.value,
        "shots": str(config.shots),
        "cot": str(config.cot).lower(),
        "exemplar_seed": str(config.exemplars.seed),
        "perturbation": perturbation_label(config.perturbation),
        "severity": str(config.perturbation.severity),
        "replicate": "",
        "gold": "",
        "wrong": "",
    }


def _tags(known: dict[str, str], item: Item, prompt: Prompt, replicate: int) -> dict[str, str]:
    """The same for an item, with a right and a wrong answer. Keys of requests hang on the order."""
    right, wrong = right_and_wrong(item, prompt)
    return {**known, "item": item.id, "replicate": str(replicate), "gold": right, "wrong": wrong}
