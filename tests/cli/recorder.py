"""The command line with something that stands in for running cells, and as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from experiments.cli import Lab, main
from experiments.sweep.compose import ComposedCell

CLI = [sys.executable, "-m", "experiments.cli"]


@dataclass
class Outcome:
    exit_code: int


@dataclass
class Recorder:
    """Stands in for running cells; shots=7 fails, shots=8 is a mistake in the program."""

    calls: list[tuple[list[ComposedCell], Path]] = field(
        default_factory=list[tuple[list[ComposedCell], Path]]
    )
    finished: list[Path] = field(default_factory=list[Path])

    def run_cells(self, cells: Sequence[ComposedCell], run_dir: Path) -> Outcome:
        self.calls.append((list(cells), run_dir))
        if any(cell.config.shots == 8 for cell in cells):
            raise RuntimeError("a mistake")
        if any(cell.config.shots == 9 for cell in cells):
            raise KeyboardInterrupt
        return Outcome(int(any(cell.config.shots == 7 for cell in cells)))

    def fathom(self, *arguments: str) -> int:
        return main(arguments, Lab(self.run_cells, self.finished.append))


def shell(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CLI, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=120,
    )
