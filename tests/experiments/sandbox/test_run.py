"""What a program in the jail cannot do. Each test would fail without the wall it is about."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from experiments.sandbox import Jail, Limits, Outcome, run

QUICK = Limits(wall_s=5, cpu_s=2, memory_mb=256, tmp_mb=4, output_kb=64, files=32)


def inside(program: str, jail: Jail, limits: Limits = QUICK) -> str:
    """What a program prints that is expected to end well."""
    outcome = run(program, limits, jail)
    assert (outcome.code, outcome.stopped, outcome.stderr) == (0, "", "")
    return outcome.stdout.strip()


def error_of(action: str, jail: Jail) -> str:
    """The name of the exception that an action raises; "nothing" if it succeeds."""
    program = f"try:\n    {action}\nexcept BaseException as error:\n    print(type(error).__name__)\nelse:\n"
    return inside(program + "    print('nothing')", jail)


def test_a_program_runs_and_its_end_is_known(jail: Jail):
    assert run("print('hello')", QUICK, jail) == Outcome(0, "", "hello\n", "")
    outcome = run("import sys; print('no', file=sys.stderr); sys.exit(3)", QUICK, jail)
    assert outcome == Outcome(3, "", "", "no\n")
    assert run("import os; os.kill(os.getpid(), 15)", QUICK, jail).code == -15
    assert run("1 +", QUICK, jail).stderr.endswith("SyntaxError: invalid syntax\n")


def test_the_standard_library_is_there_and_nothing_else(jail: Jail):
    modules = "collections, dataclasses, decimal, hashlib, heapq, itertools, json, math, re, typing, zlib"
    assert inside(f"import {modules}; print(hashlib.md5(b'').hexdigest()[:4])", jail) == "d41d"
    for module in ("numpy", "perturb", "pytest"):
        assert error_of(f"import {module}", jail) == "ModuleNotFoundError"


def test_only_the_system_and_python_can_be_seen(jail: Jail):
    seen = set(inside("import os; print(*os.listdir('/'))", jail).split())
    python = Path(os.path.realpath(sys.base_prefix)).parts[1]
    assert seen <= {"bin", "dev", "etc", "jail", "lib", "lib32", "lib64", "libx32", "tmp", "usr", python}
    assert inside("import os; print(os.listdir('/etc'))", jail) in ("['ld.so.cache']", "[]")
    for path in ("/etc/shadow", "/etc/passwd", "/proc/1/environ", "/proc/self/mem", "/sys", "/var", "/run"):
        assert error_of(f"open({path!r})", jail) == "FileNotFoundError", path


def test_the_users_files_cannot_be_seen(jail: Jail, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    home, here = os.path.realpath(Path.home()), str(Path(__file__).parent)
    for path in (str(secret), here, sys.prefix):
        assert error_of(f"import os; os.stat({path!r})", jail) == "FileNotFoundError"
    found = inside(f"import os; print(os.listdir({home!r}) if os.path.exists({home!r}) else [])", jail)
    inner = Path(os.path.realpath(sys.base_prefix))
    below = [inner.relative_to(home).parts[0]] if inner.is_relative_to(home) else []
    assert found == str(below)  # Python itself may lie below the home folder; nothing else there shows


def test_the_environment_is_empty_and_the_user_nobody(jail: Jail, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    names = set(inside("import os; print(*os.environ)", jail).split())
    assert names == {"PATH", "LC_ALL", "HOME", "PYTHONHASHSEED", "PWD"}
    program = "import os; print(os.getuid(), os.getgid(), os.uname().nodename)"
    assert inside(program, jail) == "65534 65534 jail"


def test_nothing_but_tmp_can_be_written(jail: Jail):
    for path in ("/x", "/usr/x", "/jail/x", "/jail/inside/x", "/dev/x", "/etc/x", f"{sys.base_prefix}/x"):
        assert error_of(f"open({path!r}, 'w')", jail) in ("OSError", "PermissionError"), path
    assert error_of("import os; os.remove('/jail/inside/wire.py')", jail) == "OSError"
    assert inside("open('/tmp/x', 'w').write('x'); print(open('/tmp/x').read())", jail) == "x"
    assert inside("import os; print(os.listdir('/tmp'), os.getcwd())", jail) == "[] /tmp"


def test_tmp_can_be_filled_but_not_beyond_its_size(jail: Jail):
    program = """
