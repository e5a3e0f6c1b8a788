"""What holds for all perturbations of characters; each has tests of its own beside this."""

from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import conf
from perturb import Draft, Item, Perturbation, Template
from perturb.characters import CHARACTERS
from perturb.guard import objections

TEMPLATE = Template("qa/test", "short", "Q: {question}", "A:")
NAMES = [one.name for one in CHARACTERS]
ASKED = Item("x", "Which large animal lives in the Sea, and sings (often)?", ("whale",))
# Those that draw nothing at severity 1: there every word, gap or mark is changed, in the one possible way.
DRAWN_ONCE = {
    "random_case",
    "upper",
    "lower",
    "title",
    "bidi",
    "extra_spaces",
    "space_before_punctuation",
    "drop_punctuation",
}
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="abcdeXYZ 0123456789.,'\n\t-{}$`éß日本كم\ud800"),
    st.lists(
        st.sampled_from(
            ["What", "is", "the", "capital", "Gabon,", "don't", "3.5", "NASA?", "`x", "{id}", "Я", "("]
        )
    ).map(" ".join),
)


def changed(one: Perturbation, item: Item, severity: float, seed: int = 0) -> tuple[str, tuple[str, ...]]:
    edited = one.change(Draft(item, TEMPLATE), severity, np.random.default_rng(seed))
    return edited.draft.item.question, edited.edits


def test_names():
    assert len(set(NAMES)) == len(NAMES) == 21
    assert {"keyboard_typo", "case", "whitespace"} < set(NAMES)


@pytest.mark.parametrize("one", CHARACTERS, ids=NAMES)
def test_each_has_its_configuration(one: Perturbation):
    path = Path(conf.__file__).parent / "perturbation" / f"{one.name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "severity" in text.splitlines()[0]
    config = yaml.safe_load(text)
    assert set(config) == {"name", "severity"}
    assert config["name"] == one.name
    assert 0 < config["severity"] <= 1


@pytest.mark.parametrize("one", CHARACTERS, ids=NAMES)
@given(text=TEXTS, severity=st.floats(0.01, 1), seed=st.integers(0, 1000))
def test_the_guard_lets_pass_what_is_made_of_any_text(
    one: Perturbation, text: str, severity: float, seed: int
):
    before = Draft(Item("x", text, ("whale", "Gabon")), TEMPLATE)
    edited = one.change(before, severity, np.random.default_rng(seed))
    assert (edited.edits == ()) == (edited.draft == before)
    if edited.edits:
        assert objections(before, edited.draft, one) == ()


@pytest.mark.parametrize("one", CHARACTERS, ids=NAMES)
@given(text=TEXTS, severities=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), seed=st.integers(0, 1000))
def test_a_stronger_variant_holds_the_weaker_one(
    one: Perturbation, text: str, severities: tuple[float, float], seed: int
):
    item = Item("x", text, ("whale",))
    weak, strong = (changed(one, item, severity, seed)[1] for severity in sorted(severities))
    assert set(weak) <= set(strong)


@pytest.mark.parametrize("one", CHARACTERS, ids=NAMES)
def test_full_severity_changes_and_seeds_differ(one: Perturbation):
    variants = {changed(one, ASKED, 1.0, seed) for seed in range(10)}
    assert all(edits for _, edits in variants)
    assert (len(variants) == 1) == (one.name in DRAWN_ONCE)
    if one.name != "extra_spaces":  # its severity is how much is added
        weaker = {changed(one, ASKED, 0.5, seed) for seed in range(10)}
        assert len(weaker) > 1


@pytest.mark.parametrize("one", CHARACTERS, ids=NAMES)
@pytest.mark.parametrize(
    "text", ["", "x", "   ", "\n", "日本の首都は", "ما عاصمة مصر", "Столица", "తెలుగు", "12", "👩‍👩‍👧"]
)
def test_text_without_words_or_marks_is_only_padded(one: Perturbation, text: str):
    new, _ = changed(one, Item("x", text, ("whale",)), 1.0)
    if one.name in ("whitespace", "extra_spaces"):
        assert new.split() == text.split()
    elif one.name == "padding":
        assert new.strip(' \n"') == text.strip()
    else:
        assert new == text


@pytest.mark.parametrize("one", CHARACTERS, ids=NAMES)
def test_speed(one: Perturbation):
    """A question, changed and guarded, in much less than 1 ms (measured: 0.07 to 0.2 ms)."""
    items = [
        Item(f"i{n}", f"Which strange thing {n} in the Sea, if any, was first seen by sailors?", ("whale",))
        for n in range(500)
    ]
    best = min(_seconds(lambda: [_guarded(one, item) for item in items]) for _ in range(3))
    assert best < 0.5


def _guarded(one: Perturbation, item: Item) -> None:
    before = Draft(item, TEMPLATE)
    edited = one.change(before, 0.5, np.random.default_rng(0))
    objections(before, edited.draft, one)


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
