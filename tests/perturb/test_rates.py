"""Is what happens to many questions what the rivals' definitions say, within three standard errors?

The questions are drawn here from a small grammar, and what may be changed in them is found here by other
means than the package's: by splitting at spaces. Each test says which definition severity stands for:

* random_case: each letter on its own, PromptSuite's change_char_case(prob=severity)
* swap_punctuation: each mark on its own, PromptSuite's switch_punctuation(prob=severity)
* keyboard_typo: nlpaug's KeyboardAug(aug_word_p=severity, aug_char_max=1, min_char=4), words on their own
* swap_letters, delete_letter, insert_letter, substitute_letter, homoglyph, invisible: TextAttack's word swaps
  of these names with random_one and skip_first_char (the last two without), pct_words_to_swap=severity, words
  on their own
* lower at 1: HELM's lowercase; extra_spaces: HELM's extra_space(num_spaces=1 + 10 severity)
* whitespace: what HELM's space(max_spaces=4) makes of a gap it widens, in three of four cases
* drop_punctuation at 1: CheckList's punctuation stripping, where the only mark is the last character
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from perturb import Item, Variant
from perturb.lettercase import lower, random_case
from perturb.lookalikes import HOMOGLYPHS, INVISIBLE, homoglyph, invisible
from perturb.punctuation import drop_punctuation, swap_punctuation
from perturb.slips import (
    NEIGHBOURS,
    delete_letter,
    insert_letter,
    keyboard_typo,
    substitute_letter,
    swap_letters,
)
from perturb.spacing import extra_spaces, whitespace

Change = Callable[[Item, float, np.random.Generator], Variant]

START = ("Which", "What", "Whose", "Name", "that", "old", "Can", "you", "say", "which")
KINDS = ("famous", "small", "ancient", "Norwegian", "purple", "gentle", "square", "local", "wooden", "mighty")
THINGS = ("river", "painter", "bridge", "animal", "castle", "planet", "novel", "island", "garden", "engine")
VERBS = (
    "crosses",
    "carries",
    "follows",
    "resembles",
    "borders",
    "inspired",
    "lifted",
    "found",
    "keeps",
    "paints",
)
SEVERITIES = (0.05, 0.15, 0.5)


def _question(rng: np.random.Generator) -> str:
    """A question of seven to nine plain words, two commas at most, and a question mark."""

    def one(words: Sequence[str]) -> str:
        return words[int(rng.integers(len(words)))]

    comma = "," if rng.random() < 0.5 else ""
    aside = f", by {one(KINDS)} {one(THINGS)}s," if rng.random() < 0.5 else ""
    return (
        f"{one(START)}{comma} {one(KINDS)} {one(THINGS)}{aside} {one(VERBS)} the {one(KINDS)} {one(THINGS)}?"
    )


def _made() -> list[Item]:
    rng = np.random.default_rng(20261123)
    return [Item(f"q{n}", _question(rng), ("nothing of this",)) for n in range(5000)]


MADE = _made()


def _local() -> list[Item]:
    """TriviaQA's questions of plain words, where a copy is at hand."""
    import pandas as pd

    table = pd.read_parquet(Path(DATA) / "trivia_qa/unfiltered.nocontext/validation.parquet")
    plain = re.compile(r"[A-Z][a-z]+(?:,? [a-z]{2,}|,? [A-Z][a-z]{2,})*\?")
    found = [text for text in table["question"] if plain.fullmatch(text)]
    return [Item(f"t{n}", text, ("\x00",)) for n, text in enumerate(found)]


DATA = os.environ.get("FATHOM_DATA", "")
HERE = Path(DATA or "/nowhere").is_dir()


@pytest.fixture(
    params=[
        "made",
        pytest.param("local", marks=pytest.mark.skipif(not HERE, reason="FATHOM_DATA names no folder")),
    ]
)
def items(request: pytest.FixtureRequest) -> list[Item]:
    return MADE if request.param == "made" else _local()


def pairs(change: Change, severity: float, items: Sequence[Item]) -> list[tuple[str, str]]:
    rng = np.random.default_rng(7)
    return [(item.question, change(item, severity, rng).item.question) for item in items]


def words(change: Change, severity: float, items: Sequence[Item]) -> list[tuple[str, str]]:
    """Words without their marks, before and after a change that neither adds nor takes away spaces."""
    found: list[tuple[str, str]] = []
    for old, new in pairs(change, severity, items):
        found += [(a.strip(",?"), b.strip(",?")) for a, b in zip(old.split(), new.split(), strict=True)]
    return found


def near(hits: int, of: int, chance: float) -> None:
    """Whether a count of independent events is what their chance says."""
    assert of > 1000
    assert abs(hits / of - chance) < 3 * sqrt(chance * (1 - chance) / of), (hits, of, chance)


def even(counts: Counter[str], kinds: int) -> None:
    """Whether all kinds are as likely as one another."""
    assert len(counts) == kinds
    for count in counts.values():
        # As many kinds, as many chances to be out: four standard errors for each.
        assert abs(count / counts.total() - 1 / kinds) < 4 * sqrt((1 - 1 / kinds) / kinds / counts.total())


