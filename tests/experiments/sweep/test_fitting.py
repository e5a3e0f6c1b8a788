"""As many exemplars as fit, in a model whose tokens are characters."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.models.context import Context
from experiments.schema import LabConfig, ModelConfig, PerturbationConfig, TooLong
from experiments.sweep.ask import perturbed
from experiments.sweep.fitting import context_for, fits_in, fitted
from perturb.draft import Draft
from perturb.item import Item
from perturb.prompt import Prompt
from perturb.registry import Applied
from perturb.template import Template

TEMPLATE = Template("t", "short", "Q: {question}", "A:")
CHOICE = Template("c", "choice", "Q: {question}\n{options}", "A:", labels=("A", "B"))


class Characters:
    """One token a character; a turn costs ten."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def count(self, prompt: Prompt) -> int:
        return len(prompt.text or "") + sum(len(turn.content) + 10 for turn in prompt.messages)

    def close(self) -> None:
        pass


def render(draft: Draft, *, form: Any = "completion") -> Prompt:
    return draft.prompt(cot=False, form=form)


def of(draft: Draft, limit: int, answer: int, config: PerturbationConfig, form: str) -> tuple[Draft, Applied]:
    fits = fits_in(Context(Characters(limit)), ["short_exact"], answer)
    show = partial(render, form=form)
    return fitted(draft, perturbed(config, draft), fits, partial(perturbed, config), show)


WORDS = st.text("abc def", min_size=1, max_size=30).map(lambda text: f"who {text}")
DRAFTS = st.lists(WORDS, min_size=1, max_size=7).map(
    lambda texts: Draft(
        Item("i", texts[0], ("x",)),
        TEMPLATE,
        tuple(Item(f"e{place}", text, ("yes",)) for place, text in enumerate(texts[1:])),
    )
)
PERTURBATIONS = st.sampled_from([("none", 0.0), ("keyboard_typo", 0.5), ("exemplar_order", 1.0)]).map(
    lambda pair: PerturbationConfig(name=pair[0], severity=pair[1])
)
FORMS = st.sampled_from(["completion", "chat", "chat_single"])


@settings(deadline=None)
@given(DRAFTS, st.integers(0, 400), st.integers(1, 30), PERTURBATIONS, FORMS)
def test_what_is_asked_is_the_longest_beginning_of_the_exemplars_that_fits(
    draft: Draft, limit: int, answer: int, config: PerturbationConfig, form: str
) -> None:
    kept, applied = of(draft, limit, answer, config, form)
    prompt, shots = render(applied.draft, form=form), len(kept.exemplars)
    assert kept == replace(draft, exemplars=draft.exemplars[:shots])

    def asked_with(number: int) -> Prompt:
        """The prompt of a cell with so many shots."""
        cut = replace(draft, exemplars=draft.exemplars[:number])
        return render(perturbed(config, cut).draft, form=form)

    assert prompt == asked_with(shots)
    if applied.status == "excluded":  # by the guard: it is not asked at all, as in that cell
        return
    room = limit - answer
    assert shots == 0 or Characters(0).count(prompt) <= room
    assert all(Characters(0).count(asked_with(n)) > room for n in range(shots + 1, len(draft.exemplars) + 1))


@settings(deadline=None)
@given(DRAFTS, st.integers(0, 300), st.integers(0, 100), st.integers(1, 30), PERTURBATIONS)
def test_a_larger_context_takes_no_fewer_exemplars(
    draft: Draft, limit: int, more: int, answer: int, config: PerturbationConfig
) -> None:
    small, large = (of(draft, size, answer, config, "completion")[0] for size in (limit, limit + more))
    assert len(small.exemplars) <= len(large.exemplars) <= len(draft.exemplars)


@pytest.mark.parametrize(
    ("graders", "limit", "expected"),
    [
        (["choice_letter"], 30, True),  # the prompt's 20 characters and an answer of 10
        (["choice_letter"], 29, False),
        (["choice_likelihood"], 26, True),  # the longer option's 5, and one that engines generate after it
        (["choice_likelihood"], 25, False),
        (["choice_letter", "choice_likelihood"], 29, False),
    ],
)
def test_what_follows_the_prompt_has_to_fit_too(graders: list[str], limit: int, expected: bool) -> None:
    prompt = Prompt("é" * 20, options=(" no", " yes!"))
    assert fits_in(Context(Characters(limit)), graders, 10)(prompt) == expected


def test_a_context_is_only_asked_for_where_shots_may_be_left_out() -> None:
    asked: list[ModelConfig] = []

    def counter_of(config: ModelConfig) -> Characters:
        asked.append(config)
        return Characters(100)

    config = LabConfig(shots=5)
    for unconcerned in (config, replace(config, shots=0, too_long=TooLong.fewer_shots)):
        assert context_for(unconcerned, counter_of) is None
    assert not asked
    wanted = replace(config, too_long=TooLong.fewer_shots)
    assert context_for(wanted, counter_of) is not None
    assert context_for(wanted, lambda _: None) is None  # takes any length
