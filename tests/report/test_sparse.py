"""The report of a sparse sample: the distribution over templates, and nothing that it cannot say."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from experiments.cli import main
from experiments.report.build import make_report
from experiments.report.contents import Contents, gather
from experiments.store.manifest import RunFolderError, read_manifest, write_manifest
from experiments.store.tables import OUTCOMES, outcomes_schema, read_table, write_table
from experiments.sweep.sparse import balanced_mask

MakeRun = Callable[..., Path]
TEMPLATES = tuple(f"t{number:02d}" for number in range(24))


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the report says does not hang on how many draws its numbers come from."""
    monkeypatch.setattr("experiments.report.sparse.DRAWS", 60)


@pytest.fixture
def sparse_run(make_run: MakeRun) -> Callable[..., Path]:
    """A run folder of which a random third of the template × item pairs is left."""

    def make(name: str = "run", share: float = 1 / 3, **fields: object) -> Path:
        scene = {"models": ("m",), "tasks": ("gsm8k",), "templates": TEMPLATES, "shots": (0,), "items": 60}
        folder = make_run(name, **(scene | {"graders": ("strict",), "hostile": False} | fields))
        outcomes = read_table(folder / OUTCOMES)
        mask = balanced_mask(len(TEMPLATES), 60, share, rng=np.random.default_rng(0))
        rows = [TEMPLATES.index(str(name)) for name in outcomes["template"]]
        items = [int(str(name).rsplit("-", 1)[1]) for name in outcomes["item_id"]]
        kept = outcomes[mask[rows, items]]
        write_table(
            folder / OUTCOMES, {name: kept[name].tolist() for name in kept.columns}, outcomes_schema()
        )
        manifest = read_manifest(folder) | {"sweep": {"sample": share, "seed": 0}}
        write_manifest(folder, manifest)
        return folder

    return make


def only(contents: Contents) -> None:
    """Nothing that compares levels item by item is there."""
    assert contents.slices[0].factors == ()
    assert (contents.metrics, contents.graders, contents.shares) == ((), (), ())
    assert (contents.rankings, contents.categories, contents.flips.shown) == ((), (), ())


def test_the_verdict_leads_with_the_distribution(sparse_run: Callable[..., Path]) -> None:
    folder = sparse_run()
    contents = gather(folder)
    only(contents)
    (one,) = contents.distributions
    assert (one.asked, one.pairs, one.condition) == (480, 1440, "")
    assert one.found is not None
    assert one.sigma is not None
    levels = [estimate.value for estimate in one.quantiles.values()]
    assert levels == sorted(levels)
    assert all(estimate.low < estimate.value < estimate.high for estimate in one.quantiles.values())
    assert one.sigma.low <= 0.1 <= one.sigma.high  # what the run was simulated with
    lead = contents.sentences[0]
    assert "With the middle four fifths of 24 templates, m scores between" in lead.text
    assert "33.3\u00a0% of the 1,440 pairs of template and item" in lead.more
    assert contents.slices[0].score.crossed is not None
    assert contents.slices[0].score.crossed.method.startswith("REML")
    assert not any("lack a grade" in note for note in contents.quality.notes)
    assert any("left the others out by design" in note for note in contents.quality.notes)


def test_the_page_and_the_numbers_say_how_it_was_estimated(sparse_run: Callable[..., Path]) -> None:
    report = make_report(sparse_run())
    page = report.html.read_text(encoding="utf-8")
    assert "Distribution over templates, from a sparse sample" in page
    assert page.count("<dt>Distribution over templates</dt>") == 1
    found = json.loads(report.json.read_text(encoding="utf-8"))
    assert found["slices"][0]["sparse"] is True
    quantiles = found["distributions"][0]["found"]["quantiles"]
    assert list(quantiles) == ["0.1", "0.25", "0.5", "0.75", "0.9"]
    assert len(found["distributions"][0]["found"]["rows"]) == 24


def test_every_condition_has_a_distribution_of_its_own(sparse_run: Callable[..., Path]) -> None:
    contents = gather(sparse_run(shots=(0, 5), models=("m", "n"), tasks=("gsm8k", "trivia_mini")))
    only(contents)
    assert [(one.model, one.task, one.condition) for one in contents.distributions][:2] == [
        ("m", "gsm8k", "shots 0"),
        ("m", "gsm8k", "shots 5"),
    ]
    assert len(contents.distributions) == 8


def test_failed_requests_are_left_out_and_said(sparse_run: Callable[..., Path]) -> None:
    contents = gather(sparse_run(failing=0.1))
    (one,) = contents.distributions
    assert 400 < one.asked < 470
    assert contents.quality.statuses["failed"] == 480 - one.asked


def test_where_nothing_can_be_estimated_it_is_said(sparse_run: Callable[..., Path]) -> None:
    folder = sparse_run()
    outcomes = read_table(folder / OUTCOMES).assign(score=1.0)
    columns = {name: outcomes[name].tolist() for name in outcomes.columns}
    write_table(folder / OUTCOMES, columns, outcomes_schema())
    contents = gather(folder)
    assert contents.distributions[0].found is None
    assert any("cannot be estimated: every answer has the same" in one.text for one in contents.sentences)
    assert "not available: every answer" in make_report(folder).html.read_text(encoding="utf-8")


def test_a_sparse_sample_is_not_compared(
    sparse_run: Callable[..., Path], make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    sparse, whole = sparse_run("sparse"), make_run("whole", models=("m",), tasks=("gsm8k",))
    assert main(["compare", str(sparse), "--baseline", str(whole)]) == 2
    assert "is a sparse sample (sweep.sample=0.333333)" in capsys.readouterr().err
    with pytest.raises(RunFolderError, match="one is a sparse sample"):
        gather(sparse, whole)
    assert len(gather(sparse, sparse_run("other", models=("n",))).distributions) == 2
