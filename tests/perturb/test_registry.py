"""What holds for every registered perturbation, whatever it does."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perturb import (
    PERTURBATIONS,
    Applied,
    Draft,
    Form,
    Item,
    Perturbation,
    apply,
    perturbation,
    registry,
    render,
)
from perturb.draft import Edited
from perturb.registry import REDRAWS, both, stream
from tests.perturb import catalogue
from tests.perturb.samples import (
    KINDS,
    ODD,
    POOLS,
    PROTECTED,
    SANE,
    TEMPLATES,
    TYPICAL,
    WILD,
    draft_for,
    drafts,
    typical,
)

ROOT = Path(__file__).parents[2]
NAMES = sorted(PERTURBATIONS)
CHANGING = [name for name in NAMES if PERTURBATIONS[name].touches != "nothing"]


def right_texts(item: Item) -> list[str]:
    right = item.golds if item.gold is None else (item.gold,)
    return sorted(item.choices[index] for index in right)


def blind(draft: Draft, touches: str) -> Draft:
    """A draft without what a perturbation touches."""
    if touches == "question":
        return replace(draft, item=replace(draft.item, question="", language=""))
    if touches == "choices":
        return replace(draft, item=replace(draft.item, choices=(), gold=None, golds=()))
    if touches == "template":
        return replace(draft, template=TEMPLATES["text"][0])
    return replace(draft, exemplars=(), exemplar_formats=()) if touches == "exemplars" else draft


def check(name: str, before: Draft, applied: Applied, severity: float) -> None:
    """What every result has to be."""
    one, after = PERTURBATIONS[name], applied.draft
    assert (applied.status == "original") == (severity == 0 or one.touches == "nothing")
    assert (applied.edits == ()) == (applied.status != "changed") == (after == before)
    assert (applied.objections == ()) == (applied.status != "excluded")
    assert applied.status == "changed" or applied.realised == 0
    assert 0 <= applied.realised <= one.bound
    assert (after.item.id, after.item.answers) == (before.item.id, before.item.answers)
    assert after.pool is before.pool
    assert blind(after, one.touches) == blind(before, one.touches)
    if one.preserves:
        assert right_texts(after.item) == right_texts(before.item)
    assert not set(map(id, after.exemplars)) - set(map(id, before.exemplars)) or one.touches == "exemplars"
    if after is not before:
        readable(before, after)
        rendered(before, after)


def readable(before: Draft, after: Draft) -> None:
    """A changed draft can be stored, unless the original could not."""
    text = json.dumps(asdict(after.item), ensure_ascii=False)
    known = json.loads(text)
    assert (known["question"], tuple(known["choices"])) == (after.item.question, after.item.choices)
    texts = (before.item.question, *before.item.choices, before.item.id)
    if not any("\ud800" <= character <= "\udfff" for part in texts for character in part):
        text.encode()


def rendered(before: Draft, after: Draft) -> None:
    """What could be rendered before can be afterwards, in every form."""
    forms: tuple[Form, ...] = get_args(Form)
    for form in forms:
        for cot in (False, True) if before.template.answer_cot else (False,):
            prompt = after.prompt(cot=cot, form=form)
            assert len(prompt.labels) == len(after.item.choices)


few = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data(), severity=st.floats(0, 1), seed=st.integers(0, 2**32), replicate=st.integers(0, 3))
def test_what_every_perturbation_keeps(
    name: str, data: st.DataObject, severity: float, seed: int, replicate: int
):
    draft = data.draw(drafts(name, WILD))
    applied = apply(name, draft, severity, seed=seed, replicate=replicate)
    check(name, draft, applied, severity)
    assert apply(name, draft, 0, seed=seed, replicate=replicate) == Applied(draft, (), "original")
    # What else is perturbed in between makes no difference.
    apply(name, draft_for(PERTURBATIONS[name].fits[0], "Which mountain is it?"), 1, seed=seed)
    assert apply(name, draft, severity, seed=seed, replicate=replicate) == applied


@pytest.mark.parametrize("name", CHANGING)
@few
@given(data=st.data(), severity=st.floats(0.05, 1), seed=st.integers(0, 1000))
def test_protected_spans_are_untouched(name: str, data: st.DataObject, severity: float, seed: int):
    draft = data.draw(drafts(name, SANE))
    applied = apply(name, draft, severity, seed=seed)
    check(name, draft, applied, severity)
    if PERTURBATIONS[name].preserves:
        old, new = (one.item.question.casefold() for one in (draft, applied.draft))
        references = {"Ouagadougou", "mountain"} & {*draft.item.answers, *draft.item.choices}
        for protected in map(str.casefold, (*PROTECTED, *references)):
            assert old.count(protected) <= new.count(protected), protected


@pytest.mark.parametrize("name", [name for name in CHANGING if PERTURBATIONS[name].nested])
@few
@given(data=st.data(), low=st.floats(0.01, 1), high=st.floats(0.01, 1), seed=st.integers(0, 1000))
def test_a_stronger_variant_holds_the_edits_of_a_weaker_one(
    name: str, data: st.DataObject, low: float, high: float, seed: int
):
    draft = data.draw(drafts(name, SANE))
    low, high = sorted((low, high))
    weak, strong = (apply(name, draft, severity, seed=seed) for severity in (low, high))
    if weak.redraws == strong.redraws == 0:  # a draw that the guard turned down is another draw
        assert set(weak.edits) <= set(strong.edits)


@pytest.mark.parametrize("name", [name for name in CHANGING if PERTURBATIONS[name].nested])
def test_the_realised_rate_rises_with_severity(name: str):
    one = PERTURBATIONS[name]
    asked = [draft for kind in one.fits for draft in typical(kind)]
    means = [
        float(np.mean([apply(name, draft, severity, seed=n).realised for n, draft in enumerate(asked)]))
        for severity in (0.05, 0.3, 0.6, 1.0)
    ]
    assert means == sorted(means)
    assert means[-1] > means[0] or one.severity.startswith("any above 0")


@pytest.mark.parametrize("name", CHANGING)
def test_something_changes_in_every_kind_of_item_that_it_fits(name: str):
    one = PERTURBATIONS[name]
    for kind in one.fits:
        asked = typical(kind)
        if one.touches != "exemplars" or any(draft.exemplars for draft in asked):
            statuses = {apply(name, draft, 1.0, seed=n).status for n, draft in enumerate(asked)}
            assert "changed" in statuses, kind
            assert "excluded" not in statuses, kind


@pytest.mark.parametrize("name", NAMES)
def test_odd_questions_survive(name: str):
    for number, text in enumerate(ODD):
        for kind in PERTURBATIONS[name].fits:
            draft = draft_for(kind, text, shift=number)
            for severity in (0.3, 1.0):
                check(name, draft, apply(name, draft, severity, seed=number), severity)


@pytest.mark.parametrize("name", CHANGING)
def test_one_draw_holds_for_all_items_or_each_has_its_own(name: str):
    one = PERTURBATIONS[name]
    for kind in one.fits if not one.by_item else ():
        applied = [apply(name, draft_for(kind, TYPICAL[0], name=f"{n}"), 0.6, seed=3) for n in range(5)]
        if one.touches == "template":
            assert len({found.draft.template for found in applied}) == 1
        else:
            assert one.touches == "exemplars"
            assert len({(found.draft.exemplars, found.draft.exemplar_formats) for found in applied}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_items_that_do_not_fit_are_refused(name: str):
    one = PERTURBATIONS[name]
    assert one.fits
    assert set(one.fits) <= set(KINDS)
    for kind in set(KINDS) - set(one.fits):
        with pytest.raises(
            ValueError, match=rf"{name} is for .*, and template '{kind}/test' asks for {kind}"
        ):
            apply(name, draft_for(kind, "What is it?"), 0.5, seed=0)


def digest() -> str:
    """A hash of what all perturbations make of a few drafts."""
    found = hashlib.sha256()
    for name in NAMES:
        for kind in PERTURBATIONS[name].fits:
            applied = apply(name, draft_for(kind, TYPICAL[1] + " It is 3.5!"), 0.4, seed=1)
            found.update(repr((applied.status, applied.edits, asdict(applied.draft.item))).encode())
            shown = (applied.draft.template, applied.draft.exemplars, applied.draft.exemplar_formats)
            found.update(repr(shown).encode())
    return found.hexdigest()


def test_another_process_makes_the_same():
    done = subprocess.run(
        [sys.executable, "-c", f"import runpy; print(runpy.run_path({__file__!r})['digest']())"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") == "2" else "2"},
    )
    assert done.stdout.strip() == digest()


def test_the_drafts_here_are_of_all_kinds():
    for kind in KINDS:
        draft = draft_for(kind, "What is it?")
        assert render(draft.template, draft.item, draft.exemplars, cot=True, form="completion").text
    assert {bool(item.choices) for item in POOLS["exam"]} == {True, False}
    assert any(item.golds for item in POOLS["exam"])


def options() -> dict[str, dict[str, Any]]:
    folder = ROOT / "conf" / "perturbation"
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.yaml")}


def test_every_perturbation_is_an_option_and_every_option_a_perturbation():
    singles = {stem: option for stem, option in options().items() if "suite" not in option}
    assert sorted(singles) == NAMES
    for stem, option in singles.items():
        assert option["name"] == stem
        assert set(option) <= {"name", "severity", "then"}
        severity = option.get("severity", 0.0)
        assert (severity == 0) == (PERTURBATIONS[stem].touches == "nothing")
        assert 0 <= severity <= 1
        first = (ROOT / "conf" / "perturbation" / f"{stem}.yaml").read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# ")
        assert len(first) > 10


def test_suites_hold_perturbations_that_keep_the_meaning():
    for stem, option in options().items():
        if "suite" in option:
            assert option["suite"], stem
            assert set(option["suite"]) <= set(NAMES), stem
            assert len(set(option["suite"])) == len(option["suite"]), stem
            assert all(PERTURBATIONS[name].preserves for name in option["suite"]), stem


def test_the_page_lists_every_perturbation_as_it_is():
    page = catalogue.PAGE.read_text(encoding="utf-8")
    assert catalogue.written(page) == page, "write it anew: python tests/perturb/catalogue.py"
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(PERTURBATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_perturbation_says_of_itself(name: str):
    one = PERTURBATIONS[name]
    assert one.name == name
    assert name.isidentifier()
    assert name == name.lower()
    assert one.severity.strip() == one.severity != ""
    assert one.bound > 0


def test_a_stream_is_the_same_in_every_process_and_depends_on_everything():
    assert stream("item", "case", 0) == stream("item", "case", 0)
    keys = [
        ("a", "bc", 0),
        ("ab", "c", 0),
        ("a", "bc", 1),
        ("a1", "bc", 1),
        ("a", "bc1", 1),
        ("1:a", "bc", 0),
    ]
    assert len({stream(*key) for key in keys}) == len(keys)
    code = "from perturb.registry import stream; print(stream('item', 'case', 0))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(other.stdout) == stream("item", "case", 0)


def test_seeds_items_and_replicates_are_other_draws():
    variants = {
        apply(
            "keyboard_typo", draft_for("short", TYPICAL[0], name=f"{n}"), 0.5, seed=seed, replicate=again
        ).edits
        for n in range(3)
        for seed in range(3)
        for again in range(3)
    }
    assert len(variants) == 27


def test_none_changes_nothing():
    draft = draft_for("short", TYPICAL[0])
    assert apply("none", draft, 1.0, seed=0) == Applied(draft, (), "original")


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match="unknown perturbation 'keybord_tipo'; did you mean 'keyboard_typo'"):
        apply("keybord_tipo", draft_for("short", TYPICAL[0]), 0.5, seed=0)
    assert perturbation("case").name == "case"


@pytest.mark.parametrize("severity", [-0.1, 1.1, float("nan")])
def test_severity_out_of_range(severity: float):
    with pytest.raises(ValueError, match=r"severity of case is .*, expected 0 to 1"):
        apply("case", draft_for("short", TYPICAL[0]), severity, seed=0)


@pytest.mark.parametrize(("seed", "replicate"), [(-1, 0), (0, -1)])
def test_negative_seeds(seed: int, replicate: int):
    with pytest.raises(ValueError, match=r"seed and replicate of case are .*, expected 0 or more"):
        apply("case", draft_for("short", TYPICAL[0]), 0.5, seed=seed, replicate=replicate)


def answering(monkeypatch: pytest.MonkeyPatch, *questions: str) -> None:
    """Registers a perturbation "told" whose draws are these, the last one for ever."""
    left = list(questions)

    def change(draft: Draft, severity: float, rng: np.random.Generator) -> Edited:
        text = left.pop(0) if len(left) > 1 else left[0]
        if text == draft.item.question:
            return Edited(draft)
        return Edited(replace(draft, item=replace(draft.item, question=text)), (f"→ {text!r}",))

    told = Perturbation("told", "characters", change, "question", ("short",), "any")
    monkeypatch.setattr(registry, "PERTURBATIONS", {"told": told})


def test_what_the_guard_turns_down_is_drawn_again(monkeypatch: pytest.MonkeyPatch):
    draft = draft_for("short", "Is 3 odd?")
    answering(monkeypatch, "Is 4 odd?", "Is odd?", "Is 3 old?")
    found = apply("told", draft, 0.5, seed=0)
    assert (found.status, found.redraws, found.edits) == ("changed", 2, ("→ 'Is 3 old?'",))
    assert found.realised == 1 / 9


def test_an_item_of_which_every_draw_is_turned_down_is_excluded(monkeypatch: pytest.MonkeyPatch):
    draft = draft_for("short", "Is 3 odd?")
    answering(monkeypatch, "Is 4 odd?")
    found = apply("told", draft, 0.5, seed=0)
    assert found == Applied(draft, (), "excluded", REDRAWS + 1, objections=("lost '3'",))


def test_nothing_to_change_is_counted_as_such(monkeypatch: pytest.MonkeyPatch):
    draft = draft_for("short", "Is 3 odd?")
    answering(monkeypatch, "Is odd?", "Is 3 odd?")
    assert apply("told", draft, 0.5, seed=0) == Applied(draft, (), "unchanged", 1)


def test_two_perturbations_after_each_other():
    draft = draft_for("short", TYPICAL[0])
    first = apply("keyboard_typo", draft, 0.5, seed=0)
    second = apply("upper", first.draft, 1.0, seed=0)
    found = both(first, second)
    assert (found.draft, found.status, found.edits) == (second.draft, "changed", first.edits + second.edits)
    assert found.realised == first.realised + second.realised
    nothing = Applied(first.draft, (), "unchanged", 2)
    assert both(first, nothing).status == both(nothing, first).status == "changed"
    assert both(nothing, nothing) == Applied(first.draft, (), "unchanged", 4)
    out = Applied(first.draft, (), "excluded", 11, objections=("lost '3'",))
    assert (both(first, out).status, both(first, out).objections) == ("excluded", ("lost '3'",))
