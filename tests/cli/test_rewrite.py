"""`fathom rewrite`, from the model's replies to the cells that use them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main
from tests.loopback import Fault, LoopbackServer

ROOT = Path(__file__).parents[2]
FILE = "perturbation.file=runs/made/variants.jsonl"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")


def question(prompt: str) -> str:
    return prompt.rpartition("Text:\n")[2].strip()


def reworded(prompt: str, body: dict[str, Any]) -> str:
    """A good paraphrase, the question itself, an answer, and the first one again."""
    text = question(prompt)
    if "other words, with exactly" in prompt:
        return f"Tell me: {text}"
    if "another person" in prompt:
        return text
    if "another order" in prompt:
        return "It is so."
    return f"Here is the new text:\nTell me: {text}"


def translated(prompt: str, body: dict[str, Any]) -> str:
    return f"{'DE' if 'into German' in prompt else 'EN'} {question(prompt)}"


def rows() -> list[dict[str, Any]]:
    lines = Path("runs/made/variants.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def cells(name: str = "used") -> list[dict[str, Any]]:
    return json.loads(Path(f"runs/{name}/manifest.json").read_text(encoding="utf-8"))["cells"]


def command(server: LoopbackServer, *more: str) -> list[str]:
    url = f"model.openai.base_url={server.base_url}"
    return ["rewrite", "model=openai", "model.name=m", url, "name=made", "task.limit=6", *more]


def test_paraphrases_are_judged_written_and_used(capsys: pytest.CaptureFixture[str]) -> None:
    with LoopbackServer(responder=reworded) as server:
        assert main(command(server, "rewrite.number=4")) == 0
        assert server.stats.ok == 24
        said = capsys.readouterr().out
        assert "variants: " in said
        assert "turned down 6: asks nothing any more" in said
        made = rows()
        assert [row["verdict"] for row in made] == ["kept", "identical", "turned down", "repeated"] * 6
        assert {(row["kind"], row["model"], row["prompt_version"], row["language"]) for row in made} == {
            ("paraphrase", "m", 1, "")
        }
        assert [row["wording"] for row in made] == [0, 1, 2, 3] * 6
        assert len({row["seed"] for row in made}) == 4
        assert all(row["text"] == f"Tell me: {row['original']}" for row in made if row["verdict"] == "kept")
        before = Path("runs/made/variants.jsonl").read_bytes()
        assert main(command(server, "rewrite.number=4")) == 0
        assert server.stats.ok == 24, "what was written is not paid for again"
        assert Path("runs/made/variants.jsonl").read_bytes() == before
        # What a person turned down stays turned down, and what is missing is added.
        Path("runs/made/variants.jsonl").write_bytes(before.replace(b'"kept"', b'"turned down"', 1))
        assert main(command(server, "rewrite.number=5")) == 0
        assert [row["verdict"] for row in rows()].count("kept") == 5
        assert len(rows()) == 30
    assert main(["run", "task.limit=20", "perturbation=none,paraphrase+upper", FILE, "name=used"]) == 0
    assert [cell["perturbation"] for cell in cells()] == ["none", "paraphrase:made+upper"]
    capsys.readouterr()
    assert main(["show", "task.limit=6", "-n", "6", "perturbation=paraphrase", FILE]) == 0
    assert capsys.readouterr().out.count("\nQ: Tell me: ") == 5


def test_items_without_a_variant_are_asked_as_they_are() -> None:
    with LoopbackServer(responder=reworded) as server:
        assert main(command(server, "rewrite.number=1")) == 0
    assert main(["run", "perturbation=paraphrase", FILE, "task.limit=20", "name=used"]) == 0
    (cell,) = cells()
    assert cell["items"] == 20
    assert cell["perturbed"] == {"changed": 6, "unchanged": 14, "excluded": 0, "redrawn": 0}


def test_through_another_language_and_back() -> None:
    with LoopbackServer(responder=translated) as server:
        back = ("rewrite=back_translation", "rewrite.language=de", "rewrite.number=1")
        assert main(command(server, *back)) == 0
        assert server.stats.ok == 12
    made = rows()
    assert len(made) == 6
    for row in made:
        assert row["through"] == f"DE {row['original']}"
        assert row["text"] == f"EN DE {row['original']}"
        assert (row["kind"], row["language"], row["verdict"]) == ("back_translation", "de", "kept")


def test_translations_tell_their_language() -> None:
    arithmetic = ("task=arithmetic_mini", "rewrite=translation", "rewrite.language=de", "rewrite.number=1")
    with LoopbackServer(responder=translated) as server:
        assert main(command(server, *arithmetic)) == 0
    assert {row["language"] for row in rows()} == {"de"}
    use = ["perturbation=translation", FILE, "perturbation.language=de"]
    assert main(["run", "task=arithmetic_mini", "task.limit=6", "name=used", *use]) == 0
    (cell,) = cells()
    assert (cell["perturbation"], cell["perturbed"]["changed"]) == ("translation:de:made", 6)


def test_a_dry_run_asks_nothing_and_a_cap_holds(capsys: pytest.CaptureFixture[str]) -> None:
    back = ("rewrite=back_translation", "rewrite.language=de", "rewrite.number=2")
    with LoopbackServer(responder=translated) as server:
        assert main(command(server, *back, "dry_run=true")) == 0
        assert " 24 " in capsys.readouterr().out
        assert main(command(server, *back, "budget.requests=23")) == 2
        assert "would send 24 requests" in capsys.readouterr().err
        assert server.stats.requests == 0
        assert not Path("runs/made/variants.jsonl").exists()
        assert main(command(server, *back, "budget.requests=24")) == 0
        assert main(command(server, *back, "budget.requests=0")) == 0


def test_what_failed_is_counted_and_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    broken = True

    def moody(prompt: str, body: dict[str, Any]) -> str:
        if broken and len(question(prompt)) % 2:
            raise Fault(400, "no")
        return reworded(prompt, body)

    with LoopbackServer(responder=moody) as server:
        assert main(command(server, "rewrite.number=1")) == 1
        lost = 6 - len(rows())
        assert 0 < lost < 6
        assert f"{lost} texts could not be had; the same command" in capsys.readouterr().out
        broken = False
        assert main(command(server, "rewrite.number=1")) == 0
        assert len(rows()) == 6
        assert server.stats.ok == 6


def test_nothing_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    with LoopbackServer(error_rate=1.0, error_status=(400,)) as server:
        assert main(command(server, "rewrite.number=1")) == 2
    assert "nothing was written: " in capsys.readouterr().err
    assert not Path("runs/made/variants.jsonl").exists()


def test_killed_it_goes_on(tmp_path: Path) -> None:
    with LoopbackServer(responder=reworded, latency_ms=30) as server:
        words = command(server, "rewrite.number=4", "model.openai.concurrency=2", "task.subset_seed=1")
        line = [sys.executable, "-m", "experiments.cli", *(word.replace("=6", "=40") for word in words)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        running = subprocess.Popen(line, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        while server.stats.requests < 5:
            time.sleep(0.01)
            assert running.poll() is None
        running.send_signal(signal.SIGKILL)
        running.wait()
        time.sleep(0.3)  # what was under way comes to its end at the server
        assert not Path("runs/made/variants.jsonl").exists()
        before = server.stats.requests
        done = subprocess.run(
            line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert len(rows()) == 160
        assert server.stats.requests - before < 160, "what was committed before is not asked again"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("model=simulated",), "'simulated' writes no text"),
        (("model=openai", "model.name=m", "task=humaneval"), "paraphrase is for"),
        (("model=smollm2", "rewrite=translation"), "rewrite.language is None, expected a code such as"),
        (("model=smollm2", "rewrite=translation", "rewrite.language=dee"), "did you mean 'de'"),
        (("model=smollm2", "rewrite=paraphrse"), "paraphrse"),
        (("model=smollm2", "rewrite.number=0"), "rewrite.number is 0, expected 1 or more"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", *words]) == 2
    assert says in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rewrite", "--help"])
    assert "rewrite.number=5" in capsys.readouterr().out
