"""A draft: everything a prompt is rendered from, which is what perturbations change."""

from dataclasses import dataclass

from .item import Item
from .template import Template


@dataclass(frozen=True, slots=True)
class Draft:
    """A prompt before it is rendered.

    Attributes:
        item: What is asked.
        template: How it becomes text.
        exemplars: The worked examples before it, in the order shown.
        pool: The few-shot source, in a fixed order: what exemplars may be exchanged for. Holds none of the
            items that are asked.
    """

    item: Item
    template: Template
    exemplars: tuple[Item, ...] = ()
    pool: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """A draft after a perturbation.

    Attributes:
        draft: The changed draft. The item keeps its id, its answers and its references.
        edits: One description a change, for people ("'what' → 'whta' at character 0"); empty if and only if
            nothing was changed.
    """

    draft: Draft
    edits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(not edit for edit in self.edits):
            raise ValueError(f"item {self.draft.item.id!r}: an edit without description")
