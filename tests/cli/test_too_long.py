"""Items too long for a model's context: fewer shots where asked for, flagged wherever one looks."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.cli import main
from tests.loopback import LoopbackServer

RUN = Path("runs/few")
CONTEXT = 150


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def arguments(server: LoopbackServer, *more: str) -> list[str]:
    return [
        "model=openai",
        "model.name=loopback",
        f"model.openai.base_url={server.base_url}",
        f"model.openai.context={CONTEXT}",
        "form=completion",
        "task.limit=20",
        "shots=0,4",
        "too_long=fewer_shots",
        *more,
    ]


def outcomes() -> pd.DataFrame:
    return pd.read_parquet(RUN / "outcomes.parquet")


def test_fewer_shots_are_asked_recorded_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    with LoopbackServer() as server:
        assert main(["run", *arguments(server, "dry_run=true")]) == 0
        assert "of them with fewer examples than asked for" in capsys.readouterr().out
        assert server.stats.requests == 0
        assert main(["run", *arguments(server, "name=few")]) == 0
        sent = server.stats.requests
        table = outcomes()
        assert main(["run", *arguments(server, "name=few")]) == 0
        assert server.stats.requests == sent
    few = table[(table["shots"] == 4) & table["primary"]]
    assert set(few["shots_shown"]) <= {0, 1, 2, 3, 4}
    assert few["shots_shown"].min() < 4
    assert (table[table["shots"] == 0]["shots_shown"] == 0).all()
    pd.testing.assert_frame_equal(outcomes(), table)

    manifest: dict[str, Any] = json.loads((RUN / "manifest.json").read_text(encoding="utf-8"))
    counts = few["shots_shown"][few["shots_shown"] < 4].value_counts().sort_index()
    assert [cell["fewer_shots"] for cell in manifest["cells"]] == [
        {},
        {str(shown): number for shown, number in counts.items()},
    ]
    report = json.loads((RUN / "report.json").read_text(encoding="utf-8"))
    assert f"in {counts.sum()} of 20 prompts only" in " ".join(report["quality"]["notes"])

    assert main(["regrade", str(RUN), "strict"]) == 0
    again = outcomes()
    assert list(again[again["primary"]]["shots_shown"]) == list(table[table["primary"]]["shots_shown"])
    report = json.loads((RUN / "report.json").read_text(encoding="utf-8"))
    assert f"in {counts.sum()} of 20 prompts only" in " ".join(report["quality"]["notes"])


def test_show_shows_what_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with LoopbackServer() as server:
        assert main(["show", *arguments(server), "model.openai.context=60"]) == 0
    assert "0 of 4 shots: no more fit the model's context" in capsys.readouterr().out


def test_an_address_does_not_say_how_much_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "model=gpt-4o-mini", "model.openai.context=null", "too_long=fewer_shots"]) == 2
    assert "set model.openai.context" in capsys.readouterr().err


@pytest.mark.model
def test_with_fewer_shots_prompt_and_answer_fit_the_embedded_models_context() -> None:
    words = ["model=smollm2", "model.llamacpp.context=256", "form=chat", "shots=9", "task.limit=3"]
    assert main(["run", *words, "too_long=fewer_shots", "name=few"]) == 0
    table, requests = outcomes(), pd.read_parquet(RUN / "requests.parquet")
    assert (table["status"] != "failed").all()
    assert table["shots_shown"].between(1, 8).all()
    assert (requests["prompt_tokens"] + 16 <= 256).all()  # 16 tokens for an answer to TriviaMini
    assert (requests["prompt_tokens"] > 150).all()  # another exemplar has some 30
