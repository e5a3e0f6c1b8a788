"""A small simulated run folder, as the sweep runner writes it."""

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.store.manifest import LAYOUT, Manifest, write_manifest
from experiments.store.tables import OUTCOMES, REQUESTS, outcomes_schema, requests_schema, write_table

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>&amp; {{ 7 * 7 }} {% raw %}',
    "\u202eمرحبا بالعالم\u202c עברית",
    "🦜🧪 " * 20,
    "long " * 3000,
    "nul \x00 bell \x07 escape \x1b[31mred\x1b[0m",
    "https://example.org/<b>x</b>",
    "",
)


@dataclass(frozen=True)
class Scene:
    """What to simulate; scores are draws with probability mean + effects of item, template, shots, cot."""

    models: tuple[str, ...] = ("smollm2", "qwen3")
    tasks: tuple[str, ...] = ("trivia_mini", "gsm8k")
    templates: tuple[str, ...] = (
        "qa/bare",
        "qa/q_a",
        "qa/polite",
        "qa/terse",
        "qa/xml",
        "qa/caps",
        "qa/chat",
        "qa/list",
    )
    shots: tuple[int, ...] = (0, 5)
    cot: tuple[bool, ...] = (False,)
    exemplar_seeds: tuple[int, ...] = (0,)
    perturbations: tuple[tuple[str, float], ...] = (("none", 0.0),)
    temperature: float = 0.0
    replicates: tuple[int, ...] = (0,)
    engine_noise: bool = False
    items: int = 40
    mean: float = 0.55
    sigma_item: float = 0.2
    sigma_template: float = 0.1
    shots_effect: float = 0.08
    cot_effect: float = 0.0
    graders: tuple[str, ...] = ("strict", "lenient")
    failing: float = 0.0
    odd: float = 0.12
    failed_cells: tuple[int, ...] = ()
    hostile: bool = True
    texts: tuple[str, ...] = HOSTILE
    form: str = "completion"
    seed: int = 7


