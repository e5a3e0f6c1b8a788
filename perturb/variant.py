"""The contract of a perturbation: a draft in, the same question in another shape out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .draft import Draft, Edited
from .item import Item
from .template import AnswerType, Template

Touches = Literal["nothing", "question", "choices", "template", "exemplars"]
Family = Literal[
    "none",
    "characters",
    "words",
    "fairness",
    "sentences",
    "rewriting",
    "format",
    "choices",
    "exemplars",
    "instruction",
]
Keeps = Literal["wording", "figures", "nothing"]
Change = Callable[[Draft, float, np.random.Generator], Edited]


@dataclass(frozen=True, slots=True)
class Variant:
    """An item after a perturbation that looks at nothing but the item.

    Attributes:
        item: The changed item; id, answers and the text of the right option are those of the original.
        edits: One description a change, for people; empty if and only if nothing was changed.
    """

    item: Item
    edits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(not edit for edit in self.edits):
            raise ValueError(f"item {self.item.id!r}: an edit without description")


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A registered perturbation.

    Attributes:
        name: Its name in configuration.
        family: What kind of change it is.
        change: The function (draft, severity in (0, 1], randomness) -> edited draft. Pure; it changes only
            what `touches` says.
        touches: What of a draft it changes. "question" is the item's question; "choices" their texts' order,
            number or wording, gold following; "template" how items become text; "exemplars" the worked
            examples.
        fits: Answer types of the items it can be applied to.
        severity: What the number means, in words.
        preserves: Whether the right answer stays right and the model can still know it. Those that do not
            (wrong-label exemplars, inverted polarity) are marked in every report.
        bound: Most character edits that the guard lets pass, as a share of the touched text's length.
        by_item: Whether every item gets a draw of its own; else one draw holds for all items alike, as a
            template must.
        nested: Whether a stronger variant holds all edits of a weaker one (same seed).
        keeps: What of a question the guard looks for: all that carries its meaning exactly; in another
            language, figures and code; or nothing, where people have said that it is the same question.
        given: Whether what it changes to comes with the draft (`Draft.rewrites`).
    """

    name: str
    family: Family
    change: Change
    touches: Touches
    fits: tuple[AnswerType, ...]
    severity: str
    preserves: bool = True
    bound: float = 1.0
    by_item: bool = True
    nested: bool = True
    keeps: Keeps = "wording"
    given: bool = False


def on_item(change: Callable[[Item, float, np.random.Generator], Variant]) -> Change:
    """Lifts a function of items to drafts."""

    def lifted(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
        variant = change(draft.item, severity, rng)
        return Edited(replace(draft, item=variant.item), variant.edits) if variant.edits else Edited(draft)

    return lifted


def on_template(
    change: Callable[[Template, float, np.random.Generator], tuple[Template, tuple[str, ...]]],
) -> Change:
    """Lifts a function of templates to drafts."""

    def lifted(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
        template, edits = change(draft.template, severity, rng)
        return Edited(replace(draft, template=template), edits) if edits else Edited(draft)

    return lifted
