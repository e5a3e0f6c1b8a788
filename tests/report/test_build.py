"""The report as a whole: hostile text, numbers, odd runs, size and time."""

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.store.manifest import RunFolderError, read_manifest, write_manifest
from tests.report.page_tables import page_tables, whole_run

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("smollm2",), "tasks": ("gsm8k",)}


class Page(HTMLParser):
    """What a browser would make of a page: elements, ids, headings, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def templates(n: int) -> tuple[str, ...]:
    return tuple(f"qa/{i}" for i in range(n))


@pytest.fixture
def demo(make_run: MakeRun) -> tuple[Page, str]:
    html = make_report(make_run(failing=0.003, odd=0.2)).html.read_text(encoding="utf-8")
    return Page(html), html


def test_no_handler_and_nothing_fetched(demo: tuple[Page, str]) -> None:
    page, html = demo
    forbidden = {
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "img",
        "image",
        "use",
        "foreignobject",
    }
    assert not forbidden & {tag for tag, _ in page.elements}
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "srcset", "action"}:
                assert (value or "").startswith("#")
    assert "url(" not in re.sub(r"url\(#chart\d+-\d+\)", "", html)
    assert "@import" not in html


def test_content_security_policy_comes_before_anything_it_governs(demo: tuple[Page, str]) -> None:
    page, html = demo
    policy = next(meta for meta in page.tags("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    (script,) = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["content"] == (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    )
    assert html.index("Content-Security-Policy") < html.index("<style>") < html.index("<script>")
    assert page.tags("script") == [{}]


def test_a_page_without_flips_has_no_script(make_run: MakeRun) -> None:
    html = make_report(make_run(**ONE, mean=9.0)).html.read_text(encoding="utf-8")
    assert not Page(html).tags("script")
    assert "script-src" not in html


def test_hostile_texts_are_shown_as_text(make_run: MakeRun) -> None:
    folder = make_run(**ONE, items=9)  # one item for each hostile text, all of which flip
    manifest = read_manifest(folder)
    manifest["name"] = "</title><script>alert(0)</script>\ud800"
    write_manifest_with_surrogates(folder, manifest)
    page = Page(make_report(folder).html.read_text(encoding="utf-8"))
    text = "".join(page.text)
    assert page.tags("script") == [{}]  # the page's own
    assert "</script><script>alert(1)</script>" in text
    assert "<img src=x onerror=alert(2)>" in text
    assert "{{ 7 * 7 }} {% raw %}" in text
    assert "⟨U+202E⟩مرحبا" in text
    assert "nul ␀ bell ␇ escape ␛[31mred" in text
    assert "characters left out" in text
    assert "</title><script>alert(0)</script>�" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def write_manifest_with_surrogates(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="ascii")


def test_page_is_sound_for_keyboards_and_screen_readers(demo: tuple[Page, str]) -> None:
    page, _ = demo
    ids = page.ids()
    assert len(ids) == len(set(ids))
    assert page.tags("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in header for header in page.tags("th"))
    pictures = page.tags("svg")
    assert len(pictures) >= 12
    for picture in pictures:
        assert picture["role"] == "img"
        assert picture["aria-labelledby"] in ids
        assert picture["aria-describedby"] in ids
    for _, attributes in page.elements:
        for name in ("aria-labelledby", "clip-path", "href"):
            target = re.fullmatch(r"(?:url\()?#?([\w-]+)\)?", attributes.get(name) or "")
            assert target is None or target[1] in ids


def test_charts_take_their_colours_from_the_page(demo: tuple[Page, str]) -> None:
    page, _ = demo
    colours = {
        attributes[name]
        for tag, attributes in page.elements
        for name in ("fill", "stroke")
        if tag in {"path", "text", "line", "rect", "g"} and name in attributes
    }
    assert colours <= {f"var(--{name})" for name in ("ink", "muted", "rule", "accent", "second", "paper")} | {
        "none",
        "transparent",
    }


def test_json_holds_the_statistics_as_they_are(make_run: MakeRun) -> None:
    folder = make_run(failing=0.003, cot=(False, True), items=20)
    contents = gather(folder)
    found = json.loads(make_report(folder).json.read_text(encoding="utf-8"))
    assert [one["score"] for one in found["slices"]] == [one.score.as_dict() for one in contents.slices]
    for stored, one in zip(found["slices"], contents.slices, strict=True):
        assert one.components is not None
        assert stored["components"] == one.components.as_dict()
        for factor, finding in zip(stored["factors"], one.factors, strict=True):
            assert factor["sensitivity"] == [measure.as_dict() for measure in finding.sensitivity]
            for effect, expected in zip(factor["effects"], finding.effects, strict=True):
                assert {**expected.as_dict(), **effect} == effect | {"level": effect["level"]}
                assert effect["p_adjusted"] == expected.p_adjusted
                assert effect["fixed"] == expected.fixed.as_dict()
            assert [level["estimate"]["value"] for level in factor["levels"]] == [
                level.estimate.value for level in finding.levels
            ]
    assert [sentence["text"] for sentence in found["sentences"]] == [s.text for s in contents.sentences]
    assert found["quality"]["statuses"] == dict(contents.quality.statuses)
    assert sum(found["quality"]["statuses"].values()) == found["quality"]["outcomes"]


def test_scores_on_the_page_are_those_in_the_json(make_run: MakeRun) -> None:
    report = make_report(make_run(**ONE))
    found = json.loads(report.json.read_text(encoding="utf-8"))
    text = "".join(Page(report.html.read_text(encoding="utf-8")).text)
    for level in found["slices"][0]["factors"][0]["levels"]:
        estimate = level["estimate"]
        assert (
            f"{100 * estimate['value']:.1f}[{100 * estimate['low']:.1f},\u00a0{100 * estimate['high']:.1f}]"
            in text
        )


def test_rendering_again_gives_the_same_bytes_and_touches_nothing_else(make_run: MakeRun) -> None:
    folder = make_run(failing=0.003)
    report = make_report(folder)
    first = report.html.read_bytes(), report.json.read_bytes(), report.numbers.read_bytes()
    names = ("manifest.json", "outcomes.parquet", "requests.parquet")
    others = [(folder / name).stat().st_mtime_ns for name in names]
    again = make_report(folder)
    assert (again.html.read_bytes(), again.json.read_bytes(), again.numbers.read_bytes()) == first
    assert others == [(folder / name).stat().st_mtime_ns for name in names]
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        "outcomes.parquet",
        "requests.parquet",
        "report.html",
        "report.json",
        "report.parquet",
    }


def test_a_typical_page_is_small(demo: tuple[Page, str]) -> None:
    assert len(demo[1].encode()) < 500_000


@pytest.mark.parametrize(
    ("scene", "lead"),
    [
        ({"templates": templates(1), "shots": (0,)}, "with the one template run"),
        ({"templates": templates(2), "shots": (0,)}, "template qa/1 instead of qa/0"),
        ({"items": 2, "templates": templates(5)}, "No template effect can be told from noise"),
        ({"items": 1}, "Nothing can be said"),
        ({"mean": 9.0}, "All 8 templates score the same for smollm2 on GSM8K: 100.0\u00a0%."),
        ({"mean": -9.0}, "All 8 templates score the same for smollm2 on GSM8K: 0.0\u00a0%."),
        ({"failing": 1.0}, "Nothing can be said"),
        ({"failed_cells": tuple(range(16))}, "Nothing can be said"),
        ({"templates": templates(2), "failed_cells": (1, 2)}, "with the 2 templates run"),
        ({"form": "chat", "graders": ("strict",)}, "Changing the template moves"),
    ],
)
def test_odd_runs_get_a_report_that_says_so(make_run: MakeRun, scene: dict[str, Any], lead: str) -> None:
    report = make_report(make_run(**ONE, **scene))
    assert lead in report.sentences[0]
    text = "".join(Page(report.html.read_text(encoding="utf-8")).text)
    assert lead in text
    assert not re.search(r"\b(nan|inf|None|True|False)\b", text)
    json.loads(report.json.read_text(encoding="utf-8"), parse_constant=pytest.fail)


def test_a_thousand_cells_of_five_items_are_capped(make_run: MakeRun) -> None:
    folder = make_run(**ONE, templates=templates(500), items=5)
    report = make_report(folder)
    html = report.html.read_text(encoding="utf-8")
    assert len(html) < 1_000_000
    assert "the first 40 of 500 levels are drawn" in html
    assert "The first 200 of 500 levels; report.json has all." in html
    assert (
        len(json.loads(report.json.read_text(encoding="utf-8"))["slices"][0]["factors"][0]["levels"]) == 500
    )


@pytest.mark.parametrize(
    ("missing", "message"), [("manifest.json", "is no run folder"), ("outcomes.parquet", "outcomes.parquet")]
)
def test_a_folder_that_is_no_run_is_named(make_run: MakeRun, missing: str, message: str) -> None:
    folder = make_run(**ONE, items=2)
    (folder / missing).unlink()
    with pytest.raises(RunFolderError, match=message):
        make_report(folder)


def test_failed_cells_are_told_with_their_errors(make_run: MakeRun) -> None:
    folder = make_run(failed_cells=(3,))
    manifest = read_manifest(folder)
    manifest["cells"][3]["error"] = "<b>no exemplars</b>"
    write_manifest(folder, manifest)
    report = make_report(folder)
    html = report.html.read_text(encoding="utf-8")
    text = "".join(Page(html).text)
    caution = "1 of 64 cells did not come out whole; what they lack is left out of every number."
    assert 0 < text.index(caution) < text.index("more sentences")
    (table,) = (one for one in page_tables(html) if one.caption.startswith("Errors"))
    numbers = json.loads(report.json.read_text(encoding="utf-8"))
    assert table.rows == whole_run(numbers, table.caption) == [["1", "<b>no exemplars</b>"]]
    assert any(caution in sentence for sentence in report.sentences)
