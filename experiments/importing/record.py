"""The record of an imported run: what was imported, and what its logs do not say."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.importing.formats import Format
from experiments.importing.rows import Condition, Source
from experiments.importing.tally import CellCount
from experiments.schema import ReportConfig
from experiments.store.manifest import LAYOUT, Manifest, command, versions

NOTE = (
    "Imported from logs of {titles} ({files}): scores are theirs. What the logs do not say is not known: "
    "requests, tokens, cost and time are shown as –; shots are 0, chain of thought is off and temperature 0 "
    "unless a log or the import command says otherwise."
)


def make_record(
    folder: Path,
    found: Sequence[tuple[Format, Source]],
    cells: Mapping[Condition, CellCount],
    graders: Mapping[str, Sequence[str]],
    items: Mapping[str, Sequence[str]],
    *,
    higher_is_better: bool,
) -> Manifest:
    """The manifest of an imported run.

    Args:
        folder: The run's folder; it gives the run its name.
        found: What was imported.
        cells: What each cell holds, in the order met.
        graders: All metrics imported, by task, the reported one first.
        items: The ids of each task's items.
        higher_is_better: Whether more of the metrics is better.
    """
    titles = list(dict.fromkeys(form.title for form, _ in found))
    outcomes = sum(count.outcomes for count in cells.values())
    failed = sum(count.failed > 0 for count in cells.values())
    files = "1 file" if len(found) == 1 else f"{len(found):,} files"
    return {
        "layout": LAYOUT,
        "name": folder.name,
        "command": command(),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "wall_s": None,
        "versions": versions(),
        "store": "",
        "report": asdict(ReportConfig()),
        "imported": [
            {
                "formats": list(dict.fromkeys(form.name for form, _ in found)),
                "files": [str(source.path) for _, source in found],
                "note": NOTE.format(titles=" and ".join(titles), files=files),
            }
        ],
        "counts": {
            "cells": len(cells),
            "failed_cells": failed,
            "asked": outcomes,
            "unique": outcomes,
            "cached": None,
            "sent": None,
        },
        "models": [
            _model(name, [count for condition, count in cells.items() if condition.model == name])
            for name in dict.fromkeys(condition.model for condition in cells)
        ],
        "tasks": [
            {
                "name": task,
                "title": task,
                "category": "",
                "subcategory": "",
                "answer_type": "",
                "metric": metric,
                "higher_is_better": higher_is_better,
                "items": len(items[task]),
                "skipped": [],
                "fingerprint": _fingerprint(items[task]),
                "source": f"logs of {' and '.join(titles)}",
            }
            for task, (metric, *_) in graders.items()
        ],
        "cells": [
            {
                "index": index,
                "overrides": [],
                **asdict(condition),
                "severity": 0.0,
                "perturbation_seed": 0,
                "top_p": 1.0,
                "sampling_seed": 0,
                "replicate": 0,
                "identity": f"imported:{condition.model}",
                "graders": list(graders[condition.task]),
                "items": count.items,
                "perturbed": {},
                "samples": count.samples,
                # Each answer in a log was one of its own, also where the log does not say how it was sampled.
                "engine_noise": count.samples > 1 and condition.temperature == 0,
                "error": f"{count.failed} of {count.outcomes} answers failed: {count.error}"
                if count.failed
                else None,
            }
            for index, (condition, count) in enumerate(cells.items())
        ],
    }


def _model(name: str, counts: Sequence[CellCount]) -> dict[str, Any]:
    return {
        "role": "model",
        "name": name,
        "backend": "imported",
        "identity": f"imported:{name}",
        "revisions": [],
        "unique": sum(count.outcomes for count in counts),
        "sent": None,
        "prompt_tokens": None,
        "cached_tokens": None,
        "completion_tokens": None,
        "usd": None,
        "price": {},
        "error": None,
    }


def _fingerprint(items: Sequence[str]) -> str:
    return hashlib.blake2b("\x1f".join(items).encode(), digest_size=12).hexdigest()
