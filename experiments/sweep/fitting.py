"""Fewer exemplars where a prompt would be longer than the model's context."""

from collections.abc import Callable
from dataclasses import replace

from experiments.grading.registry import GRADERS
from experiments.models.context import Context, TokenCounter
from experiments.schema import LabConfig, ModelConfig, TooLong
from perturb.draft import Draft
from perturb.prompt import Prompt
from perturb.registry import Applied

Fits = Callable[[Prompt], bool]
CounterOf = Callable[[ModelConfig], TokenCounter | None]


def context_for(config: LabConfig, counter_of: CounterOf) -> Context | None:
    """The context of a cell's model; None where it is not asked about, or takes any length.

    Args:
        config: The cell.
        counter_of: Gives what counts a model's tokens.
    """
    if config.too_long is TooLong.fail or not config.shots:
        return None
    counter = counter_of(config.model)
    return None if counter is None else Context(counter)


def fits_in(context: Context, graders: list[str], answer: int) -> Fits:
    """Whether a prompt fits with all that is to follow it.

    Args:
        context: The model's.
        graders: The cell's: they say what follows, an answer, the options one at a time, or both.
        answer: Most tokens of an answer.
    """
    generates = any(not GRADERS[name].likelihood for name in graders)
    compares = any(GRADERS[name].likelihood for name in graders)

    def fits(prompt: Prompt) -> bool:
        if generates and not context.fits(prompt, answer):
            return False
        # Engines generate a token after an option, though it is not read.
        wholes = (Prompt((prompt.text or "") + option) for option in prompt.options if compares)
        return all(context.fits(whole, 1) for whole in wholes)

    return fits


def fitted(
    draft: Draft,
    applied: Applied,
    fits: Fits,
    perturb: Callable[[Draft], Applied],
    render: Callable[[Draft], Prompt],
) -> tuple[Draft, Applied]:
    """A draft with as many of its exemplars as fit, and what its perturbation came to.

    The last exemplars are left out. Draws are nested, so that what is left is what a cell with so many shots
    shows: the prompt, and with it the request, is that cell's. Nothing is cut: an item that does not fit even
    without exemplars is asked without, and fails as the model says.

    Args:
        draft: With all exemplars, not perturbed.
        applied: What its perturbation came to.
        fits: Whether a prompt fits.
        perturb: The perturbation.
        render: Makes a draft's prompt.
    """
    while draft.exemplars and applied.status != "excluded" and not fits(render(applied.draft)):
        draft = replace(draft, exemplars=draft.exemplars[:-1])
        applied = perturb(draft)
    return draft, applied
