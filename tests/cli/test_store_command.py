"""`fathom store`: each of its words, as typed."""

from pathlib import Path

import pytest

from experiments.cli import main
from experiments.models.protocol import Completion
from experiments.store.completions import open_store


@pytest.fixture(autouse=True)
def _with_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store(Path("runs/completions.sqlite")) as store:
        store.put("simulated:s@1", [Completion(f"{number:064x}", "x", "stop", 3, 1) for number in range(5)])


def test_the_summary_names_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store"]) == 0
    said = capsys.readouterr().out
    assert "runs/completions.sqlite: 5 completions, 0.0 MB" in said
    assert said.splitlines()[-1].endswith("simulated:s@1")


def test_pruning_is_dry_without_yes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store", "prune", "--model", "simulated:*"]) == 0
    assert "5 completions would be taken out; --yes does it" in capsys.readouterr().out
    assert main(["store", "prune", "--older-than", "1d", "--yes"]) == 0
    assert "0 completions taken out" in capsys.readouterr().out
    assert main(["store", "prune", "--model", "simulated:*", "--yes"]) == 0
    assert "5 completions taken out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["prune"], "name --model or --older-than"),
        (["prune", "--older-than", "soon"], "--older-than is 'soon', expected an age such as 30d"),
        (["verify", "--store", "absent.sqlite"], "there is no store absent.sqlite"),
        (["--store", "absent.sqlite"], "there is no store absent.sqlite"),
        (["export", "all.parquet", "--store", "absent.sqlite"], "there is no store absent.sqlite"),
        (["export", "absent/all.parquet"], "absent/all.parquet cannot be written: No such file or directory"),
        (["import", "absent.parquet"], "absent.parquet cannot be read"),
        (["import", "runs/completions.sqlite"], "runs/completions.sqlite cannot be read as Parquet"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", *words]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1


def test_export_import_and_verify(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store", "export", "all.parquet"]) == 0
    assert main(["store", "import", "all.parquet", "--store", "other.sqlite"]) == 0
    assert main(["store", "verify", "--store", "other.sqlite"]) == 0
    said = capsys.readouterr().out
    assert "5 completions written to all.parquet" in said
    assert "5 completions added, 0 were there already" in said
    assert "other.sqlite is sound: 5 completions" in said


def test_a_damaged_store_fails_verification(capsys: pytest.CaptureFixture[str]) -> None:
    store = Path("runs/completions.sqlite")
    data = bytearray(store.read_bytes())
    data[4096 : 3 * 4096] = bytes(2 * 4096)
    store.write_bytes(data)
    assert main(["store", "verify"]) == 1
    assert "is damaged" in capsys.readouterr().out


def test_a_mistyped_word_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["store", "verfy"])
    assert "did you mean 'verify'?" in capsys.readouterr().err


def test_help_has_an_example_of_each_word(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["store", "--help"])
    said = capsys.readouterr().out
    for word in ("prune", "export", "import", "verify"):
        assert f"fathom store {word}" in said