@pytest.mark.parametrize("severity", SEVERITIES)
def test_random_case_turns_each_letter_by_chance(severity: float, items: list[Item]):
    letters = [
        (a, b)
        for old, new in pairs(random_case, severity, items)
        for a, b in zip(old, new, strict=True)
        if a.isalpha()
    ]
    turned = [(a, b) for a, b in letters if a != b]
    assert all(b == a.swapcase() for a, b in turned)
    near(len(turned), len(letters), severity)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_swap_punctuation_changes_each_mark_by_chance(severity: float, items: list[Item]):
    marks = [
        (a, b)
        for old, new in pairs(swap_punctuation, severity, items)
        for a, b in zip(old, new, strict=True)
        if not a.isalpha() and a != " "
    ]
    near(sum(a != b for a, b in marks), len(marks), severity)
    for mark in ",?":
        even(Counter(b for a, b in marks if a == mark != b), 5)


def longer(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(old, new) for old, new in found if len(old) >= 4]


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize(
    "slip",
    [keyboard_typo, substitute_letter, delete_letter, insert_letter, swap_letters],
    ids=lambda slip: slip.__name__,
)
def test_a_slip_hits_each_longer_word_by_chance(slip: Change, severity: float):
    found = words(slip, severity, MADE)
    assert all(old == new for old, new in found if len(old) < 4)
    near(sum(old != new for old, new in longer(found)), len(longer(found)), severity)


def places(slip: Change) -> Counter[str]:
    """Where a change of letters begins in words of six, all of whose letters differ from their neighbours."""
    hit = [(old, new) for old, new in words(slip, 1.0, MADE) if old in ("planet", "island", "garden")]
    return Counter(
        str(next(at for at, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)) for old, new in hit
    )


@pytest.mark.parametrize("slip", [keyboard_typo, substitute_letter], ids=lambda slip: slip.__name__)
def test_a_wrong_letter_is_as_likely_at_every_place_but_the_first(slip: Change):
    even(places(slip), 5)


def test_neighbours_and_letters_are_as_likely_as_one_another():
    for slip, kinds in ((keyboard_typo, len(NEIGHBOURS["e"])), (substitute_letter, 25)):
        wrong = [
            b
            for old, new in words(slip, 1.0, MADE)
            if len(old) == len(new)
            for a, b in zip(old, new, strict=True)
            if a == "e" != b
        ]
        even(Counter(wrong), kinds)


def test_neighbouring_letters_change_places_at_every_place_but_the_first():
    even(places(swap_letters), 4)


def test_a_letter_is_deleted_or_inserted_at_every_place_but_the_first():
    gone = Counter(new for old, new in words(delete_letter, 1.0, MADE) if old == "island")
    even(gone, 5)
    assert set(gone) == {"iland", "isand", "islnd", "islad", "islan"}
    more = [new for old, new in words(insert_letter, 1.0, MADE) if old == "island"]
    # A letter put after one of its kind looks as if put before it: only others tell their place.
    other = [
        next(at for at, c in enumerate(new) if c not in "island") for new in more if set(new) - set("island")
    ]
    even(Counter(map(str, other)), 6)
    even(Counter("".join((Counter(new) - Counter("island")).elements()) for new in more), 26)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_look_alikes_hit_each_word_by_chance(severity: float):
    found = words(homoglyph, severity, MADE)
    able = [(old, new) for old, new in found if set(old) & set(HOMOGLYPHS)]
    near(sum(old != new for old, new in able), len(able), severity)
    hidden = words(invisible, severity, MADE)
    near(sum(old != new for old, new in hidden), len(hidden), severity)


def test_what_does_not_show_is_of_every_kind_at_every_place():
    hidden = [new for old, new in words(invisible, 1.0, MADE) if old == "planet"]
    even(Counter(c for new in hidden for c in new if c in INVISIBLE), 4)
    even(Counter(str(next(at for at, c in enumerate(new) if c in INVISIBLE)) for new in hidden), 5)


def test_lower_is_helms_where_all_words_are_plain(items: list[Item]):
    assert all(new == old.lower() for old, new in pairs(lower, 1.0, items))


@pytest.mark.parametrize("count", [2, 3, 11])
def test_extra_spaces_are_helms(count: int, items: list[Item]):
    for old, new in pairs(extra_spaces, (count - 1) / 10, items):
        assert new == old.replace(" ", " " * count)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_whitespace_widens_each_gap_by_chance_and_evenly(severity: float, items: list[Item]):
    gaps = [gap for _, new in pairs(whitespace, severity, items) for gap in re.findall(r"\s+", new)]
    wider = Counter(gap for gap in gaps if gap != " ")
    near(wider.total(), len(gaps), severity)
    assert set(wider) == {"  ", "   ", "    ", " \n"}
    even(wider, 4)


def test_dropped_punctuation_is_checklists_where_the_only_mark_is_the_last(items: list[Item]):
    single = [item for item in items if "," not in item.question]
    assert len(single) > 1000
    assert all(new == old.rstrip("?") for old, new in pairs(drop_punctuation, 1.0, single))


@pytest.mark.parametrize("severity", SEVERITIES)
def test_dropped_punctuation_is_dropped_by_chance(severity: float, items: list[Item]):
    found = pairs(drop_punctuation, severity, items)
    marks = sum(len(re.findall(r"[,?]", old)) for old, _ in found)
    near(sum(len(old) - len(new) for old, new in found), marks, severity)
