"""Where there is no jail, nothing runs, unless its absence is asked for by a name that says what that is."""

import os
import time
from pathlib import Path

import pytest

from experiments.sandbox import Jail, Limits, SandboxError, available, check, judge, run, seccomp
from experiments.sandbox.jail import OVERRIDE, OVERRIDE_VALUE

RIGHT, TESTS = "def f(x): return x + 1", "assert f(1) == 2"


@pytest.fixture(autouse=True)
def _no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Puts a bwrap in place that says something and fails."""

    def put(says: str) -> None:
        script = tmp_path / "bwrap"
        script.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 1\n", encoding="utf-8")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return put


def test_the_jail_is_there(jail: Jail):
    assert check() == available() == jail
    assert jail.bwrap is not None


def test_no_bubblewrap(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxError, match=r"apt install bubblewrap[^\n]*\n.*" + OVERRIDE):
        check()


@pytest.mark.parametrize(
    ("says", "advice"),
    [
        ("bwrap: setting up uid map: Permission denied", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ("bwrap: No permissions to create new namespace", "--privileged"),
        ("bwrap: Unknown option --size", "0.7 or newer"),
        ("bwrap: out of cheese", "out of cheese\nrun bwrap by hand"),
    ],
)
def test_a_bubblewrap_that_does_not_work(says: str, advice: str, broken: object):
    assert callable(broken)
    broken(says)
    with pytest.raises(SandboxError) as caught:
        check()
    assert says in str(caught.value)
    assert advice in str(caught.value)
    assert caught.value.exit_code == 2


def test_another_system(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(SandboxError, match="needs Linux; this is darwin"):
        available()
    monkeypatch.undo()
    monkeypatch.setattr(seccomp, "machine", lambda: "s390x")
    with pytest.raises(SandboxError, match="no s390x processors"):
        available()


def test_the_override_must_be_spelled_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    for value in ("1", "true", "yes", OVERRIDE_VALUE.upper()):
        monkeypatch.setenv(OVERRIDE, value)
        with pytest.raises(SandboxError, match=f"is '{value}', which is not the value"):
            check()


def test_the_override_warns_once(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    from experiments.sandbox import jail as module

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv(OVERRIDE, OVERRIDE_VALUE)
    module._warn.cache_clear()  # pyright: ignore[reportPrivateUsage] (it is remembered for the whole process)
    assert check() == check() == Jail(None)
    warning = capfd.readouterr().err
    assert warning.count("WARNING") == 1
    assert "your rights, on your files and your network" in warning


def test_the_override_does_not_take_the_jail_away(jail: Jail, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(OVERRIDE, OVERRIDE_VALUE)
    assert check() == jail


def test_without_a_jail_verdicts_and_limits_hold():
    bare, limits = Jail(None), Limits(wall_s=1.5, cpu_s=1, memory_mb=256)
    assert judge(RIGHT, TESTS, prefix="", entry="f", limits=limits, jail=bare).passed
    assert not judge("import os; os._exit(0)", TESTS, prefix="", entry="f", limits=limits, jail=bare).passed
    assert run("import os; print(sorted(os.environ))", limits, bare).stdout.startswith("['HOME', ")
    assert "MemoryError" in run("bytearray(1 << 30)", limits, bare).stderr
    assert run("while True: pass", limits, bare).code == -9
    assert run("import time; time.sleep(60)", limits, bare).stopped == "wall clock"


def test_without_a_jail_what_was_left_behind_is_killed(tmp_path: Path):
    trace = tmp_path / "trace"
    program = f"import os, time\nif os.fork(): os._exit(0)\nwhile True: open({str(trace)!r}, 'a').write('x')"
    assert run(program, Limits(wall_s=0.5), Jail(None)).stopped == "wall clock"
    length = trace.stat().st_size
    assert length > 0
    time.sleep(0.2)
    assert trace.stat().st_size == length
