"""Runs one program, given on standard input."""

import sys

from .limits import mute, restrict


def main() -> None:
    """Limits first, then the program, as a module of its own."""
    restrict(*map(int, sys.argv[1:5]))
    program = sys.stdin.read()
    mute(0)
    del sys.argv[1:]
    exec(compile(program, "program", "exec"), {"__name__": "program"})
