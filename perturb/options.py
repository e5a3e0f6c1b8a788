r"""Perturbations of how options are written: other labels, other things between them.

The kinds of labels and of separators are DOVE's (Habba et al. 2025, arXiv 2503.01622): capitals, small
letters, numbers, Roman numerals, Greek letters, keyboard signs (and, beside those, circled numbers); space,
line break, comma, semicolon, pipe, "or" and "OR".
"""

from dataclasses import replace

import numpy as np

from .draft import Draft, Edited
from .enumerators import ENUMERATORS, relabelled
from .references import names_labels
from .restyle import restyled
from .template import AnswerType
from .variant import Change, Perturbation

_SEPARATORS = {
    "options_lines": "\n",
    "options_inline": " ",
    "options_comma": ", ",
    "options_semicolon": "; ",
    "options_pipe": " | ",
    "options_or": " or ",
    "options_or_upper": " OR ",
}
_LABELS = ("capitals", "lower", "numbers", "roman", "greek", "circled", "keyboard")
_CHOICE: tuple[AnswerType, ...] = ("choice", "exam")


def _labels(name: str) -> Change:
    """A perturbation that gives the options other labels; answers follow, since graders read the prompt's.

    Unchanged where options are not shown, where one names another by its label ("both A and C"), and where an
    item or an exemplar has more options than there are labels.
    """

    def change(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
        most = max(len(item.choices) for item in (draft.item, *draft.exemplars))
        if most > len(ENUMERATORS[name].labels) or names_labels(draft.item.choices):
            return Edited(draft)
        template = relabelled(draft.template, name)
        return restyled(
            draft, template, (f"labels {_shown(draft.template.labels)} → {_shown(template.labels)}",)
        )

    return change


def _separator(between: str) -> Change:
    """A perturbation that puts something else between options; unchanged where they are not shown."""

    def change(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
        edits = (f"option separator {draft.template.option_separator!r} → {between!r}",)
        return restyled(draft, replace(draft.template, option_separator=between), edits)

    return change


def _shown(labels: tuple[str, ...]) -> str:
    return " ".join(labels[:4])


def _options(name: str, change: Change, fits: tuple[AnswerType, ...] = _CHOICE) -> Perturbation:
    severity = "any above 0: the whole change"
    return Perturbation(name, "choices", change, "template", fits, severity, bound=20.0, by_item=False)


OPTIONS = (
    # An exam's several answers are read from text in which such signs have a meaning ("A/B", "$A$").
    *(
        _options(f"labels_{name}", _labels(name), ("choice",) if name == "keyboard" else _CHOICE)
        for name in _LABELS
    ),
    *(_options(name, _separator(between)) for name, between in _SEPARATORS.items()),
)
