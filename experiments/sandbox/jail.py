"""The jail: what a program that a model wrote can see and use, by way of bubblewrap."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from . import seccomp

OVERRIDE = "FATHOM_RUN_CODE_WITHOUT_SANDBOX"
OVERRIDE_VALUE = "yes-run-untrusted-code-here"

Side = Literal["alone", "examinee", "examiner"]
_INSIDE = Path(__file__).parent / "inside"
_MOUNTED = "/jail"


class SandboxError(Exception):
    """Model-written code cannot be run safely here; the message says why and what to do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use. It is one process of one thread: it can start no other.

    Attributes:
        wall_s: Seconds by the clock, after which everything in the jail is killed.
        cpu_s: Whole seconds of processor time, which a busy machine makes no scarcer.
        memory_mb: MiB of address space.
        tmp_mb: MiB that all its files in /tmp may hold together.
        output_kb: KiB of output that are kept; at more the program is killed.
        files: How many files may be open at once.
    """

    wall_s: float = 30.0
    cpu_s: int = 8
    memory_mb: int = 1024
    tmp_mb: int = 16
    output_kb: int = 64
    files: int = 64


class Jailed(subprocess.Popen[bytes]):
    """A running jail."""

    def kill(self) -> None:
        """Kills all that runs in it; without a jail, what has not left the process group."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Jail:
    """How programs are run.

    In the jail a program sees /usr and its links, the Python installation it runs on and an empty /tmp; all
    but /tmp is read-only. It has no network, no /proc, no environment variables of ours, no capabilities, a
    process and user namespace of its own, and the system calls that `seccomp` leaves it.

    Attributes:
        bwrap: The path of bubblewrap; None to run programs without a jail, under resource limits only.
    """

    bwrap: str | None

    def start(
        self,
        side: Side,
        limits: Limits,
        *,
        arguments: Sequence[str] = (),
        stdin: int = subprocess.PIPE,
        stdout: int = subprocess.PIPE,
        pass_fds: Sequence[int] = (),
    ) -> Jailed:
        """Starts one of the modules of `inside`; to kill what it returns kills all that runs in the jail."""
        package = _MOUNTED if self.bwrap else str(_INSIDE.parent)
        bootstrap = f"import sys; sys.path.append({package!r}); from inside.{side} import main; main()"
        numbers = (limits.cpu_s, limits.memory_mb, limits.tmp_mb, limits.files)
        flags = ["-P", "-s", "-S", "-B", "-X", "utf8"]  # not -I, which ignores PYTHONHASHSEED
        command = [_interpreter(), *flags, "-c", bootstrap, *map(str, numbers), *arguments]
        if self.bwrap is None:
            return Jailed(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                pass_fds=pass_fds,
                env=_environment(),
                cwd="/tmp",
                start_new_session=True,
            )
        filter_fd = _readable(seccomp.denied(seccomp.machine()))
        try:
            return Jailed(
                [self.bwrap, *_walls(limits), "--seccomp", str(filter_fd), "--", *command],
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                pass_fds=(*pass_fds, filter_fd),
                start_new_session=True,  # a Ctrl-C ends us, and we end it: no program fails by it
            )
        finally:
            os.close(filter_fd)


def check() -> Jail:
    """How model-written code is to be run here; to be called before anything is asked or paid.

    Returns:
        The jail; without one, and with the override set, no jail, after a warning on stderr (once a process).

    Raises:
        SandboxError: There is no jail and no override.
    """
    try:
        return available()
    except SandboxError as error:
        value = os.environ.get(OVERRIDE)
        if value == OVERRIDE_VALUE:
            _warn()
            return Jail(None)
        wrong = f" ({OVERRIDE} is {value!r}, which is not the value.)" if value else ""
        raise SandboxError(
            f"{error}\nIn a container of your own that may be lost, {OVERRIDE}={OVERRIDE_VALUE} runs "
            f"model-written code unprotected instead.{wrong}"
        ) from None


def available() -> Jail:
    """The jail, after a program has been run in it.

    Raises:
        SandboxError: It does not work here; the message says why and what to do.
    """
    if sys.platform != "linux":
        raise SandboxError(f"model-written code runs in a sandbox that needs Linux; this is {sys.platform}")
    if not seccomp.known(seccomp.machine()):
        raise SandboxError(f"the sandbox for model-written code knows no {seccomp.machine()} processors")
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxError(
            "model-written code runs in a sandbox, for which the program bwrap is missing: apt install "
            "bubblewrap (dnf, pacman and apk have it under the same name)"
        )
    jail = Jail(bwrap)
    trial = jail.start("alone", Limits())
    try:
        out, err = trial.communicate(b"print('in jail')", timeout=30)
    except subprocess.TimeoutExpired:
        trial.kill()
        trial.communicate()
        raise SandboxError("the sandbox for model-written code did not start within 30 s") from None
    if trial.returncode or out != b"in jail\n":
        raise SandboxError(_explain(err.decode(errors="replace").strip()))
    return jail


def _walls(limits: Limits) -> list[str]:
    base = os.path.realpath(sys.base_prefix)
    walls = ["--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--hostname", "jail"]
    walls += ["--ro-bind", "/usr", "/usr"]
    for path in ("/bin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(path):
            walls += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            walls += ["--ro-bind", path, path]
    if not base.startswith("/usr/") and base != "/usr":
        walls += ["--ro-bind", base, base]
    walls += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]  # for a Python below /usr/local
    walls += ["--ro-bind", str(_INSIDE), f"{_MOUNTED}/inside"]
    for device in ("null", "zero", "urandom"):
        walls += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    walls += ["--size", str(limits.tmp_mb << 20), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp"]
    walls += ["--clearenv"]
    for name, value in _environment().items():
        walls += ["--setenv", name, value]
    return [*walls, "--new-session", "--die-with-parent", "--cap-drop", "ALL"]


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/tmp", "PYTHONHASHSEED": "0"}


def _interpreter() -> str:
    """The Python that this one's virtual environment is based on: it needs no file of the environment."""
    base, version = os.path.realpath(sys.base_prefix), f"{sys.version_info.major}.{sys.version_info.minor}"
    found = os.path.join(base, "bin", f"python{version}")
    return found if os.path.exists(found) else os.path.realpath(sys.executable)


def _readable(content: bytes) -> int:
    read, write = os.pipe()
    os.write(write, content)
    os.close(write)
    return read


def _explain(error: str) -> str:
    shown = error[-500:] or "it ended without a word"
    if "Unknown option" in error:
        advice = "bubblewrap 0.7 or newer is needed"
    elif (
        "uid map" in error or "namespace" in error or "Permission denied" in error or "not permitted" in error
    ):
        advice = (
            "this system does not let you make user namespaces. On Ubuntu 24.04 and later: sudo sysctl -w "
            "kernel.apparmor_restrict_unprivileged_userns=0, or a profile of AppArmor for bwrap. On old "
            "Debian: sudo sysctl -w kernel.unprivileged_userns_clone=1. In a container: start it with "
            "--privileged"
        )
    else:
        advice = "run bwrap by hand to see more"
    return f"the sandbox for model-written code does not work here: {shown}\n{advice}"


@cache
def _warn() -> None:
    print(
        f"WARNING: {OVERRIDE} is set and there is no sandbox: programs that a model wrote run with your "
        "rights, on your files and your network",
        file=sys.stderr,
    )