import os
written = 0
try:
    for number in range(100):
        with open(f"/tmp/{number}", "wb") as file:
            written += os.write(file.fileno(), bytes(1 << 20))
except OSError as error:
    print(error.errno, written)
"""
    assert inside(program, jail) == f"28 {4 << 20}"
    fills = "import os, signal; signal.signal(25, signal.SIG_IGN); f = os.open('/tmp/x', 65)\n"
    assert inside(f"{fills}print(sum(os.write(f, bytes(1 << 16)) for _ in range(64)))", jail) == str(4 << 20)


def test_there_is_no_network(jail: Jail):
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind("\0prompt-fathom-test")
        unix.listen()
        port = tcp.getsockname()[1]
        action = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
        assert error_of(action, jail) == "PermissionError"
        for family in ("AF_UNIX", "AF_INET6", "AF_VSOCK", "AF_NETLINK", "AF_PACKET"):
            assert error_of(f"import socket; socket.socket(socket.{family}, 3)", jail) == "PermissionError"
    # asyncio talks to itself over a pair of sockets, and may.
    assert inside("import asyncio; asyncio.run(asyncio.sleep(0)); print('slept')", jail) == "slept"


def test_no_file_of_ours_is_left_open(jail: Jail, tmp_path: Path):
    with (tmp_path / "secret").open("w", encoding="utf-8") as file:
        os.set_inheritable(file.fileno(), True)
        program = "import os\nfor number in range(256):\n    try:\n        os.fstat(number); print(number)\n"
        assert inside(f"{program}    except OSError: pass", jail).split() == ["0", "1", "2"]


def test_it_is_one_process_of_one_thread(jail: Jail):
    assert error_of("import os; os.fork()", jail) == "PermissionError"
    assert error_of("import subprocess; subprocess.run(['/bin/true'])", jail) == "PermissionError"
    assert error_of("import threading; threading.Thread(target=print).start()", jail) == "RuntimeError"
    bomb = (
        "import os\nfor _ in range(10_000):\n    try: os.fork()\n    except OSError: pass\nprint(os.getpid())"
    )
    assert inside(bomb, jail) == "2"
    assert inside("import os; print(os.getppid())", jail) == "1"


def test_other_processes_cannot_be_reached(jail: Jail):
    ours = os.getpid()
    assert error_of(f"import os; os.kill({ours + 100_000}, 9)", jail) == "ProcessLookupError"
    assert error_of(f"import os; os.kill({ours}, 9)", jail) == "ProcessLookupError"
    # Process 1 of the jail is bubblewrap's; it takes no signals, and -1 means the others in the jail: none.
    assert inside("import os; os.kill(os.getppid(), 9); print('goes on')", jail) == "goes on"
    assert error_of("import os; os.kill(-1, 9)", jail) == "ProcessLookupError"


@pytest.mark.parametrize("call", ["ptrace", "unshare", "setns", "mount", "shmget", "memfd_create", "bpf"])
def test_calls_to_the_kernel_are_denied(call: str, jail: Jail):
    program = f"""
