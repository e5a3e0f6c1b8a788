"""A draft: everything a prompt is rendered from, which is what perturbations change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .item import Item
from .layout import Format, apply
from .prompt import Form, Prompt
from .template import Template, render

_NO_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A question in other words or in another language, made beforehand by a person or a model.

    Attributes:
        text: The question.
        language: Code of its language, where that is another than the original's.
    """

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A prompt before it is rendered.

    Attributes:
        item: What is asked.
        template: How it becomes text.
        exemplars: The worked examples before it, in the order shown.
        pool: The few-shot source, in a fixed order: what exemplars may be exchanged for. Holds none of the
            items that are asked.
        exemplar_formats: How each exemplar is written; None is as the template has it. Empty if all are.
        rewrites: What the question may be exchanged for, where that is not made by a perturbation itself.
        synonyms: What words may be exchanged for, where a perturbation has no list of its own: by the word in
            small letters.
    """

    item: Item
    template: Template
    exemplars: tuple[Item, ...] = ()
    pool: tuple[Item, ...] = ()
    exemplar_formats: tuple[Format | None, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: _NO_SYNONYMS, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        if self.exemplar_formats and len(self.exemplar_formats) != len(self.exemplars):
            raise ValueError(
                f"item {self.item.id!r}: {len(self.exemplar_formats)} exemplar formats for "
                f"{len(self.exemplars)} exemplars"
            )

    def exemplar_templates(self) -> tuple[Template, ...]:
        """The template of each exemplar; empty if all have the draft's."""
        template = self.template
        return tuple(template if one is None else apply(one, template) for one in self.exemplar_formats)

    def prompt(self, *, cot: bool, form: Form) -> Prompt:
        """The prompt, as `render` makes it.

        Raises:
            ValueError: The draft cannot be rendered.
        """
        shown = self.exemplar_templates()
        return render(self.template, self.item, self.exemplars, cot=cot, form=form, shown=shown)


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
