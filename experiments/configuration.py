"""From a composed configuration to a valid one: unknown keys, missing values, types, rules across fields."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments import catalog
from experiments.keys import did_you_mean, known_keys, unknown_keys
from experiments.origin import lineage_rules
from experiments.schema import (
    Backend,
    Boundary,
    Form,
    LabConfig,
    PerturbationConfig,
    RewriteKind,
    TooLong,
    UntilConfig,
)

# The keys that leave part of the grid out; each needs all cells together, and none goes with another.
ASKING_LESS = ("sweep.sample", "sweep.until.half_width", "sweep.until.decided", "sweep.extremes.margin")
_INTERPOLATED = re.compile(r"\$\{\s*([\w.]*?)(?=[.}\s\[]|(:))")


class ConfigError(ValueError):
    """The configuration is wrong; the message says where, what was expected, and the nearest valid name."""


def resolve(
    cfg: DictConfig, container: Mapping[str, Any] | None = None, known: dict[str, Any] | None = None
) -> LabConfig:
    """Turns a job's composed configuration into a checked `LabConfig`.

    Args:
        cfg: The job's configuration, without Hydra's own node. It is left as it is.
        container: The same as unresolved plain containers, if they are at hand: making them takes a third of
            the time.
        known: Sections that earlier cells of a sweep came to, which is added to; cells mostly differ in one
            or two, and making the objects takes most of the time.

    Returns:
        Plain dataclasses with every interpolation resolved.

    Raises:
        ConfigError: A key is unknown (even one forced in by `++`), a value is missing or of the wrong type,
            or a rule is broken. All unknown keys, all missing values or all broken rules are listed at once.
    """
    if container is None:
        container = cast(dict[str, Any], OmegaConf.to_container(cfg, resolve=False))
    unknown = unknown_keys(container)
    if unknown:
        raise ConfigError(
            "\n".join(f"unknown key '{key}'{did_you_mean(key, known_keys())}" for key in unknown)
        )
    missing = list(_missing(container, ""))
    if missing:
        raise ConfigError("\n".join(f"'{key}' has no value; give one with {key}=..." for key in missing))
    try:
        config = _as_objects(cfg, container, {} if known is None else known)
    except OmegaConfBaseException as error:
        if "task.template." in str(error):
            raise ConfigError(
                "the task names no template of its own: choose one, as template=qa/q_a"
            ) from error
        raise ConfigError(str(error).replace("\n", "; ")) from error
    check(config)
    return _settled(config)


def _settled(config: LabConfig) -> LabConfig:
    """Where nothing is perturbed, how severely and by which draw means nothing, and is 0."""
    perturbed = config.perturbation
    if perturbed.name == "none" and not perturbed.then:
        return replace(config, perturbation=PerturbationConfig(name="none"))
    if perturbed.severity == 0 and perturbed.seed:
        return replace(config, perturbation=replace(perturbed, seed=0))
    return config


def _as_objects(cfg: DictConfig, container: Mapping[str, Any], known: dict[str, Any]) -> LabConfig:
    """The configuration as dataclasses, section by section."""
    values: dict[str, Any] = {}
    for name in LabConfig.__dataclass_fields__:
        if not isinstance(container.get(name), dict):
            values[name] = cfg[name]
            continue
        described = _described(name, container)
        if described is None or described not in known:
            made = OmegaConf.to_object(cfg[name])
            if described is None:
                values[name] = made
                continue
            known[described] = made
        values[name] = known[described]
    return LabConfig(**values)


def _described(name: str, container: Mapping[str, Any]) -> str | None:
    """Everything that a section's values depend on; None if that is more than the configuration."""
    texts = {name: json.dumps(container[name], default=str)}
    waiting = [name]
    while waiting:
        for root, resolver in _INTERPOLATED.findall(texts[waiting.pop()]):
            if resolver or root not in container:
                return None
            if root not in texts:
                texts[root] = json.dumps(container[root], default=str)
                waiting.append(root)
    return "\n".join(f"{root}: {text}" for root, text in texts.items())


