"""All perturbations by name, and how one is applied to a draft with its own stream of randomness."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from .characters import CHARACTERS
from .choices import CHOICES
from .demonstrations import EXEMPLARS
from .draft import Draft, Edited
from .fairness import FAIRNESS
from .formats import FORMATS
from .guard import SAME, objections, realised
from .instructions import INSTRUCTIONS
from .names import unknown
from .rewrites import REWRITES
from .sentences import SENTENCES
from .template import AnswerType
from .variant import Perturbation
from .words import WORDS

ANY: tuple[AnswerType, ...] = get_args(AnswerType)
REDRAWS = 10  # draws after the first that the guard may turn down before an item is excluded


def _none(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
    return Edited(draft)


_ALL = (
    Perturbation("none", "none", _none, "nothing", ANY, "has no effect"),
    *CHARACTERS,
    *WORDS,
    *FAIRNESS,
    *SENTENCES,
    *REWRITES,
    *FORMATS,
    *CHOICES,
    *EXEMPLARS,
    *INSTRUCTIONS,
)

PERTURBATIONS: Mapping[str, Perturbation] = MappingProxyType({one.name: one for one in _ALL})


Status = Literal["original", "changed", "unchanged", "excluded"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a perturbation to a draft came to.

    Attributes:
        draft: The draft to render: the changed one, or the original where nothing was or could be changed.
        edits: One description a change; empty unless changed.
        status: "original" at severity 0; "changed"; "unchanged" where there was nothing to change;
            "excluded" where every draw failed the guard.
        redraws: How many draws the guard turned down.
        realised: Character edits of the touched text, as a share of its length (0 unless changed; above 1
            where more was added than there was).
        objections: Why the last draw was turned down; empty unless excluded.
    """

    draft: Draft
    edits: tuple[str, ...]
    status: Status
    redraws: int = 0
    realised: float = 0.0
    objections: tuple[str, ...] = ()


def perturbation(name: str) -> Perturbation:
    """The perturbation of a name.

    Raises:
        ValueError: There is none; the message names the nearest.
    """
    if name not in PERTURBATIONS:
        raise unknown("perturbation", name, PERTURBATIONS)
    return PERTURBATIONS[name]


def apply(name: str, draft: Draft, severity: float, *, seed: int, replicate: int = 0) -> Applied:
    """Applies a perturbation to a draft, and has the guard look at what came out.

    The randomness depends on the seed, the item's id (unless one draw holds for all items), the
    perturbation's name and the replicate, and on nothing else: not on the order of items, nor on the process.
    It does not depend on the severity either, so that a stronger variant can hold all edits of a weaker one.
    A draw that the guard turns down is followed by at most `REDRAWS` others, but for perturbations whose one
    draw holds for all items.

    Args:
        name: The perturbation's name.
        draft: The draft.
        severity: From 0 (unchanged) to 1; what it means, the perturbation says.
        seed: From 0.
        replicate: From 0; another one gives another draw.

    Raises:
        ValueError: Unknown name, severity out of range, negative seed or replicate, or an item that the
            perturbation does not fit.
    """
    chosen = perturbation(name)
    if not 0 <= severity <= 1:
        raise ValueError(f"severity of {name} is {severity}, expected 0 to 1")
    if seed < 0 or replicate < 0:
        raise ValueError(f"seed and replicate of {name} are {seed} and {replicate}, expected 0 or more")
    if draft.template.answer_type not in chosen.fits:
        raise ValueError(
            f"{name} is for {' or '.join(chosen.fits)} answers, and template {draft.template.name!r} asks "
            f"for {draft.template.answer_type} ones"
        )
    if severity == 0 or chosen.touches == "nothing":
        return Applied(draft, (), "original")
    number = stream(draft.item.id if chosen.by_item else "", name, replicate)
    wrong: tuple[str, ...] = ()
    draws = REDRAWS + 1 if chosen.by_item else 1  # another draw for one item would not be the cell's
    for redraws in range(draws):
        rng = np.random.default_rng(np.random.SeedSequence([seed, number, redraws][: 2 + (redraws > 0)]))
        edited = chosen.change(draft, severity, rng)
        if not edited.edits:
            return Applied(draft, (), "unchanged", redraws)
        wrong = objections(draft, edited.draft, chosen)
        if wrong == (SAME,):
            return Applied(draft, (), "unchanged", redraws)
        if not wrong:
            rate = realised(draft, edited.draft, chosen)
            return Applied(edited.draft, edited.edits, "changed", redraws, rate)
    return Applied(draft, (), "excluded", draws, objections=wrong)


def both(first: Applied, second: Applied) -> Applied:
    """What two perturbations came to, the second applied to what the first one made.

    Realised rates are added up: the second is relative to the text that the first one left.
    """
    status: Status = second.status
    if status != "excluded" and "changed" in (first.status, second.status):
        status = "changed"
    return Applied(
        second.draft,
        first.edits + second.edits,
        status,
        first.redraws + second.redraws,
        first.realised + second.realised,
        second.objections,
    )


def stream(item_id: str, name: str, replicate: int) -> int:
    """A 64-bit number for an item, a perturbation and a replicate: the same in every process."""
    # Lengths go first: ("ab", "c") and ("a", "bc") are different streams.
    key = f"{len(item_id)}:{item_id}{len(name)}:{name}{replicate}"
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
