"""How many threads an engine may have on this machine's processor."""

import os
import time
from pathlib import Path


def free_cores() -> int:
    """The physical cores this process may use that nobody else does now, 1 to 8; one in CI.

    An engine's threads wait for one another: two on one free core of two took twice as long as one thread,
    at times 16 times. Answers do not depend on their number.
    """
    if os.environ.get("CI"):
        return 1
    allowed = os.sched_getaffinity(0)
    physical = {_siblings(core) for core in allowed}
    before = _busy_ticks(allowed)
    time.sleep(0.1)
    busy = (_busy_ticks(allowed) - before) / (0.1 * os.sysconf("SC_CLK_TCK"))
    return max(1, min(8, len(physical) - round(busy)))


def _siblings(core: int) -> str:
    """Names the physical core that a logical one belongs to."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text("utf-8")
    except OSError:
        return str(core)


def _busy_ticks(cores: set[int]) -> int:
    """Clock ticks that cores have spent on anything since the machine started; 0 if that cannot be read."""
    try:
        lines = Path("/proc/stat").read_text("utf-8").splitlines()
    except OSError:
        return 0
    ticks = {
        fields[0]: [int(field) for field in fields[1:9]]
        for fields in map(str.split, lines)
        if fields[0].startswith("cpu")
    }
    return sum(sum(ticks[name]) - sum(ticks[name][3:5]) for core in cores if (name := f"cpu{core}") in ticks)