def check(config: LabConfig) -> None:
    """Checks ranges and the rules that hold across fields.

    Raises:
        ConfigError: With one line for each rule that is broken.
    """
    values = ((key, read(config), expected, holds) for key, read, expected, holds in _RULES)
    broken = [
        f"{key} is {value!r}, expected {expected}"
        for key, value, expected, holds in values
        if value is not None and not holds(value)
    ]
    broken.extend(_across(config))
    if broken:
        raise ConfigError("\n".join(broken))


def _across(config: LabConfig) -> Iterator[str]:
    """The rules that involve more than one field, as messages for those that are broken."""
    task, template, model = config.task, config.template, config.model
    if template.answer_type != task.answer_type:
        fitting = [
            entry.name
            for entry in catalog.entries("template")
            if entry.name == "aligned" or entry.field("answer_type") == task.answer_type.value
        ]
        yield (
            f"template '{template.name}' is for {template.answer_type.value} answers, "
            f"but task '{task.name}' wants {task.answer_type.value} answers: "
            f"use one of template={', '.join(fitting)}"
        )
    needed = Form.completion if config.form is Form.completion else Form.chat
    if needed not in model.forms:
        forms = " or ".join(f"form={form.value}" for form in model.forms) or "another model"
        yield f"model '{model.name}' does not take prompts in {config.form.value} form: use {forms}"
    yield from lineage_rules(config.model)
    yield from _graders(config)
    if config.cot and not template.answer_cot:
        yield f"template '{template.name}' has no chain-of-thought form: set cot=false"
    if config.shots and task.fewshot is None:
        yield f"task '{task.name}' has no source of exemplars: set shots=0"
    if (
        config.too_long is TooLong.fewer_shots
        and model.backend is Backend.openai
        and model.openai.context is None
    ):
        yield (
            f"too_long=fewer_shots has to know how many tokens model '{model.name}' takes, which an address "
            "does not say: set model.openai.context"
        )
    yield from _perturbations(config)
    yield from _rewrite(config)
    yield from _sweep(config)
    for label in template.labels:
        if label in ("True", "False", "None"):
            yield (
                f"template.labels holds '{label}': label words are data, so quote them in YAML "
                "(unquoted yes, no, on, off, true, false and null are not words there)"
            )
    if not config.name or config.name.startswith("/") or ".." in config.name.split("/"):
        yield f"name is {config.name!r}, expected the name of a folder below {config.runs_dir}"


def _perturbations(config: LabConfig) -> Iterator[str]:
    """The rules for perturbations: known, fit for the task's answers, and with all they need."""
    from perturb.registry import PERTURBATIONS  # not needed to show help or a configuration

    kind, first = config.task.answer_type.value, config.perturbation.name
    for name in (first, *config.perturbation.then):
        if name not in PERTURBATIONS:
            yield f"there is no perturbation '{name}'{did_you_mean(name, PERTURBATIONS)}"
        elif kind not in PERTURBATIONS[name].fits:
            kinds = " or ".join(PERTURBATIONS[name].fits)
            yield f"perturbation '{name}' is for {kinds} answers, which task '{config.task.name}' has not"
    for name in config.perturbation.then:
        if name in PERTURBATIONS and PERTURBATIONS[name].given:
            yield f"perturbation '{name}' exchanges the whole question, so it must come first"
    if first == "language":
        yield from _language(config)
    elif first in PERTURBATIONS and PERTURBATIONS[first].given and not config.perturbation.file:
        made = f"`fathom rewrite rewrite={first}` writes one"
        yield f"perturbation '{first}' needs perturbation.file=..., a file of variants ({made})"


def _language(config: LabConfig) -> Iterator[str]:
    """The rules for asking a task in another of its languages."""
    task, language = config.task, config.perturbation.language
    known = sorted({*task.subjects, *task.topics})
    if not task.parallel:
        yield (
            f"task '{task.name}' does not have the same questions in several languages; a model can "
            "translate them (`fathom rewrite rewrite=translation rewrite.language=...`)"
        )
    elif language not in known:
        wanted = f"perturbation.language is {language!r}, expected one of {', '.join(known)}"
        yield wanted + did_you_mean(language or "", known)