import ctypes, os
call = ctypes.CDLL(None, use_errno=True)[{"syscall" if call == "bpf" else call!r}]
print(call(*([321 if os.uname().machine == "x86_64" else 280] if {call == "bpf"} else []), 0, 0, 0, 0, 0))
print(ctypes.get_errno())
"""
    assert inside(program, jail).split() == ["-1", "1"]


def test_the_other_interfaces_of_the_processor_are_closed(jail: Jail):
    program = "import ctypes, os\nctypes.CDLL(None).syscall(0x40000000 | 39)\nprint('done')"  # x32's getpid
    if os.uname().machine != "x86_64":
        pytest.skip("x86_64 only")
    assert run(program, QUICK, jail).code == -31  # SIGSYS


def test_limits_cannot_be_raised(jail: Jail):
    assert (
        error_of("import resource; resource.setrlimit(resource.RLIMIT_CPU, (99, 99))", jail) == "ValueError"
    )
    program = "import os\ntry: [os.dup(0) for _ in range(100)]\nexcept OSError as error: print(error.errno)"
    assert inside(program, jail) == "24"


@pytest.mark.parametrize("attack", ["bytearray(1 << 40)", "'x' * (1 << 28)", "[0] * (1 << 27)"])
def test_memory_ends(attack: str, jail: Jail):
    assert error_of(attack, jail) == "MemoryError"


def test_memory_that_grows_slowly_ends(jail: Jail):
    outcome = run("hog = []\nwhile True: hog.append(bytes(1 << 16))", QUICK, jail)
    assert outcome.code == 1
    assert "MemoryError" in outcome.stderr


def test_processor_time_ends(jail: Jail):
    limits = Limits(wall_s=20, cpu_s=1)
    program = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    assert run(program, limits, jail) == Outcome(-9, "", "", "")


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",
        "import signal\nfor n in {1, 2, 3, 15}: signal.signal(n, signal.SIG_IGN)\nsignal.pause()",
        "import os\nos.close(1); os.close(2)\nimport time; time.sleep(60)",
    ],
)
def test_the_clock_ends_it(program: str, jail: Jail):
    start = time.monotonic()
    outcome = run(program, Limits(wall_s=0.7), jail)
    assert time.monotonic() - start < 10
    assert outcome == Outcome(-9, "wall clock", "", "")


def test_output_is_cut_off(jail: Jail):
    for stream in ("stdout", "stderr"):
        outcome = run(f"import sys\nwhile True: sys.{stream}.write('x' * 4096)", QUICK, jail)
        assert (outcome.code, outcome.stopped) == (-9, "output")
        assert len(getattr(outcome, stream)) == QUICK.output_kb << 10


def test_there_is_no_input(jail: Jail):
    assert error_of("input()", jail) == "EOFError"


def test_deep_recursion_is_the_programs_own_end(jail: Jail):
    assert error_of("f = lambda: f(); f()", jail) == "RecursionError"
    deeper = "import sys; sys.setrecursionlimit(1 << 30)\nclass A:\n    def __repr__(self): "
    assert run(f"{deeper}return repr(self)\nrepr(A())", QUICK, jail).code != 0


def test_nothing_lives_on(jail: Jail, tmp_path: Path):
    """Killed from outside, as by the clock, the jail's processes are gone, and with us they are gone too."""
    marker = "f00dface" * 4
    program = f"import signal, sys; sys.argv.append({marker!r})\nprint('up', flush=True)\nsignal.pause()"
    starter = (
        "import sys, time\nfrom experiments.sandbox import Jail, Limits\n"
        f"p = Jail({jail.bwrap!r}).start('alone', Limits(), arguments=({marker!r},))\n"
        f"p.stdin.write({program!r}.encode()); p.stdin.close()\n"
        "print(p.stdout.readline().decode(), end='', flush=True)\ntime.sleep(60)"
    )
    root = str(Path(__file__).parents[3])
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, cwd=root) as us:
        assert us.stdout is not None
        assert us.stdout.readline() == b"up\n"
        assert _running(marker)
        us.kill()
    deadline = time.monotonic() + 5
    while _running(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _running(marker) == []


def _running(marker: str) -> list[str]:
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile
        if marker.encode() in words:
            found.append(path.parent.name)
    return found


def test_an_ordinary_user_has_the_same_jail(jail: Jail):
    """Root has more to lose; but the jail must not need root."""
    if os.getuid() != 0:
        pytest.skip("these tests already run as an ordinary user")
    python = Path("/usr/bin/python3")
    root = Path(__file__).parents[3]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = Path(folder) / "experiments"
        subprocess.run(["cp", "-r", root / "experiments", copy], check=True)
        old = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if not python.exists() or subprocess.run(old, check=False).returncode:
            pytest.skip("the system has no Python of version 3.11 or later that an ordinary user could run")
        program = """
from experiments.sandbox import *
jail = available()
print(run('import os; print(os.getuid(), os.listdir("/tmp"))', jail=jail).stdout, end="")
print(judge("def f(x): return x", "assert f(1) == 1", prefix="", entry="f", limits=Limits(), jail=jail))
"""
        done = subprocess.run(
            [python, "-B", "-c", program],
            user=1234,
            group=1234,
            extra_groups=(),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout == "65534 []\nVerdict(passed=True, why='')\n", done.stderr
