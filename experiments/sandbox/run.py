"""Runs one program in the jail and says how it ended."""

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

from .jail import Jail, Jailed, Limits, check

Stopped = Literal["", "wall clock", "output"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended.

    Attributes:
        code: Its exit code; minus the signal's number if a signal ended it.
        stopped: Which limit it was killed for; empty if it ended by itself, or by a limit that the kernel
            keeps (processor time: code -9; memory: a MemoryError).
        stdout: What it printed, at most the limit's KiB.
        stderr: The same of its error messages.
    """

    code: int
    stopped: Stopped
    stdout: str
    stderr: str


def run(program: str, limits: Limits | None = None, jail: Jail | None = None) -> Outcome:
    """Runs a program and waits for its end.

    Args:
        program: Python text; its standard input is empty.
        limits: The default ones if None.
        jail: From `check`, which is asked if None.

    Raises:
        SandboxError: It cannot be run safely here.
    """
    limits, jail = limits or Limits(), jail or check()
    deadline = time.monotonic() + limits.wall_s
    with jail.start("alone", limits) as process:
        try:
            return _watch(process, program, limits, deadline)
        finally:
            process.kill()


def _watch(process: Jailed, program: str, limits: Limits, deadline: float) -> Outcome:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    for act in (partial(process.stdin.write, program.encode(errors="surrogatepass")), process.stdin.close):
        with suppress(BrokenPipeError):  # it ended at once; its error messages say why
            act()
    kept = {process.stdout: bytearray(), process.stderr: bytearray()}
    stopped: Stopped = ""
    with selectors.DefaultSelector() as selector:
        for stream in kept:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map() and not stopped:
            for key, _ in selector.select(max(deadline - time.monotonic(), 0)):
                stream = process.stdout if key.fileobj is process.stdout else process.stderr
                part = os.read(stream.fileno(), 1 << 16)
                kept[stream] += part
                if not part:
                    selector.unregister(stream)
            if max(map(len, kept.values())) > limits.output_kb << 10:
                stopped = "output"
            elif time.monotonic() >= deadline and selector.get_map():
                stopped = "wall clock"
    if not stopped:
        try:
            process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            stopped = "wall clock"
    process.kill()
    code = process.wait()
    code = -signal.SIGKILL if stopped else 128 - code if code > 128 else code  # bubblewrap's 128 + signal
    texts = (bytes(kept[stream][: limits.output_kb << 10]).decode(errors="replace") for stream in kept)
    return Outcome(code, stopped, *texts)
