"""What other models are asked about completions: a judge's verdict, a text's toxicity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from experiments.grading.extract import body
from experiments.grading.registry import GRADERS
from experiments.models.protocol import Completion, Request
from experiments.schema import LabConfig, ModelConfig
from experiments.sweep.ask import Asked, graders_of
from experiments.sweep.keys import request_key
from experiments.sweep.plan import ModelPlan, PlannedCell

MAX_TOKENS = 256  # of a judge's reply


@dataclass(frozen=True, slots=True)
class Opinions:
    """What is asked about the completions of a sweep.

    Attributes:
        models: The distinct requests, by the model that gets them.
        keys: Key of the request about an asked item's completion, by (cell's index, grader, place in cell).
        identities: Identity of the model asked, by (cell's index, grader).
    """

    models: tuple[ModelPlan, ...]
    keys: Mapping[tuple[int, str, int], str]
    identities: Mapping[tuple[int, str], str]


def asked_model(config: LabConfig, grader: str) -> ModelConfig | None:
    """The model that a cell's grader asks; None if it asks none, or none is configured."""
    if GRADERS[grader].ask is None:
        return None
    model: ModelConfig | None = getattr(config.grader, grader)
    return model


def opinions_wanted(
    cells: tuple[PlannedCell, ...],
    completion: Callable[[PlannedCell, Asked, str], Completion | None],
    identify: Callable[[ModelConfig], str],
) -> Opinions:
    """Plans what is asked about completions; the same thing is asked once.

    Args:
        cells: The sweep's cells.
        completion: What came back for an asked item and a grader; None if nothing.
        identify: Gives a model's identity.
    """
    configs: dict[str, ModelConfig] = {}
    requests: dict[str, dict[str, Request]] = {}
    keys: dict[tuple[int, str, int], str] = {}
    identities: dict[tuple[int, str], str] = {}
    known: dict[str, str] = {}
    for cell in cells:
        config = cell.cell.config
        for name in graders_of(config):
            model, question = asked_model(config, name), GRADERS[name].ask
            if model is None or question is None or cell.error is not None:
                continue
            described = repr(model)
            identity = known.setdefault(described, "") or identify(model)
            known[described] = identity
            configs.setdefault(identity, model)
            identities[cell.cell.index, name] = identity
            for place, asked in enumerate(cell.asked):
                done = completion(cell, asked, name)
                if done is None or done.finish in ("error", "refusal"):
                    continue
                prompt = question(body(done.text, asked.prompt), asked.item, asked.prompt)
                key = request_key(identity, prompt, max_tokens=MAX_TOKENS)
                requests.setdefault(identity, {}).setdefault(key, Request(key, prompt, MAX_TOKENS))
                keys[cell.cell.index, name, place] = key
    models = tuple(
        ModelPlan(configs[identity], identity, tuple(wanted.values()))
        for identity, wanted in requests.items()
    )
    return Opinions(models, keys, identities)
