"""A sparse sweep: a balanced random share of the template × item pairs, the same for every model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.cli import Lab, main
from experiments.store.manifest import read_manifest
from experiments.sweep.run import run_cells
from experiments.sweep.sparse import SampleError, balanced_mask
from tests.experiments.sweep.test_plan import cell, data_dir, plan
from tests.unreported import no_report

__all__ = ["data_dir"]
THREE = ("qa/q_a", "qa/bare_answer", "qa/q_a_polite")


@settings(max_examples=60, deadline=None)
@given(
    templates=st.integers(1, 30),
    items=st.integers(1, 60),
    share=st.floats(0.001, 1),
    seed=st.integers(0, 1000),
)
def test_templates_have_as_many_items_and_items_as_many_templates(
    templates: int, items: int, share: float, seed: int
) -> None:
    mask = balanced_mask(templates, items, share, rng=np.random.default_rng(seed))
    assert set(mask.sum(axis=1)) == {max(1, round(share * items))}
    assert np.ptp(mask.sum(axis=0)) <= 1


def test_every_pair_of_items_is_as_likely_as_any_other() -> None:
    masks = np.stack([balanced_mask(4, 6, 0.5, rng=np.random.default_rng(seed)) for seed in range(4000)])
    assert masks.mean(axis=0) == pytest.approx(0.5, abs=0.04)  # five standard errors
    # Within a template two items meet in 3/6 × 2/5 of the draws.
    together = np.einsum("sti,stj->tij", masks.astype(int), masks.astype(int)) / len(masks)
    assert together[:, ~np.eye(6, dtype=bool)] == pytest.approx(0.2, abs=0.04)


def test_further_templates_leave_the_items_of_earlier_ones() -> None:
    few, many = (balanced_mask(n, 50, 0.2, rng=np.random.default_rng(3)) for n in (5, 9))
    assert (many[:5] == few).all()


def test_cells_of_a_template_ask_the_same_items(data_dir: Path) -> None:
    cells = [
        cell(data_dir, 3 * place + number, sweep__sample=0.5, template__name=name, shots=shots)
        for place, shots in enumerate((0, 1))
        for number, name in enumerate(THREE)
    ]
    planned = plan(*cells)
    items = [[asked.item.id for asked in each.asked] for each in planned.cells]
    assert items[:3] == items[3:]
    assert [len(each) for each in items] == [3] * 6
    assert len({item for each in items[:3] for item in each}) == 6
    assert (planned.asked, planned.left_out) == (18, 18)
    assert plan(*(cell(data_dir, n, template__name=name) for n, name in enumerate(THREE))).left_out == 0


def test_without_a_distribution_there_is_no_sample(data_dir: Path) -> None:
    with pytest.raises(SampleError, match="task tiny has 1 of the 3 it takes"):
        plan(cell(data_dir, 0, sweep__sample=0.5))


def test_only_the_sample_is_asked_and_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["run", f"template={','.join(THREE)}", "task.limit=60", "name=sparse", "sweep.sample=0.4"]
    lab = Lab(run_cells=run_cells, finish=no_report)
    assert main([*words, "dry_run=true"], lab) == 0
    assert "72 questions asked, 108 left out at random (sweep.sample)" in capsys.readouterr().out
    assert main(words, lab) == 0
    outcomes = pd.read_parquet("runs/sparse/outcomes.parquet")
    assert list(outcomes[outcomes["primary"]].groupby("cell").size()) == [24] * 3
    assert outcomes["score"].notna().all()
    manifest = read_manifest(Path("runs/sparse"))
    assert manifest["sweep"] | {"sample": 0.4, "seed": 0} == manifest["sweep"]
    assert manifest["tasks"][0]["items"] == 60
    assert (manifest["counts"]["asked"], manifest["counts"]["failed_cells"]) == (72, 0)
    first = set(outcomes["key"])
    assert main(words, lab) == 0
    assert read_manifest(Path("runs/sparse"))["counts"]["sent"] == 0
    assert main([*words, "sweep.seed=1"], lab) == 0
    assert set(pd.read_parquet("runs/sparse/outcomes.parquet")["key"]) != first


def test_a_share_is_above_0_and_below_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "sweep.sample=1.5", "dry_run=true"]) == 2
    assert "sweep.sample is 1.5, expected a share above 0 and below 1" in capsys.readouterr().err