def simulate(folder: Path, scene: Scene) -> Manifest:
    """Writes the run folder and returns its manifest."""
    rng = np.random.default_rng(scene.seed)
    items = {task: rng.normal(0, scene.sigma_item, scene.items) for task in scene.tasks}
    templates = {
        (model, task, template): rng.normal(0, scene.sigma_template)
        for model, task, template in itertools.product(scene.models, scene.tasks, scene.templates)
    }
    outcomes: dict[str, list[Any]] = {field.name: [] for field in outcomes_schema()}
    requests: dict[str, dict[str, Any]] = {}
    cells = _cells(scene)
    for cell in cells:
        if cell["error"] is not None:
            continue
        effect = templates[cell["model"], cell["task"], cell["template"]]
        effect += scene.shots_effect * (cell["shots"] > 0) + scene.cot_effect * cell["cot"]
        effect -= 0.1 * cell["severity"]
        for item in range(scene.items):
            key = _key(scene, cell, item)
            if key not in requests:
                p = scene.mean + items[cell["task"]][item] + effect
                requests[key] = _answer(scene, cell, item, key, p, rng)
            _grade(scene, cell, item, requests[key], outcomes)
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / OUTCOMES, outcomes, outcomes_schema())
    columns = {field.name: [row[field.name] for row in requests.values()] for field in requests_schema()}
    write_table(folder / REQUESTS, columns, requests_schema())
    manifest = _manifest(scene, cells, len(outcomes["cell"]) // len(scene.graders), len(requests))
    write_manifest(folder, manifest)
    return manifest


def _cells(scene: Scene) -> list[dict[str, Any]]:
    levels = itertools.product(
        scene.models,
        scene.tasks,
        scene.templates,
        scene.shots,
        scene.cot,
        scene.exemplar_seeds,
        scene.perturbations,
        scene.replicates,
    )
    return [
        {
            "index": index,
            "overrides": [f"model={model}", f"task={task}", f"template={template}"],
            "model": model,
            "task": task,
            "template": template,
            "form": scene.form,
            "shots": shots,
            "cot": cot,
            "exemplar_seed": exemplars,
            "perturbation": perturbation,
            "severity": severity,
            "perturbation_seed": 0,
            "temperature": scene.temperature,
            "top_p": 1.0,
            "sampling_seed": 0,
            "replicate": replicate,
            "identity": f"simulated:{model}@sha256:abc",
            "graders": list(scene.graders),
            "items": scene.items,
            "engine_noise": scene.engine_noise,
            "samples": 1,
            "error": "the exemplars ran out: 5 wanted, 3 there" if index in scene.failed_cells else None,
        }
        for index, (
            model,
            task,
            template,
            shots,
            cot,
            exemplars,
            (perturbation, severity),
            replicate,
        ) in enumerate(levels)
    ]


def _key(scene: Scene, cell: dict[str, Any], item: int) -> str:
    names = ("model", "task", "template", "shots", "cot", "perturbation", "severity")
    parts = [str(cell[name]) for name in names] + [
        str(cell["exemplar_seed"] if cell["shots"] else 0),
        str(item),
    ]
    if scene.temperature > 0 or scene.engine_noise:
        parts.append(str(cell["replicate"]))
    return "|".join(parts)


def _answer(
    scene: Scene, cell: dict[str, Any], item: int, key: str, p: float, rng: np.random.Generator
) -> dict[str, Any]:
    right = bool(rng.random() < p)
    status = "correct" if right else "wrong"
    draw = rng.random()
    if draw < scene.failing:
        status = "failed"
    elif not right and draw < scene.odd:
        status = str(rng.choice(["unparsed", "refused", "truncated"]))
    text = f"The answer is {'gold' if right else 'lead'}."
    prompt = f"Question {item} of {cell['task']} ({cell['template']}): what is it?\nAnswer:"
    if scene.hostile:
        text += scene.texts[item % len(scene.texts)]
        prompt += scene.texts[0]
    if scene.form == "chat":
        prompt = json.dumps([{"role": "system", "content": "Be brief."}, {"role": "user", "content": prompt}])
    return {
        "key": key,
        "model": cell["model"],
        "prompt": prompt,
        "completion": "" if status == "failed" else text,
        "finish": {"failed": "error", "truncated": "length"}.get(status, "stop"),
        "prompt_tokens": 20,
        "completion_tokens": 5,
        "latency_s": 0.1,
        "revision": "r1",
        "cached": item % 4 == 0,
        "status": status,
    }


def _grade(
    scene: Scene, cell: dict[str, Any], item: int, request: dict[str, Any], outcomes: dict[str, list[Any]]
) -> None:
    for place, grader in enumerate(scene.graders):
        status = request["status"]
        if place > 0 and status == "unparsed":
            status = "correct"  # later graders are more lenient
        row = {
            **cell,
            "cell": cell["index"],
            "item_id": f"{cell['task']}-{item}",
            "subject": "",
            "reading": "",
            "shots_shown": cell["shots"],
            "realised": 0.1,
            "grader": grader,
            "primary": place == 0,
            "control": False,
            "score": math.nan if status == "failed" else float(status == "correct"),
            "status": status,
            "extracted": "gold" if status == "correct" else scene.texts[0],
            "changed": cell["perturbation"] != "none" and item % 5 > 0,
            "key": request["key"],
            "error": "HTTP 500 <b>oops</b>" if status == "failed" else None,
        }
        for name, column in outcomes.items():
            column.append(row[name])


def _manifest(scene: Scene, cells: list[dict[str, Any]], asked: int, unique: int) -> Manifest:
    titles = {"trivia_mini": "TriviaMini", "gsm8k": "GSM8K"}
    return {
        "layout": LAYOUT,
        "name": "demo <run>",
        "command": "fathom run -m template=qa/* shots=0,5",
        "finished": "2026-03-01T12:00:00Z",
        "wall_s": 83.2,
        "versions": {"python": "3.11.4", "prompt-fathom": "0.1.0"},
        "store": "runs/completions.sqlite",
        "report": {"level": 0.95, "flipped": 12},
        "counts": {
            "cells": len(cells),
            "failed_cells": sum(cell["error"] is not None for cell in cells),
            "asked": asked,
            "unique": unique,
            "cached": unique // 4,
            "sent": unique - unique // 4,
        },
        "models": [
            {
                "role": "model",
                "name": name,
                "backend": "simulated",
                "identity": f"simulated:{name}@sha256:abc",
                "revisions": ["r1"],
                "unique": unique // len(scene.models),
                "sent": unique // 2,
                "prompt_tokens": 20 * unique,
                "completion_tokens": 5 * unique,
                "usd": 0.0123,
                "error": None,
            }
            for name in scene.models
        ],
        "tasks": [
            {
                "name": name,
                "title": titles.get(name, name),
                "category": {"gsm8k": "Math"}.get(name, "Knowledge"),
                "subcategory": "",
                "answer_type": "short",
                "metric": "exact match",
                "higher_is_better": True,
                "skipped": [],
                "items": scene.items,
                "fingerprint": "f00d",
                "source": "",
            }
            for name in scene.tasks
        ],
        "cells": cells,
    }


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Simulates a run with the given scene's fields, returns its folder."""

    def make(name: str = "run", **fields: Any) -> Path:
        folder = tmp_path / name
        simulate(folder, Scene(**fields))
        return folder

    return make
