import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.prompts import MOST_ASKED, MOST_TURNS, Turn, as_one_text, capped, read_texts, turns_of

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {
    "models": ("m",),
    "tasks": ("gsm8k",),
    "items": 5,
    "hostile": False,
    "graders": ("strict",),
}


def rewritten(folder: Path, prompt: Callable[[str], str]) -> Path:
    """The run with other prompts, made from the requests' keys."""
    path = folder / "requests.parquet"
    table = pd.read_parquet(path)
    table.assign(prompt=[prompt(key) for key in table["key"]]).to_parquet(path)
    return folder


def test_every_condition_is_shown_with_its_own_prompt(make_run: MakeRun) -> None:
    folder = rewritten(
        make_run(**ONE, templates=("a", "b", "c"), cot=(False, True)), lambda key: f"asked {key}"
    )
    (task,) = gather(folder).prompts
    assert (task.models, task.item, task.conditions, len(task.shown)) == (("m",), "gsm8k-0", 12, 12)
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    mine = outcomes[outcomes["primary"] & (outcomes["item_id"] == "gsm8k-0")]
    rows = {row["key"]: row for row in mine.to_dict("records")}
    for asked in task.shown:
        row = rows[asked.key]
        words = f"template {row['template']}, shots {row['shots']}, chain of thought "
        assert asked.conditions == (words + ("on" if row["cot"] else "off"),)
        assert asked.turns == (Turn("", f"asked {asked.key}"),)


def test_of_many_conditions_the_first_comes_and_then_each_level_once(make_run: MakeRun) -> None:
    folder = make_run(**ONE, templates=tuple("abcdefgh"), shots=(0, 1, 5), cot=(False, True))
    (task,) = gather(rewritten(folder, str)).prompts
    assert task.conditions == 48
    shown = [one.conditions[0] for one in task.shown]
    assert len(shown) == MOST_ASKED
    assert shown[0] == "template a, shots 0, chain of thought off"
    one_factor = {f"template {name}, shots 0, chain of thought off" for name in "bcdefgh"}
    one_factor |= {f"template a, shots {n}, chain of thought off" for n in (1, 5)}
    one_factor |= {"template a, shots 0, chain of thought on"}
    assert set(shown[1:11]) == one_factor


def test_models_asked_alike_share_prompts_and_same_prompts_share_a_place(make_run: MakeRun) -> None:
    folder = make_run(**{**ONE, "models": ("m", "n", "o"), "templates": ("a", "b")})

    def prompt(key: str) -> str:
        template = key.split("|")[2]
        return f"of o {template}" if key.startswith("o") else template

    rewritten(folder, prompt)
    first, second = gather(folder).prompts
    assert (first.models, second.models) == (("m", "n"), ("o",))
    assert [one.conditions for one in first.shown] == [
        ("template a, shots 0", "template a, shots 5"),
        ("template b, shots 0", "template b, shots 5"),
    ]
    assert [one.turns for one in second.shown] == [(Turn("", "of o a"),), (Turn("", "of o b"),)]


def test_the_page_shows_roles_and_hostile_prompts_as_text(make_run: MakeRun) -> None:
    hostile = "</pre></details><img src=x onerror=alert(1)>"
    turns = [{"role": "<i>system</i>", "content": hostile}, {"role": "user", "content": "2 + 2?"}]
    folder = rewritten(make_run(**ONE, form="chat", mean=9.0), lambda _: json.dumps(turns))
    html = make_report(folder).html.read_text(encoding="utf-8")
    asked = html[html.index('id="asked"') : html.index('id="methods"')]
    assert '<p class="note" dir="auto">&lt;i&gt;system&lt;/i&gt;:</p>' in asked
    assert '<pre dir="auto" tabindex="0">&lt;/pre&gt;&lt;/details&gt;&lt;img src=x' in asked
    assert re.search(
        '<p class="note" dir="auto">user:</p>\\s*<pre dir="auto" tabindex="0">2 \\+ 2\\?</pre>', asked
    )
    assert "<img" not in asked
    assert "16 of 16 conditions" in asked
    assert "; the very same with " in asked


def test_a_prompt_that_is_not_stored_is_said_to_be_missing(make_run: MakeRun) -> None:
    folder = make_run(**ONE)
    path = folder / "requests.parquet"
    pd.read_parquet(path).head(0).to_parquet(path)
    (task,) = gather(folder).prompts
    assert [one.turns for one in task.shown] == [()]
    assert "requests.parquet lacks this prompt." in make_report(folder).html.read_text(encoding="utf-8")


def test_a_run_of_which_nothing_was_graded_still_says_what_was_asked(make_run: MakeRun) -> None:
    (task,) = gather(make_run(**ONE, failing=1.0)).prompts
    assert all(one.turns for one in task.shown)


def test_only_the_requests_wanted_are_read(make_run: MakeRun) -> None:
    folder = make_run(**ONE)
    table = pd.read_parquet(folder / "requests.parquet")
    texts = read_texts([folder / "requests.parquet"], [table["key"].iloc[3]] * 2)
    assert texts == {table["key"].iloc[3]: (table["prompt"].iloc[3], table["completion"].iloc[3])}
    assert read_texts([folder / "requests.parquet"], []) == {}


def test_a_chat_reads_as_turns() -> None:
    stored = '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]'
    assert turns_of(stored, "chat") == (Turn("system", "Be brief."), Turn("user", "2 + 2?"))
    assert turns_of(stored, "chat_single") == turns_of(stored, "chat")
    assert as_one_text(turns_of(stored, "chat")) == "[system]\nBe brief.\n\n[user]\n2 + 2?"
    assert turns_of(stored, "completion") == (Turn("", stored),)
    assert as_one_text(turns_of(stored, "completion")) == stored


@pytest.mark.parametrize("stored", ['{"not": "turns"}', "[1]", "no json", '[{"role": "user"}]'])
def test_what_is_no_chat_is_one_text(stored: str) -> None:
    assert turns_of(stored, "chat") == (Turn("", stored),)


texts = st.integers(0, 400).map(lambda n: "x" * n)


@given(st.lists(texts.map(lambda text: Turn("user", text)), max_size=30), st.integers(200, 2000))
def test_a_capped_prompt_keeps_to_its_length_and_its_ends(turns: list[Turn], most: int) -> None:
    shown = capped(turns, most)
    assert len(shown) <= MOST_TURNS + 1
    said = 60 * len(shown)  # for "characters left out"
    assert sum(len(turn.text) for turn in shown) <= most + said
    if sum(len(turn.text) for turn in turns) <= most and len(turns) <= MOST_TURNS:
        assert shown == tuple(turns)
    if len(turns) > MOST_TURNS:
        assert shown[MOST_TURNS // 2].text == f"[… {len(turns) - MOST_TURNS} messages left out …]"
