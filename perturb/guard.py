"""The guard: is a perturbed draft still the same question, with the same right answer?"""

import re
from collections import Counter

from rapidfuzz.distance import Levenshtein

from .draft import Draft
from .template import render
from .variant import Perturbation

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PLACEHOLDER = re.compile(r"\{[^{}\n]*\}|\[[A-Z_]+\]")
# Words that turn a question round when one comes or goes.
_POLAR = re.compile(
    r"\b(?:no|not|never|none|nothing|nobody|neither|nor|without|except|cannot|unless|false|incorrect|wrong|least)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)


def objections(before: Draft, after: Draft, perturbation: Perturbation) -> tuple[str, ...]:
    """What speaks against a variant; empty if nothing does.

    Args:
        before: The original.
        after: What a perturbation made of it.
        perturbation: Which one.

    Returns:
        Reasons in words: an id or a reference that changed, a reference that the question held and holds no
        longer, a changed number, placeholder or negation, more edits than the perturbation's bound, or no
        difference at all.
    """
    found = list(_references(before, after))
    if perturbation.preserves and perturbation.touches == "question":
        found.extend(_content(before.item.question, after.item.question, before))
    if touched(before, perturbation) == touched(after, perturbation):
        found.append("identical to the original")
    rate = realised(before, after, perturbation)
    if rate > perturbation.bound:
        found.append(f"{rate:.2f} edits a character, at most {perturbation.bound:g} allowed")
    return tuple(found)


def _references(before: Draft, after: Draft) -> list[str]:
    found: list[str] = []
    old, new = before.item, after.item
    if new.id != old.id:
        found.append("another id")
    if new.answers != old.answers:
        found.append("other references")
    if {old.choices[index] for index in _right(old)} != {new.choices[index] for index in _right(new)}:
        found.append("another right option")
    return found


def _right(item: object) -> tuple[int, ...]:
    gold, golds = getattr(item, "gold", None), getattr(item, "golds", ())
    return golds if gold is None else (gold,)


def _content(old: str, new: str, before: Draft) -> list[str]:
    """What a question must keep: numbers, placeholders, references and polarity."""
    found: list[str] = []
    for pattern, what in ((_NUMBER, "a number"), (_PLACEHOLDER, "a placeholder"), (_POLAR, "a negation")):
        lost = Counter(map(str.lower, pattern.findall(old))) - Counter(map(str.lower, pattern.findall(new)))
        if lost:
            found.append(f"lost {what}: {', '.join(lost)}")
    folded_old, folded_new = old.casefold(), new.casefold()
    for answer in before.item.answers:
        plain = answer.strip().casefold()
        if plain and plain in folded_old and plain not in folded_new:
            found.append(f"lost the reference {answer!r}")
            break
    return found


def realised(before: Draft, after: Draft, perturbation: Perturbation) -> float:
    """Character edits (Levenshtein) of the touched text, as a share of the original's length."""
    old, new = touched(before, perturbation), touched(after, perturbation)
    return Levenshtein.distance(old, new) / max(1, len(old))


def touched(draft: Draft, perturbation: Perturbation) -> str:
    """The text that a perturbation changes: the question, the options, or the whole prompt."""
    if perturbation.touches == "question":
        return draft.item.question
    if perturbation.touches == "choices":
        return "\n".join(draft.item.choices)
    return render(draft.template, draft.item, draft.exemplars, cot=False, form="completion").text or ""
