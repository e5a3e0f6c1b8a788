"""The page of published figures: sound, offline, and saying what the figures say."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.baselines.facts import load
from experiments.baselines.page import to_html, write_page
from experiments.cli import main
from experiments.configuration import ConfigError
from tests.experiments.baselines.parsed import Page, check_offline


@pytest.fixture(scope="module")
def html() -> str:
    return to_html(load())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture(scope="module")
def text(page: Page) -> str:
    return re.sub(r"\s+", " ", "".join(page.text))


def test_no_script_no_handler_and_nothing_fetched(html: str):
    check_offline(html)
    assert len(html) < 500_000


def test_charts_take_their_colours_from_the_page(page: Page):
    colours = {
        attributes[name]
        for tag, attributes in page.elements
        for name in ("fill", "stroke")
        if tag in {"path", "text", "line", "rect", "g"} and name in attributes
    }
    ours = {f"var(--{name})" for name in ("ink", "muted", "rule", "accent", "second", "paper")}
    assert colours <= ours | {"none", "transparent"}


def test_texts_of_the_tables_are_shown_as_text():
    facts = load()
    hostile = "</dd><script>alert(1)</script>"
    readme = replace(facts.sources["README"], about=hostile)
    found = Page(to_html(replace(facts, sources={**facts.sources, "README": readme})))
    assert "script" not in {tag for tag, _ in found.elements}
    assert hostile in "".join(found.text)


def test_ids_links_headings_and_pictures(page: Page):
    page.check()
    assert sum(tag == "svg" for tag, _ in page.elements) == 14


def test_the_named_example_comes_first(text: str):
    first = text[: text.index("What a published number can tell")]
    assert "Llama 2-70B answers 55.5 % of TriviaQA instead of 74.0 %: −18.5 points, −25.0 % of" in text
    assert "difference [−19.7, −17.3] points, or [−26.5, −23.5] % of the score" in first
    assert "between davinci-instruct-beta (51.6) and davinci of 2020 (61.5)" in first
    assert "78.7 → 87.2 in the first version, 78.9 → 74.4 in the latest" in first


def test_limits_and_contradictions_are_said(text: str):
    assert "unpaired" in text
    assert "Each score is from one template" in text
    assert "The table has 4 exceptions" in text
    assert "gpt-3.5-turbo-0613 has pass@1 98.0 on MBPP" in text
    assert "It is an inference" in text
    assert "96.3 (compare_official_gpt-4.png, 2023-12-19); 95.6 (README, 2023-12-19)" in text


def test_every_figure_and_source_is_there(page: Page, text: str):
    facts = load()
    rows = sum(tag == "tr" for tag, _ in page.elements)
    assert rows > len(facts.scores)
    assert all(source in text for source in facts.sources)
    assert all(f"{one.title}: {len(facts.find(task=one.task, current=None))} figures" in text for one in
               facts.benchmarks.values())  # fmt: skip


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str], html: str):
    path = tmp_path / "published.html"
    assert main(["published", "--html", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == html
    assert str(path) in capsys.readouterr().out
    assert main(["published", "task=drop", "--html", str(path)]) == 2
    assert "leave the filters out" in capsys.readouterr().err


def test_it_wants_a_folder_that_exists_and_a_file(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no folder"):
        write_page(tmp_path / "nowhere" / "published.html", load())
    with pytest.raises(ConfigError, match="is a folder; a file is wanted"):
        write_page(tmp_path, load())
