"""Whether two mathematical expressions are equal: computer algebra, in a process that may fail.

An expression that a model wrote can keep computer algebra busy for ever or fill the memory. So it runs apart,
limited in processor time and memory, and is started anew when it did not return. Processor time decides, so
that a busy machine gives the same answers.
"""

import atexit
import contextlib
import json
import logging
import os
import re
import selectors
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

_LOGGER = logging.getLogger(__name__)
_PROGRAM = Path(__file__).with_name("algebra.py")
_START_S = 120.0  # of wall time, to import computer algebra from a slow disk
_PATIENCE = 12  # wall time a second of processor time, after which a process is given up


class AlgebraError(Exception):
    """Computer algebra does not run on this machine; the message says how to see why."""


@lru_cache(maxsize=65536)
def equivalent(gold: str, written: str) -> bool:
    """Whether two expressions in LaTeX are equal, by computer algebra (math-verify).

    What math-verify does not tell apart is different here: "a" and "A", an equation and its right side,
    degrees and radians, a decimal and what it approximates.

    Args:
        gold: The reference.
        written: What was written.

    Returns:
        Whether they are; False where they cannot be read, or where that took more than its processor time or
        memory, which is logged as a warning.

    Raises:
        AlgebraError: Computer algebra does not start.
    """
    return not _different(gold, written) and _WORKER.ask(gold, written)


def check() -> None:
    """Makes sure that expressions can be compared on this machine.

    Raises:
        AlgebraError: They cannot.
    """
    if not _WORKER.ask("x+1", "1+x"):
        raise AlgebraError(f"computer algebra gives wrong answers: is math-verify whole? ({_PROGRAM})")


_LETTERS = re.compile(r"(?<![a-zA-Z\\])[a-zA-Z]+")  # of variables, not of commands


def _different(gold: str, written: str) -> bool:
    """Whether two expressions are different at first sight."""
    if not (gold.isascii() and written.isascii()):  # "√" and the like are written as commands
        return True
    if any((mark in gold) != (mark in written) for mark in ("=", r"\circ")):
        return True
    mine, theirs = ({letter for run in _LETTERS.findall(text) for letter in run} for text in (gold, written))
    return any(letter.swapcase() in theirs for letter in mine - theirs)


class Worker:
    """A process that compares expressions, started when it is first needed.

    It may be asked from several threads. After a fork the child starts one of its own.

    Attributes:
        seconds: Processor time that a comparison may take.
        memory: Bytes of address space that it may use.
    """

    def __init__(self, seconds: int = 5, memory: int = 2**31) -> None:
        self.seconds = seconds
        self.memory = memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        os.register_at_fork(after_in_child=self._forget)

    def ask(self, gold: str, written: str) -> bool:
        """Whether two expressions are equal; False if that cannot be told within the limits.

        Raises:
            AlgebraError: The process does not start.
        """
        request = json.dumps([gold, written]).encode() + b"\n"
        with self._lock:
            process = self._process or self._started()
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(request)
                process.stdin.flush()
            answer = _line(process, self.seconds * _PATIENCE)
            if not answer:
                self._stop()
                _LOGGER.warning("given up, so not equal: %.200s and %.200s", ascii(gold), ascii(written))
                return False
        return json.loads(answer)

    def close(self) -> None:
        """Ends the process, if there is one."""
        with self._lock:
            self._stop()

    def _started(self) -> subprocess.Popen[bytes]:
        # -P: the modules beside the program are none of its business
        command = [sys.executable, "-P", str(_PROGRAM), str(self.seconds), str(self.memory)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        if not _line(self._process, _START_S):
            self._stop()
            raise AlgebraError(f"computer algebra does not start; to see why: {' '.join(command)}")
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(BrokenPipeError):
                process.communicate()

    def _forget(self) -> None:
        """Leaves the parent's process alone."""
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.returncode = 0  # not this process's child, and not to be waited for
            self._process = None


def _line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The next line of a process's output; empty if it ended, or none came in time."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(seconds) else b""


_WORKER = Worker()
atexit.register(_WORKER.close)