def _rewrite(config: LabConfig) -> Iterator[str]:
    """The rules for what a model writes of the questions."""
    from experiments.rewriting.prompts import LANGUAGES  # as above

    wanted = config.rewrite
    languages = {"rewrite.original": wanted.original}
    if wanted.kind is not RewriteKind.paraphrase:
        languages["rewrite.language"] = wanted.language or ""
    for key, code in languages.items():
        if code not in LANGUAGES:
            expected = f"expected a code such as {', '.join(list(LANGUAGES)[:6])}"
            yield f"{key} is {code or None!r}, {expected}{did_you_mean(code, LANGUAGES)}"


def _sweep(config: LabConfig) -> Iterator[str]:
    """The rules for how much of the grid is asked: one way to leave something out."""
    values = {key: attrgetter(key)(config) for key in ASKING_LESS}
    given = [key for key, value in values.items() if value is not None and value is not False]
    if len(given) > 1:
        yield f"{' and '.join(given)} are different ways to ask less: give one of them"
    yield from _looks(config.sweep.until)


def _looks(until: UntilConfig) -> Iterator[str]:
    """The rules for looks that are planned: for one of the stopping rules, and nothing else says when."""
    looks = f"sweep.until.looks={until.looks}"
    if until.looks is not None and until.half_width is None and not until.decided:
        yield (
            f"{looks} plans when to look, and no rule says what for: give sweep.until.half_width or "
            "sweep.until.decided=true, too"
        )
    if until.looks is not None and until.block is not None:
        yield (
            f"sweep.until.block={until.block} and {looks} both say when to look: planned looks come after "
            "equal parts of the task's items (task.limit can make them fewer), so leave block out"
        )
    if until.boundary is not Boundary.obrien_fleming and (until.looks is None or not until.decided):
        yield (
            f"sweep.until.boundary={until.boundary} is for telling models apart at planned looks: give it "
            "with sweep.until.decided=true and sweep.until.looks"
        )


def _graders(config: LabConfig) -> Iterator[str]:
    """The rules for graders: known, fit for the task's answers, and able to do with the prompt's form."""
    from experiments.grading.registry import GRADERS  # as above

    kind, where = config.task.answer_type.value, f"grader.{config.task.answer_type.value}"
    names: list[str] = getattr(config.grader, kind)
    if not names:
        yield (
            f"grader '{config.grader.name}' has no grader for {kind} answers, "
            f"which task '{config.task.name}' wants"
        )
    fitting = [name for name, grader in GRADERS.items() if kind in grader.answer_types]
    for name in names:
        if name not in GRADERS:
            yield f"{where} holds '{name}', which is no grader{did_you_mean(name, fitting)}"
        elif name not in fitting:
            yield f"{where} holds '{name}', which is not for {kind} answers: use {', '.join(fitting)}"
        elif GRADERS[name].likelihood and (config.form is not Form.completion or config.cot):
            yield (
                f"grader '{name}' compares options right after a text to continue: "
                "use form=completion cot=false"
            )
        elif GRADERS[name].ask is not None and getattr(config.grader, name) is None and name != "toxicity":
            yield f"grader '{name}' asks a model, and grader.{name} names none: use grader={name}"
    if config.grader.judge is not None and Form.chat not in config.grader.judge.forms:
        yield f"model '{config.grader.judge.name}' takes no chats, and grader.judge is asked in one"
    for backend in (Backend.perspective, Backend.classifier):
        if config.model.backend is backend:
            yield (
                f"model '{config.model.name}' scores texts and answers no questions: choose it as "
                f"model@grader.toxicity"
            )


def _missing(value: Any, key: str) -> Iterator[str]:
    if value == "???":
        yield key
    elif isinstance(value, dict):
        for name, below in cast(dict[str, Any], value).items():
            yield from _missing(below, f"{key}.{name}" if key else name)


_Range = tuple[str, Callable[[float], bool]]


def _at_least(least: float) -> _Range:
    return f"{least:g} or more", lambda value: least <= value < math.inf


_POSITIVE: _Range = ("a number above 0", lambda value: 0 < value < math.inf)
_UNIT: _Range = ("a number from 0 to 1", lambda value: 0 <= value <= 1)

