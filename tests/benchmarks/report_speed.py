"""What a report of 10⁶ outcomes takes: seconds, processor seconds, and the size of its page and its numbers.

python tests/benchmarks/report_speed.py [folder to work in, default a temporary one]

2 models × 10 or 50 templates × 2 numbers of shots, two graders; without failed requests and with 1 % of them.
Where others use the machine too, set OPENBLAS_NUM_THREADS=1: its threads spin while they wait for each other,
which counts as processor time.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.report.build import make_report
from experiments.store.manifest import LAYOUT, versions, write_manifest
from experiments.store.tables import OUTCOMES, REQUESTS, outcomes_schema, requests_schema, write_table

MODELS, SHOTS, GRADERS = ("a", "b"), (0, 5), ("strict", "lenient")
OUTCOMES_EACH = 1_000_000


def cell_of(index: int, model: str, template: int, shots: int, items: int) -> dict[str, Any]:
    """A cell's record."""
    return {
        "index": index, "overrides": [], "model": model, "task": "t", "template": f"qa/{template}",
        "form": "completion", "shots": shots, "cot": False, "exemplar_seed": 0, "perturbation": "none",
        "severity": 0.0, "perturbation_seed": 0, "temperature": 0.0, "top_p": 1.0, "sampling_seed": 0,
        "replicate": 0, "identity": model, "graders": list(GRADERS), "items": items, "engine_noise": False,
        "samples": 1,
        "error": None,
    }  # fmt: skip


def outcomes_of(cell: dict[str, Any], ability: "np.ndarray[Any, Any]", failing: float, seed: int) -> Any:
    """A cell's outcomes, as a table."""
    rng = np.random.default_rng(seed)
    right = rng.random(ability.size) < 0.55 + ability + rng.normal(0, 0.05)
    status = np.where(right, "correct", np.where(rng.random(ability.size) < 0.2, "unparsed", "wrong"))
    status = np.where(rng.random(ability.size) < failing, "failed", status)
    ids = np.char.add("item-", np.arange(ability.size).astype(str))
    schema, tables = outcomes_schema(), list[Any]()
    fixed = {name: cell[name] for name in schema.names if name in cell}
    for place, grader in enumerate(GRADERS):
        seen = status if place == 0 else np.where(status == "unparsed", "correct", status)
        frame = pd.DataFrame(
            fixed
            | {
                "cell": cell["index"], "item_id": ids, "subject": "", "reading": "", "grader": grader,
                "shots_shown": cell["shots"], "primary": place == 0, "control": False, "status": seen,
                "extracted": "x", "changed": False,
                "score": np.where(seen == "failed", np.nan, seen == "correct"), "realised": 0.0,
                "key": np.char.add(f"{cell['index']}-", ids), "error": None,
            }
        )  # fmt: skip
        tables.append(pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False))
    return pa.concat_tables(tables)


def write_run(folder: Path, templates: int, failing: float) -> None:
    """A run folder of 10⁶ outcomes without texts."""
    conditions = [(m, t, s) for m in MODELS for t in range(templates) for s in SHOTS]
    items = OUTCOMES_EACH // (len(conditions) * len(GRADERS))
    ability = np.random.default_rng(0).normal(0, 0.2, items)
    cells = [cell_of(index, *condition, items) for index, condition in enumerate(conditions)]
    tables = [outcomes_of(cell, ability, failing, cell["index"]) for cell in cells]
    folder.mkdir(parents=True)
    pq.write_table(pa.concat_tables(tables).unify_dictionaries(), folder / OUTCOMES)
    write_table(folder / REQUESTS, {name: [] for name in requests_schema().names}, requests_schema())
    asked = len(cells) * items
    model = {
        "role": "model", "backend": "simulated", "revisions": ["r"], "sent": asked, "usd": 0.0,
        "prompt_tokens": 0, "completion_tokens": 0, "error": None,
    }  # fmt: skip
    task = {
        "name": "t", "title": "T", "category": "Knowledge", "subcategory": "", "answer_type": "short",
        "metric": "exact match", "higher_is_better": True, "items": items, "fingerprint": "f", "source": "",
    }  # fmt: skip
    counts = {
        "cells": len(cells),
        "failed_cells": 0,
        "asked": asked,
        "unique": asked,
        "cached": 0,
        "sent": asked,
    }
    manifest = {
        "layout": LAYOUT, "name": "speed", "command": "", "finished": "2026-01-01T00:00:00Z", "wall_s": 0.0,
        "versions": versions(), "report": {"level": 0.95, "flipped": 40}, "counts": counts, "tasks": [task],
        "models": [model | {"name": name, "identity": name} for name in MODELS], "cells": cells,
    }  # fmt: skip
    write_manifest(folder, manifest)


def main(arguments: Sequence[str]) -> None:
    """Prints one line a run."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[0] if arguments else temporary)
        for templates, failing in ((10, 0.0), (10, 0.01), (50, 0.0), (50, 0.01)):
            run = folder / f"{templates}-{failing:g}"
            write_run(run, templates, failing)
            began, used = time.perf_counter(), time.process_time()
            report = make_report(run)
            took, used = time.perf_counter() - began, time.process_time() - used
            page, numbers = (path.stat().st_size / 1000 for path in (report.html, report.json))
            print(
                f"{templates} templates, {failing:.0%} failed: {took:.1f} s, {used:.1f} s of processors, "
                f"page {page:.0f} kB, report.json {numbers:.0f} kB",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
