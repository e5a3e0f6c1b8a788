from pathlib import Path

import pytest

from experiments.cli import main


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fathom plan --question ", "score better same stable factors ranking"),
        ("fathom plan runs/a --question s", "score same stable"),
        ("fathom plan --que", "--question"),
        ("fathom plan --task triv", "trivia_mini triviaqa"),
        ("fathom plan --html ", ""),
        ("fathom import i", "inspect"),
        ("fathom import --output runs/a l", "lm-eval"),
        ("fathom import lm-eval ", ""),
        ("fathom store ", "prune export import verify"),
        ("fathom store prune --m", "--model"),
        ("fathom regrade runs/a stri", "strict"),
        ("fathom completion ", "bash zsh"),
        ("fathom help comp", "compare completion"),
        ("fathom nonsense ", ""),
    ],
)
def test_tab_completes_what_a_command_takes(line: str, expected: str, capsys: pytest.CaptureFixture[str]):
    assert main(["completion", "query", line]) == 0
    assert capsys.readouterr().out.split() == expected.split()


def test_tab_completes_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    for name in ("old", "new"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    for line in ("fathom compare ", "fathom gate runs/new --baseline ", "fathom plan --html page.html "):
        assert main(["completion", "query", line]) == 0
        assert capsys.readouterr().out.split() == ["runs/new", "runs/old"]
