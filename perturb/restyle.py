"""Giving a draft another template, if that can be seen."""

from dataclasses import replace

from .draft import Draft, Edited
from .template import Template


def restyled(draft: Draft, template: Template, edits: tuple[str, ...]) -> Edited:
    """The draft with another template; unchanged if its text to continue is the same with either.

    Raises:
        ValueError: The item does not fit its template.
    """
    if template == draft.template:
        return Edited(draft)
    return seen(draft, replace(draft, template=template), edits)


def seen(draft: Draft, changed: Draft, edits: tuple[str, ...]) -> Edited:
    """The changed draft; the draft itself if the text to continue is the same with either.

    Raises:
        ValueError: One of them cannot be rendered.
    """
    before, after = (one.prompt(cot=False, form="completion").text for one in (draft, changed))
    return Edited(changed, edits) if after != before else Edited(draft)
