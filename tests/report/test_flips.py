from collections.abc import Callable
from pathlib import Path

import pandas as pd

from experiments.report.contents import gather
from experiments.report.findings import analyse
from experiments.report.flips import find_flips
from experiments.store.manifest import read_manifest
from experiments.store.tables import read_table

MakeRun = Callable[..., Path]
CONDITION = ["template", "shots", "cot", "exemplar_seed", "perturbation", "severity", "replicate"]


def test_the_two_conditions_differ_in_the_named_factor_only(make_run: MakeRun) -> None:
    folder = make_run(cot=(False, True), failing=0.002)
    flips = gather(folder).flips
    outcomes = read_table(folder / "outcomes.parquet")
    rows = {row["key"]: row for row in outcomes[outcomes["primary"]].to_dict("records")}
    assert len(flips.shown) == 12
    for flip in flips.shown:
        right, wrong = rows[flip.right.key], rows[flip.wrong.key]
        assert [name for name in CONDITION if right[name] != wrong[name]] == [flip.factor]
        assert right["item_id"] == wrong["item_id"] == flip.item
        assert right["status"] == "correct"
        assert wrong["status"] in {"wrong", "unparsed", "refused", "truncated"}
        assert right["template"] in flip.right.prompt


def test_templates_come_before_other_factors(make_run: MakeRun) -> None:
    assert {flip.factor for flip in gather(make_run()).flips.shown} == {"template"}
    alone = gather(make_run("alone", templates=("a",))).flips.shown
    assert {flip.factor for flip in alone} == {"shots"}


def test_the_most_flipping_items_are_shown_and_all_are_counted(make_run: MakeRun) -> None:
    folder = make_run(models=("m",), tasks=("gsm8k",))
    manifest = read_manifest(folder)
    outcomes = read_table(folder / "outcomes.parquet")
    slices = analyse(outcomes, manifest, 0.95)
    means = outcomes[outcomes["primary"]].groupby("item_id", observed=True)["score"].mean()
    mixed = means[(means > 0) & (means < 1)]
    flips = find_flips(outcomes, slices, 5)
    assert flips.found == len(mixed)
    assert flips.items == 40
    spread = sorted((mixed * (1 - mixed)).tolist(), reverse=True)
    assert [round(flip.share * (1 - flip.share), 9) for flip in flips.shown] == [
        round(v, 9) for v in spread[:5]
    ]
    assert find_flips(outcomes, slices, 0).shown == ()


def test_nothing_flips_where_all_is_right(make_run: MakeRun) -> None:
    flips = gather(make_run(mean=9.0)).flips
    assert flips.shown == ()
    assert flips.found == 0


def test_a_missing_request_says_that_its_texts_are_not_recorded(make_run: MakeRun) -> None:
    folder = make_run(models=("m",), tasks=("gsm8k",))
    path = folder / "requests.parquet"
    pd.read_parquet(path).head(0).to_parquet(path)
    assert {flip.right.prompt for flip in gather(folder).flips.shown} == {"(not recorded)"}


def test_lost_is_what_was_right_under_the_level_given_first(make_run: MakeRun) -> None:
    for name, cot in (("off", (False, True)), ("on", (True, False))):
        contents = gather(
            make_run(name, models=("m",), tasks=("gsm8k",), templates=("a",), shots=(0,), cot=cot)
        )
        flips = contents.flips.shown
        first = "off" if name == "off" else "on"
        assert {flip.lost for flip in flips} == {True, False}
        for flip in flips:
            assert flip.lost == (flip.right.level == first)
