"""The file of variants, and what a cell makes of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.rewriting.variants import (
    Variant,
    VariantsError,
    hash_of,
    merged,
    read_variants,
    write_variants,
)
from experiments.schema import LabConfig, PerturbationConfig, TaskConfig
from experiments.sweep.rewrites import perturbation_label, rewrites_for
from perturb import Item, Rewrite

ITEM = Item("i1", "Who is it?", ("Ann",))
KEPT = Variant(
    *("tiny", "f0", "i1", ITEM.question, hash_of(ITEM.question), "Who was it – \u2028 then?", "kept", ()),
    *("paraphrase", "", "", 1, 0, "m", "m@1", "r", 0.7, 3),
)
BAD = replace(KEPT, text="What?", verdict="turned down", reasons=("lost 'it'",))


def cell(path: Path, name: str = "paraphrase") -> LabConfig:
    return LabConfig(task=TaskConfig(name="tiny"), perturbation=PerturbationConfig(name=name, file=str(path)))


def changed(path: Path, **values: Any) -> Path:
    """The file with some of its first line's values others, or left out."""
    row = {**json.loads(path.read_text(encoding="utf-8").split("\n")[0]), **values}
    left = {name: value for name, value in row.items() if value is not ...}
    path.write_text("\n" + json.dumps(left) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_variants(tmp_path / "made" / "variants.jsonl", [KEPT, BAD, replace(KEPT, item="i2", task="other")])
    return tmp_path / "made" / "variants.jsonl"


def test_there_and_back(path: Path) -> None:
    assert [row for _, row in read_variants(path)] == [KEPT, BAD, replace(KEPT, item="i2", task="other")]
    assert [line for line, _ in read_variants(path)] == [1, 2, 3]
    assert list(path.parent.iterdir()) == [path]


def test_texts_of_all_kinds(path: Path) -> None:
    for text in (
        "",
        "x",
        "👩\u200d👧?",
        "日本の首都は？",
        "ما عاصمة مصر؟",
        "భారతదేశ రాజధాని ఏది?",
        "\\frac{1}{2}",
        "a\r\nb",
        "\ud800",
    ):
        made = replace(KEPT, text=text, original=text, original_hash=hash_of(text))
        write_variants(path, [made])
        assert [row for _, row in read_variants(path)] == [made]
        assert rewrites_for(cell(path))(Item("i1", text, ())) == (Rewrite(text),)


def test_what_a_person_changed_stays() -> None:
    mended = replace(KEPT, text="Who was she?", verdict="turned down", reasons=("a man",))
    again = replace(KEPT, seed=4)
    assert merged([mended], [KEPT, again]) == [mended, again]
    other = replace(KEPT, item="i2", original="What?", original_hash=hash_of("What?"))
    assert merged([other], [KEPT]) == [other, KEPT]
    stale = replace(mended, original="Who?", original_hash=hash_of("Who?"))
    assert merged([stale], [KEPT]) == [KEPT]
    assert merged([], [KEPT, again]) == [KEPT, again]


def test_only_what_was_kept_is_used(path: Path) -> None:
    rewrites = rewrites_for(cell(path))
    assert rewrites(ITEM) == (Rewrite(KEPT.text),)
    assert rewrites(Item("i9", "Else?", ())) == ()


def test_a_translation_tells_its_language(path: Path) -> None:
    write_variants(path, [replace(KEPT, kind="translation", language="de")])
    assert rewrites_for(cell(path, "translation"))(ITEM) == (Rewrite(KEPT.text, "de"),)


def test_another_text_is_an_error_that_names_item_and_line(path: Path) -> None:
    rewrites = rewrites_for(cell(path))
    with pytest.raises(VariantsError, match=r"variants\.jsonl, line 1: made from another text of item 'i1'"):
        rewrites(replace(ITEM, question="Who is it now?"))


def test_of_another_kind_or_task(path: Path) -> None:
    held = "only paraphrase of other, paraphrase of tiny"
    with pytest.raises(VariantsError, match=f"no translation of tiny, {held}"):
        rewrites_for(cell(path, "translation"))
    config = cell(path)
    config.task.name = "else"
    with pytest.raises(VariantsError, match=f"no paraphrase of else, {held}"):
        rewrites_for(config)
    path.write_text("", encoding="utf-8")
    with pytest.raises(VariantsError, match="no paraphrase of tiny, only nothing"):
        rewrites_for(cell(path))


def test_one_language_of_several(path: Path) -> None:
    made = [replace(KEPT, kind="translation", language=code, text=f"{code}?") for code in ("de", "sw")]
    write_variants(path, made)
    config = cell(path, "translation")
    assert rewrites_for(config)(ITEM) == (Rewrite("de?", "de"), Rewrite("sw?", "sw"))
    config.perturbation.language = "sw"
    assert rewrites_for(config)(ITEM) == (Rewrite("sw?", "sw"),)
    config.perturbation.language = "fr"
    with pytest.raises(VariantsError, match="no translation fr of tiny, only translation de of tiny"):
        rewrites_for(config)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"verdict": "maybe"}, "line 2: verdict is 'maybe', expected one of kept, turned down"),
        ({"text": 5}, "line 2: text is 5, expected a text"),
        ({"seed": ..., "kind": ...}, "line 2: no kind, seed; expected a line that `fathom rewrite` wrote"),
    ],
)
def test_wrong_lines(path: Path, values: dict[str, Any], says: str) -> None:
    with pytest.raises(VariantsError, match=says):
        read_variants(changed(path, **values))


def test_files_that_are_none(path: Path) -> None:
    with pytest.raises(VariantsError, match=r"No such file.*did you mean '.*variants\.jsonl'"):
        read_variants(path.with_name("variant.jsonl"))
    for text in ("[1]\n", "3\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(VariantsError, match="line 1: no task, "):
            read_variants(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(VariantsError, match="line 1: not JSON"):
        read_variants(path)
    path.write_bytes(b"\xff")
    with pytest.raises(VariantsError, match="not UTF-8"):
        read_variants(path)


@pytest.mark.parametrize(
    ("config", "label"),
    [
        (PerturbationConfig(name="case"), "case"),
        (PerturbationConfig(name="none", file="x.jsonl"), "none"),
        (PerturbationConfig(name="case", then=["padding", "lower"]), "case+padding+lower"),
        (PerturbationConfig(name="language", language="de", then=["case"]), "language:de+case"),
        (PerturbationConfig(name="paraphrase", file="runs/mine/variants.jsonl"), "paraphrase:mine"),
        (PerturbationConfig(name="paraphrase", file="by_hand.jsonl"), "paraphrase:by_hand"),
        (PerturbationConfig(name="paraphrase", file="x.jsonl", language="de"), "paraphrase:x"),
        (PerturbationConfig(name="translation", file="x.jsonl", language="de"), "translation:de:x"),
    ],
)
def test_labels(config: PerturbationConfig, label: str) -> None:
    assert perturbation_label(config) == label
