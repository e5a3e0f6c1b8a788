from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perturb import Draft, Item, Rewrite, Template, apply
from perturb.draft import Edited
from perturb.rewrites import REWRITES, rewritten
from perturb.wording import figures
from tests.perturb.samples import WILD

QA = Template("qa", "short", "Q: {question}", "A:")
ITEM = Item("x", "Who wrote 12 operas and not one song?", ("Ann",))
THREE = tuple(
    Rewrite(f"{word} wrote 12 operas and not one song?") for word in ("Which man", "Who ever", "Who")
)
DRAFT = Draft(ITEM, QA, rewrites=THREE)


def test_the_names():
    assert [one.name for one in REWRITES] == ["paraphrase", "back_translation", "translation", "language"]
    assert all(one.given and one.preserves for one in REWRITES)


def test_each_rewrite_is_as_likely_and_severity_is_the_chance_of_one():
    texts = [rewritten(DRAFT, 0.5, np.random.default_rng(seed)).draft.item.question for seed in range(3000)]
    counts = Counter(texts)
    assert set(counts) == {one.text for one in THREE}
    changed = [counts[one.text] for one in THREE[:2]]  # the third is the question itself
    assert all(abs(count - 500) < 3 * (3000 / 6 * 5 / 6) ** 0.5 for count in changed)


def test_a_stronger_one_is_the_same_one():
    for seed in range(50):
        weak, strong = (rewritten(DRAFT, severity, np.random.default_rng(seed)) for severity in (0.3, 0.9))
        assert weak.edits in ((), strong.edits)


def test_without_rewrites_nothing_changes():
    for one in REWRITES:
        assert apply(one.name, replace(DRAFT, rewrites=()), 1.0, seed=0).status == "unchanged"
    same = replace(DRAFT, rewrites=(Rewrite(ITEM.question),))
    assert rewritten(same, 1.0, np.random.default_rng(0)) == Edited(same)


def test_the_guard_chooses_among_them():
    bad = tuple(Rewrite(f"Who wrote {n} operas?") for n in range(13, 20))
    found = [apply("paraphrase", replace(DRAFT, rewrites=(*bad, THREE[0])), 1.0, seed=n) for n in range(20)]
    good = [one for one in found if one.status == "changed"]
    assert good
    assert all(one.draft.item.question == THREE[0].text for one in good)
    assert any(one.redraws for one in good)
    none = apply("paraphrase", replace(DRAFT, rewrites=bad), 1.0, seed=0)
    assert none.status == "excluded"
    assert none.objections[0] == "lost '12'"


@pytest.mark.parametrize(
    ("text", "paraphrase", "translation", "language"),
    [
        ("Wer schrieb 12 Opern und kein Lied?", ("lost 'not'",), (), ()),
        ("Wer schrieb zwölf Opern?", ("lost '12'", "lost 'not'"), ("lost '12'",), ()),
        ("Who did not write 12 operas but one song, or none?", ("gained 'none'",), (), ()),
        ("১২টি অপেরা কে লিখেছিলেন?", ("lost '12'", "lost 'not'"), (), ()),
        (" ", ("nothing left",), ("nothing left",), ("nothing left",)),
    ],
)
def test_what_the_guard_looks_for(
    text: str, paraphrase: tuple[str, ...], translation: tuple[str, ...], language: tuple[str, ...]
):
    draft = replace(DRAFT, rewrites=(Rewrite(text),))
    for name, reasons in (("paraphrase", paraphrase), ("translation", translation), ("language", language)):
        found = apply(name, draft, 1.0, seed=0)
        assert len(found.objections) >= len(reasons)
        assert found.status == ("excluded" if reasons else "changed")
        for said, expected in zip(found.objections, reasons, strict=False):
            assert said.startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "reasons"),
    [
        ("Who won at Troy?", "At Troy, the Greeks won.", ("asks nothing any more",)),
        ("Who won at Troy?", "Who was the winner at Troy?", ()),
        ("Who won at Troy?", "Who won that old war?", ("lost the name 'Troy'",)),
        ("Who won at Troy?", "Who won at Troy in 1200?", ("gained '1200'",)),
        (
            "Who won?",
            "Who won, do you think, of all those that were there at the time?",
            ("edits a character",),
        ),
        ("Which metal is W, if I may ask?", "If one may ask, what metal is it?", ("lost the name 'W'",)),
        ("Who won: Achilles?", "Did achilles win?", ()),
        ("Name the winner of Troy.", "Say who won at Troy.", ()),
        ('Two men? Both of NASA; "Never" they said', 'Two men? Both of NASA; they said "Never"', ()),
        ("谁赢了？", "赢家是谁？", ()),
        ("من فاز؟", "فاز علي.", ("asks nothing any more",)),
    ],
)
def test_what_is_written_anew_has_to_ask_the_same(old: str, new: str, reasons: tuple[str, ...]):
    draft = replace(DRAFT, item=replace(ITEM, question=old, answers=("zebra",)), rewrites=(Rewrite(new),))
    found = apply("paraphrase", draft, 1.0, seed=0).objections
    assert len(found) == len(reasons)
    assert all(reason in said for said, reason in zip(found, reasons, strict=True))


def test_a_translation_may_not_translate_a_reference():
    item = Item("x", "Is a fox faster than a hen?", ("a fox",), ("a fox", "a hen"), 0)
    choice = Template("c", "choice", "{question}\n{options}", "A:", labels=("A", "B"))
    draft = Draft(item, choice, rewrites=(Rewrite("Ist ein Fuchs schneller?", "de"),))
    assert apply("translation", draft, 1.0, seed=0).objections == ("lost the reference 'a fox'",)


def test_the_language_is_told_to_graders():
    draft = replace(DRAFT, rewrites=(Rewrite("Wer schrieb 12 Opern?", "de"),))
    assert apply("translation", draft, 1.0, seed=0).draft.item.language == "de"
    told = apply("paraphrase", draft, 1.0, seed=0)
    assert (told.status, told.objections[0]) == ("excluded", "another language")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 and 1.000 and 1000", {"1000": 3}),
        ("2,5 und 2.5", {"2.5": 2}),
        ("১,২০০ ౧౨", {"1200": 1, "12": 1}),
        ("1.234.567,8 is 1,234,567.8", {"1234567.8": 2}),
        ("Say `x` to {name}", {"`x`": 1, "{name}": 1}),
        ("2.50 and 2,5 and 3.0", {"2.5": 2, "3": 1}),
        ("1 000 000 or 1\u202f000,5", {"1000000": 1, "1000.5": 1}),
        ("no figures", {}),
    ],
)
def test_figures(text: str, found: dict[str, int]):
    assert figures(text) == found


@settings(max_examples=60, deadline=None)
@given(old=WILD, new=WILD, severity=st.sampled_from([0.0, 0.5, 1.0]), seed=st.integers(0, 99))
def test_any_text_may_come_of_any(old: str, new: str, severity: float, seed: int):
    draft = replace(DRAFT, item=replace(ITEM, question=old), rewrites=(Rewrite(new),))
    for one in REWRITES:
        found = apply(one.name, draft, severity, seed=seed)
        assert (found.status == "original") == (severity == 0)
        assert found.draft.item.question == (new if found.status == "changed" else old)
        assert (found.objections != ()) == (found.status == "excluded")


@given(WILD)
def test_figures_are_the_same_in_any_script(text: str):
    thai = "".join(chr(ord("๐") + int(one)) if one in "0123456789" else one for one in text)
    assert figures(thai) == figures(text)
