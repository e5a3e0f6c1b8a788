import json
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main
from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.merged import merged
from experiments.store.manifest import RunFolderError, read_manifest, write_manifest

MakeRun = Callable[..., Path]
ONE: dict[str, Any] = {"models": ("m",), "tasks": ("gsm8k",), "templates": ("a", "b", "c"), "items": 12}


def named(folder: Path, name: str) -> Path:
    write_manifest(folder, read_manifest(folder) | {"name": name})
    return folder


def test_one_run_is_itself(make_run: MakeRun) -> None:
    folder = make_run(**ONE)
    assert merged([folder])[0] == read_manifest(folder)


def test_other_models_keep_their_names_and_are_ranked(make_run: MakeRun) -> None:
    folders = make_run("one", **ONE), make_run("two", **(ONE | {"models": ("n",)}), seed=8)
    contents = gather(*folders)
    alone = [gather(folder).slices[0] for folder in folders]
    assert [one.model for one in contents.slices] == ["m", "n"]
    assert [one.score for one in contents.slices] == [one.score for one in alone]
    assert [one.factors for one in contents.slices] == [one.factors for one in alone]
    assert len(contents.rankings) == 1
    assert contents.quality.cells == 12
    assert {(cell["index"], cell["model"]) for cell in contents.manifest["cells"]} == {
        (place, "m" if place < 6 else "n") for place in range(12)
    }
    assert {flip.model for flip in contents.flips.shown if flip.right.prompt} == {"m", "n"}


def test_a_model_of_both_runs_is_told_apart_by_run(make_run: MakeRun) -> None:
    folders = [named(make_run(name, **ONE, seed=seed), name) for seed, name in enumerate(("old", "new"))]
    assert [one.model for one in gather(*folders).slices] == ["m (old)", "m (new)"]
    same = [named(folder, "run") for folder in folders]
    assert [one.model for one in gather(*same).slices] == ["m (run, run 1)", "m (run, run 2)"]


def test_runs_of_other_items_are_refused(make_run: MakeRun) -> None:
    first, second = make_run("one", **ONE), make_run("two", **ONE)
    manifest = read_manifest(second)
    manifest["tasks"][0]["fingerprint"] = "beef"
    write_manifest(second, manifest)
    with pytest.raises(RunFolderError, match=r"asked other items of task gsm8k \(12 items\)"):
        gather(first, second)
    with pytest.raises(RunFolderError, match="given twice"):
        gather(first, first)


def test_the_command_writes_where_it_is_told_and_opens_the_page(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []

    def show(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", show)
    first, second = make_run("one", **ONE), make_run("two", **(ONE | {"models": ("n",)}))
    output = tmp_path / "both" / "here"
    assert main(["report", str(first), str(second), "--output", str(output), "--open"]) == 0
    assert opened == [(output / "report.html").resolve().as_uri()]
    found = json.loads((output / "report.json").read_text(encoding="utf-8"))
    assert [one["model"] for one in found["slices"]] == ["m", "n"]
    assert not (first / "report.html").exists()


def test_by_default_the_first_runs_folder_holds_the_report(make_run: MakeRun) -> None:
    first, second = make_run("one", **ONE), make_run("two", **(ONE | {"models": ("n",)}))
    assert make_report(first, second).html == first / "report.html"
    assert not (second / "report.html").exists()