# Each key with its range; null passes, since only optional values can be null.
_RANGES: dict[str, _Range] = {
    "shots": _at_least(0),
    "exemplars.seed": _at_least(0),
    "perturbation.severity": _UNIT,
    "perturbation.seed": _at_least(0),
    "sampling.temperature": _at_least(0),
    "sampling.top_p": ("a number above 0, up to 1", lambda value: 0 < value <= 1),
    "sampling.max_tokens": _at_least(1),
    "sampling.seed": _at_least(0),
    "sampling.replicate": _at_least(0),
    "sampling.samples": _at_least(1),
    "grader.workers": _at_least(1),
    "task.aligned.shots": _at_least(0),
    "task.aligned.temperature": _at_least(0),
    "task.aligned.samples": _at_least(1),
    "task.limit": _at_least(1),
    "task.subset_seed": _at_least(0),
    "task.max_tokens": _at_least(1),
    "task.max_tokens_cot": _at_least(1),
    "model.price.input": _at_least(0),
    "model.price.output": _at_least(0),
    "model.price.cached_input": _at_least(0),
    "model.price.batch": _at_least(0),
    "model.llamacpp.threads": _at_least(1),
    "model.llamacpp.context": _at_least(256),  # llama.cpp rounds up to it, or aborts
    "model.openai.concurrency": _at_least(1),
    "model.openai.timeout_s": _POSITIVE,
    "model.openai.retries": _at_least(0),
    "model.openai.requests_per_minute": _POSITIVE,
    "model.openai.tokens_per_minute": _POSITIVE,
    "model.openai.batch_poll_s": _POSITIVE,
    "model.openai.context": _at_least(1),
    "model.vllm.max_model_len": _at_least(1),
    "model.vllm.gpu_memory_utilization": ("a number above 0, up to 1", lambda value: 0 < value <= 1),
    "model.vllm.tensor_parallel": _at_least(1),
    "model.vllm.data_parallel": _at_least(1),
    "model.vllm.threads": _at_least(1),
    "model.vllm.chunk": _at_least(1),
    "model.simulated.seed": _at_least(0),
    "model.simulated.sigma_item": _at_least(0),
    "model.simulated.sigma_template": _at_least(0),
    "model.simulated.sigma_item_template": _at_least(0),
    "model.simulated.sigma_exemplars": _at_least(0),
    "model.simulated.engine_noise": _UNIT,
    "model.simulated.fail_rate": _UNIT,
    "model.perspective.queries_per_s": _POSITIVE,
    "model.perspective.timeout_s": _POSITIVE,
    "model.perspective.retries": _at_least(0),
    "budget.usd": _at_least(0),
    "budget.tokens": _at_least(0),
    "budget.requests": _at_least(0),
    "rewrite.number": _at_least(1),
    "rewrite.temperature": _at_least(0),
    "rewrite.seed": _at_least(0),
    "control.replicates": (
        "2 or more, the ordinary answer included, or 0 for no control arm",
        lambda value: value == 0 or 2 <= value < math.inf,
    ),
    "control.items": _at_least(1),
    "sweep.sample": ("a share above 0 and below 1", lambda value: 0 < value < 1),
    "sweep.seed": _at_least(0),
    "sweep.until.half_width": ("a number above 0, below 0.5", lambda value: 0 < value < 0.5),
    "sweep.until.margin": ("a number above 0, below 1", lambda value: 0 < value < 1),
    "sweep.until.block": _at_least(1),
    "sweep.until.looks": ("a whole number from 2 to 20", lambda value: 2 <= value <= 20),
    "sweep.extremes.margin": ("a number above 0, below 1", lambda value: 0 < value < 1),
    "sweep.extremes.share": ("a share above 0, up to 1", lambda value: 0 < value <= 1),
    "sweep.extremes.batch": _at_least(1),
    "report.level": ("a number between 0.5 and 1", lambda value: 0.5 < value < 1),
    "report.flipped": _at_least(0),
}
_RULES = [(key, attrgetter(key), expected, holds) for key, (expected, holds) in _RANGES.items()]
