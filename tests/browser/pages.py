"""Every kind of page that the lab writes, made from small simulated runs; some from hostile ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.cli import main
from tests.report.conftest import Scene, simulate

KINDS = ("report", "runs", "comparison", "beside", "published")
HOSTILE_KINDS = ("report", "comparison", "beside")

MARKUP = (
    "</title></style></pre></svg><script>alert(1)</script>"
    "\"><img src=x onerror=alert(2)><a href='javascript:alert(3)'>&lt;b&gt;"
)
BIDI = "\u202eabc\u2066 שלום"
ENDLESS = "x" * 2000
LINE = "y" * 100_000
NAME = f"{MARKUP}{BIDI}\x00\x1b[31m{ENDLESS}"
TEXTS = (MARKUP, BIDI, f"nul \x00 bell \x07{LINE}", "javascript:alert(4)", "</pre></details></main>" * 50)

TEMPLATES = ("qa/bare", "qa/q_a", "qa/polite", "qa/terse")


def write_pages(folder: Path) -> dict[str, Path]:
    """Writes a page of every kind, and returns where they are."""
    _run(
        folder / "wide",
        Scene(
            models=("smollm2",),
            tasks=("trivia_mini",),
            templates=TEMPLATES,
            cot=(False, True),
            perturbations=(("none", 0.0), ("keyboard_typo", 0.1), ("keyboard_typo", 0.3)),
            items=12,
            failing=0.003,
            odd=0.2,
            failed_cells=(3,),
        ),
    )
    pair = Scene(models=("smollm2", "qwen3"), tasks=("gsm8k",), templates=TEMPLATES, shots=(0,), items=12)
    _run(folder / "first", pair)
    _run(folder / "second", replace(pair, seed=8, models=("smollm2",)))
    _run(folder / "public", Scene(models=("mine", "yours"), tasks=("triviaqa",), shots=(1,), items=30))
    _fathom("report", folder / "wide")
    _fathom("report", folder / "first", folder / "second", "--output", folder / "both")
    _fathom("compare", folder / "first", "--baseline", f"{folder / 'first'}:smollm2")
    _fathom("compare", folder / "public", "--baseline", "gpt")
    _fathom("published", "--html", folder / "published.html")
    return {
        "report": folder / "wide" / "report.html",
        "runs": folder / "both" / "report.html",
        "comparison": folder / "first" / "compare.html",
        "beside": folder / "public" / "compare.html",
        "published": folder / "published.html",
    }


def write_hostile_pages(folder: Path) -> dict[str, Path]:
    """Writes pages of runs in which every text of strangers is hostile, and returns where they are."""
    models = (f"one {NAME}", f"two {NAME}")
    scene = Scene(
        models=models,
        tasks=(f"task {NAME}",),
        templates=tuple(f"qa/{place} {NAME}" for place in range(4)),
        graders=("strict", f"lenient {NAME}"),
        perturbations=(("none", 0.0), (f"typo {NAME}", 0.1)),
        items=10,
        failing=0.01,
        odd=0.2,
        failed_cells=(3,),
        texts=TEXTS,
    )
    _run(folder / "report", scene, _worsen)
    _run(folder / "beside", replace(scene, tasks=("triviaqa",), shots=(1,)), _worsen)
    _fathom("report", folder / "report")
    _fathom("compare", folder / "report", "--baseline", f"{folder / 'report'}:{models[0]}")
    _fathom("compare", folder / "beside", "--baseline", "gpt")
    return {
        "report": folder / "report" / "report.html",
        "comparison": folder / "report" / "compare.html",
        "beside": folder / "beside" / "compare.html",
    }


def _run(folder: Path, scene: Scene, change: Callable[[Any], None] | None = None) -> None:
    simulate(folder, scene)
    if change is not None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        change(manifest)
        path.write_text(json.dumps(manifest), encoding="ascii")  # as escapes, lone surrogates can be stored


def _worsen(manifest: Any) -> None:
    """Makes the texts of a manifest hostile that a scene does not set."""
    hostile = f"{NAME}\ud800"
    manifest |= {"name": hostile, "command": f"fathom run {hostile}"}
    manifest["versions"]["python"] = hostile
    for model in manifest["models"]:
        model |= {"identity": hostile, "revisions": [hostile], "error": hostile, "backend": hostile}
    for task in manifest["tasks"]:
        task |= {"title": f"title {hostile}", "source": hostile, "fingerprint": hostile}
    for cell in manifest["cells"]:
        cell["error"] = cell["error"] and hostile


def _fathom(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0
