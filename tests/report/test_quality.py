from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.report.contents import gather
from experiments.report.quality import USUAL
from experiments.store.manifest import read_manifest, write_manifest

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("m",), "tasks": ("gsm8k",), "templates": ("a", "b", "c"), "items": 10}


def test_statuses_add_up_to_the_outcomes_of_the_reported_grader(make_run: MakeRun) -> None:
    quality = gather(make_run(odd=0.5, failing=0.01)).quality
    assert sum(quality.statuses.values()) == quality.outcomes == 2 * 2 * 8 * 2 * 40
    assert min(quality.statuses[status] for status in USUAL) > 0
    total = {status: sum(pair[status] for pair in quality.by_pair.values()) for status in quality.statuses}
    assert total == quality.statuses


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ({"replicates": (0, 1)}, True),
        ({"replicates": (0, 1), "engine_noise": True}, False),
        ({"replicates": (0, 1), "temperature": 0.7}, False),
        ({"exemplar_seeds": (0, 1)}, False),
    ],
)
def test_collapsed_replicates_are_told(make_run: MakeRun, scene: dict[str, Any], said: bool) -> None:
    notes = gather(make_run(**ONE, **scene)).quality.notes
    assert any("Replicates at temperature 0 were collapsed" in note for note in notes) == said


def test_collapsed_replicates_are_no_factor_but_real_ones_are(make_run: MakeRun) -> None:
    collapsed = gather(make_run(**ONE, replicates=(0, 1))).slices[0]
    real = gather(make_run("real", **ONE, replicates=(0, 1), engine_noise=True)).slices[0]
    assert collapsed.factor("replicate") is None
    assert real.factor("replicate") is not None


def test_unchanged_perturbations_are_counted(make_run: MakeRun) -> None:
    quality = gather(make_run(**ONE, perturbations=(("none", 0.0), ("typo", 0.2)))).quality
    assert (quality.perturbed, quality.unchanged) == (60, 12)
    assert any("In 12 of 60 perturbed outcomes" in note for note in quality.notes)


def test_what_cannot_be_analysed_changed_or_stopped_is_told(make_run: MakeRun) -> None:
    folder = make_run(**{**ONE, "models": ("m", "n")}, failed_cells=(6, 7, 8, 9, 10, 11))
    manifest = read_manifest(folder)
    manifest["models"][0]["revisions"] = ["a", "b"]
    manifest["models"][1]["error"] = "no server"
    write_manifest(folder, manifest)
    contents = gather(folder)
    assert contents.quality.failures == (("the exemplars ran out: 5 wanted, 3 there", 6),)
    notes = " ".join(contents.quality.notes)
    assert "6 of 12 cells did not come out whole" in notes
    assert "n on GSM8K is not analysed" in notes
    assert "m answered under 2 revisions" in notes
    assert "n stopped early: no server" in notes


def test_cells_with_fewer_shots_than_they_say_are_told(make_run: MakeRun) -> None:
    folder = make_run(**ONE)
    assert "could be shown" not in " ".join(gather(folder).quality.notes)
    manifest = read_manifest(folder)
    for cell in manifest["cells"]:
        cell["fewer_shots"] = {"3": 2, "4": 1} if cell["shots"] else {}
    write_manifest(folder, manifest)
    (note,) = (note for note in gather(folder).quality.notes if "could be shown" in note)
    assert note.startswith("m on GSM8K with 5 shots: in 9 of 30 prompts only 3 to 4 could be shown")
    assert "shots_shown in outcomes.parquet" in note


def test_failed_requests_are_bounded_and_warned_of(make_run: MakeRun) -> None:
    contents = gather(make_run(models=("m",), tasks=("gsm8k",), shots=(0,), failing=0.05))
    missing = contents.slices[0].missing
    assert missing is not None
    assert missing.failed == contents.quality.statuses["failed"]
    (note,) = [note for note in contents.quality.notes if "requests" in note]
    low, high = (f"{100 * end:.1f}" for end in missing.score_bounds)
    assert f"were all of them wrong, the mean would be {low}" in note
    assert f"all right, {high}" in note
    assert "Warning: " in note
    assert missing.warning in note


def test_few_failures_are_told_without_a_warning(make_run: MakeRun) -> None:
    contents = gather(make_run(models=("m",), tasks=("gsm8k",), failing=0.003))
    missing = contents.slices[0].missing
    assert missing is not None
    assert 0 < missing.share <= 0.01
    (note,) = [note for note in contents.quality.notes if "requests" in note]
    assert "Warning" not in note
