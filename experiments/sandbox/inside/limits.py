"""Limits that a process sets itself before any code that is not ours runs in it."""

import os
import resource


def restrict(cpu_s: int, memory_mb: int, file_mb: int, files: int) -> None:
    """Sets hard limits; a process without privileges cannot raise them again."""
    for limit, value in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_mb << 20),
        (resource.RLIMIT_FSIZE, file_mb << 20),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def mute(*numbers: int) -> None:
    """Points file descriptors to /dev/null."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in numbers:
        os.dup2(null, number)
    os.close(null)
