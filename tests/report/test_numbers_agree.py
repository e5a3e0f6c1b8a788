"""Numbers in tables of the page are those of report.json, which are what `stats` makes of the outcomes."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.report import graders, metrics, rankings
from experiments.report.build import make_report
from experiments.report.extremes import MOST_CELLS, MOST_DRAWS
from experiments.report.findings import SEED
from experiments.report.numerals import bare_p, count, hundredths, plain
from stats.best_case import best_case
from stats.compare import paired_effects
from stats.components import components
from stats.composite import composite
from stats.estimate import record
from stats.grader import grader_effect
from stats.intervals import item_mean, score
from stats.metrics import all_metrics
from stats.ranks import ranking
from stats.sensitivity import sensitivity
from stats.shares import variance_shares
from stats.worst_case import worst_of_k
from tests.report.conftest import Scene, simulate
from tests.report.page_tables import Json, PageTable, of_pair, page_tables, whole_run

SCENE = Scene(
    templates=("qa/bare", "qa/q_a", "qa/polite", "qa/xml"),
    cot=(False, True),
    perturbations=(("none", 0.0), ("typo", 0.2), ("typo", 0.5)),
    items=12,
    odd=0.25,
    cot_effect=0.1,
)
CONDITIONS = 48
KINDS = 16  # of tables


def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


class Made:
    """A report, read back."""

    def __init__(self, folder: Path) -> None:
        simulate(folder, SCENE)
        report = make_report(folder)
        self.json: Json = json.loads(report.json.read_text(encoding="utf-8"))
        self.tables = page_tables(report.html.read_text(encoding="utf-8"))
        self.numbers = pd.read_parquet(report.numbers)
        self.outcomes = pd.read_parquet(folder / "outcomes.parquet")

    def rows(self, model: str, task: str) -> pd.DataFrame:
        """The reported outcomes of a model and task, perturbations with their severity."""
        table = self.outcomes
        table = table[table["primary"] & (table["model"] == model) & (table["task"] == task)]
        names = [
            f"{name} {severity:g}" if severity else str(name)
            for name, severity in zip(table["perturbation"], table["severity"], strict=True)
        ]
        return table.assign(perturbation=names)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("run") / "run")


def expected(report: Json, table: PageTable) -> list[list[str]]:
    """A table's body as report.json has it."""
    pair = re.fullmatch(r"pair(\d+)", table.section)
    rows = of_pair(report, int(pair[1]) - 1, table.caption) if pair else whole_run(report, table.caption)
    return [[" ".join(cell.replace("\u00a0", " ").split()) for cell in row] for row in rows]


def open_ends_hidden(rows: list[list[str]]) -> list[list[str]]:
    """JSON has no infinity: an open end is missing there."""
    return [[re.sub("[−+]?∞", "–", cell) for cell in row] for row in rows]


def test_every_table_of_the_page_reads_as_report_json_says(made: Made) -> None:
    assert len({re.sub(" on .*| of .*", "", table.caption) for table in made.tables}) >= KINDS
    for table in made.tables:
        assert table.rows, table.caption
        assert open_ends_hidden(table.rows) == expected(made.json, table), (table.section, table.caption)


def test_a_single_flipped_digit_is_found(made: Made) -> None:
    flipped = 0
    for table in made.tables:
        right = expected(made.json, table)
        for row in range(len(table.rows)):
            for column, cell in enumerate(table.rows[row]):
                for place, character in enumerate(cell):
                    if character.isdigit():
                        other = str((int(character) + 1) % 10)
                        wrong = [list(cells) for cells in open_ends_hidden(table.rows)]
                        wrong[row][column] = cell[:place] + other + cell[place + 1 :]
                        assert wrong != right, (table.caption, row, column)
                        flipped += 1
    assert flipped > 1000


def test_scores_and_factors_are_those_of_stats(made: Made) -> None:
    columns: dict[str, Any] = {"value": "score", "item": "item_id"}
    for one in made.json["slices"]:
        rows = made.rows(one["model"], one["task"])
        assert one["score"] == record(score(rows, **columns, template="template"))
        assert [finding["factor"] for finding in one["factors"]] == [
            "template",
            "shots",
            "cot",
            "perturbation",
        ]
        for finding in one["factors"]:
            factor = finding["factor"]
            levels = list(dict.fromkeys(rows.sort_values("cell", kind="stable")[factor]))
            templates = None if factor == "template" else "template"
            effects = paired_effects(rows, **columns, factor=factor, against=levels[0], template=templates)
            for found, effect in zip(finding["effects"], effects, strict=True):
                assert {**found, "level": 0, "against": 0, "detectable": 0} == {
                    **record(effect), "level": 0, "against": 0, "detectable": 0,
                }  # fmt: skip
                assert effect.p_adjusted is not None
                assert found["detectable"] == (effect.p_adjusted < 0.05)
            for found, level in zip(finding["levels"], levels, strict=True):
                mine = rows[rows[factor] == level]
                whole = (
                    item_mean(mine, **columns)
                    if factor == "template"
                    else score(mine, **columns, template="template").crossed
                )
                assert found["estimate"] == record(whole), (factor, level)
        assert one["factors"][0]["sensitivity"] == [
            record(found)
            for found in sensitivity(rows, **columns, template="template", reference="qa/bare", rng=rng())
        ]


def test_variances_are_those_of_stats(made: Made) -> None:
    for one in made.json["slices"]:
        rows = made.rows(one["model"], one["task"])
        means = rows.groupby(["item_id", "template"], observed=True)["score"].mean().reset_index()
        factors = ("item_id", "template")
        assert one["components"] == record(components(means, value="score", factors=factors))
        assert one["shares"] == record(variance_shares(means, value="score", factors=factors, rng=rng()))


def test_metrics_are_those_of_stats(made: Made) -> None:
    columns: dict[str, Any] = {
        "value": "score", "item": "item_id", "template": "template", "reference": "qa/bare",
    }  # fmt: skip
    for one in made.json["template_metrics"]:
        rows = made.rows(one["model"], one["task"])
        means = rows.groupby(["template", "item_id"], observed=True, sort=False)["score"].mean().reset_index()
        draws = metrics.MOST_DRAWS
        of_means = all_metrics(means, **columns, rng=rng(), draws=draws)
        first = rows[(rows["shots"] == 0) & ~rows["cot"] & (rows["perturbation"] == "none")]
        of_items = all_metrics(first, **columns, rng=rng(), draws=2)
        # What the template's own table draws is drawn once: both tables give the same numbers.
        told = {each.metric: each for each in sensitivity(rows, **columns, rng=rng())}
        for found, mean, item in zip(one["rows"], of_means.rows, of_items.rows, strict=True):
            measure = (item if found["name"] in metrics.ITEM_METRICS else mean).measure
            if measure is not None and (own := told.get(found["name"])) is not None:
                assert measure.raw == pytest.approx(own.raw)
                measure = replace(own, label=measure.label, raw=measure.raw, detectable=measure.detectable)
            assert found["measure"] == (None if measure is None else record(measure)), found["name"]


def test_extremes_are_those_of_stats(made: Made) -> None:
    assert len(made.json["extremes"]) == 4
    for one in made.json["extremes"]:
        rows = made.rows(one["model"], one["task"])
        conditions = [
            f"template {row.template}, shots {row.shots}, chain of thought {'on' if row.cot else 'off'}, "
            f"perturbation {row.perturbation}"
            for row in rows.itertuples()
        ]
        table = rows[["item_id", "score"]].assign(condition=conditions)
        columns: dict[str, Any] = {"value": "score", "item": "item_id", "template": "condition"}
        draws = min(MOST_DRAWS, MOST_CELLS // len(table))
        best = best_case(table, **columns, rng=rng(), draws=draws)[0]
        worst = worst_of_k(table, **columns, k=CONDITIONS, rng=rng(), draws=draws)
        distance = sensitivity(table, **columns, rng=rng(), draws=draws)[1]
        for name, measure in (("top", best), ("bottom", worst), ("distance", distance)):
            possible = {"low": max(measure.low, 0.0), "high": min(measure.high, 1.0)}
            room = 1 - (0.025 / CONDITIONS) ** (1 / 12)  # of 12 answers that are all the same
            if name != "distance" and measure.raw == 1:
                possible["low"] = min(possible["low"], 1 - room)
            if name != "distance" and measure.raw == 0:
                possible["high"] = max(possible["high"], room)
            assert one[name] == {**record(measure), **possible, "label": one[name]["label"]}
        means = table.groupby("condition")["score"].mean()
        assert (one["conditions"], one["items"]) == (CONDITIONS, 12)
        found = [*one["best"], *one["worst"]]
        assert len({each["condition"] for each in found}) == 6
        assert {each["condition"]: each["estimate"] for each in found} == {
            each["condition"]: record(
                item_mean(table[table["condition"] == each["condition"]], value="score", item="item_id")
            )
            for each in found
        }
        order = means.sort_values(kind="stable")
        assert [means[each["condition"]] for each in one["best"]] == order.iloc[:-4:-1].tolist()
        assert [means[each["condition"]] for each in one["worst"]] == order.iloc[:3].tolist()


def test_gains_and_severities_are_those_of_stats(made: Made) -> None:
    columns: dict[str, Any] = {"value": "score", "item": "item_id"}
    for curve in made.json["shots"]:
        rows = made.rows(curve["model"], curve["task"])
        (effect,) = paired_effects(rows, **columns, factor="shots", against=0, template="template")
        assert [point["shots"] for point in curve["points"]] == [0, 5]
        assert curve["points"][0]["gain"] is None
        assert effect.crossed is not None
        assert curve["points"][1]["gain"] == record(effect.crossed)
        assert curve["points"][1]["p_adjusted"] == effect.p_adjusted
        for point in curve["points"]:
            mine = rows[rows["shots"] == point["shots"]]
            crossed = score(mine, **columns, template="template").crossed
            assert point["estimate"] == record(crossed)
    for one in made.json["chain_of_thought"]:
        rows = made.rows(one["model"], one["task"])
        (effect,) = paired_effects(rows, **columns, factor="cot", against=False, template="template")
        assert one["gain"] == record(effect.crossed)
        assert (one["without"], one["with_it"]) == (effect.value_against, effect.value_level)
        assert (one["p_value"], one["detectable"]) == (effect.p_value, effect.p_value < 0.05)
    for curve in made.json["severities"]:
        rows = made.rows(curve["model"], curve["task"])
        for point in curve["points"]:
            mine = rows[rows["perturbation"] == point["level"]]
            assert point["estimate"] == record(score(mine, **columns, template="template").crossed)
            assert point["unchanged"] == pytest.approx(1 - mine["changed"].mean())
            assert point["realised"] == pytest.approx(0.1 if point["severity"] else 0.0)


def test_graders_rankings_and_categories_are_those_of_stats(made: Made) -> None:
    table = made.outcomes
    columns: dict[str, Any] = {"value": "score", "item": "item_id", "template": "template"}
    assert len(made.json["graders"]) == 8
    for found in made.json["graders"]:
        mine = table[(table["model"] == found["model"]) & (table["task"] == found["task"])]
        rows = mine[mine["grader"] == found["grader"]]
        assert found["score"] == record(score(rows, **columns))
        assert found["templates"] == [
            record(each) for each in sensitivity(rows, **columns, reference="qa/bare", rng=rng())
        ]
    for share in made.json["grader_effects"]:
        mine = table[(table["model"] == share["model"]) & (table["task"] == share["task"])]
        effect = grader_effect(
            mine, **columns, grader="grader", reported="strict", status="status", rng=rng(),
            draws=graders.MOST_DRAWS,
        )  # fmt: skip
        assert share["effect"] == record(effect)
    for ranked in made.json["rankings"]:
        rows = table[table["primary"] & (table["task"] == ranked["task"])]
        found = ranking(rows, **columns, factor="model", rng=rng(), draws=rankings.MOST_DRAWS)
        assert ranked["ranking"] == record(found)
        means = rows.groupby(["model", "template"], observed=True)["score"].mean()
        for pair, reversal in zip(ranked["pairs"], found.reversals, strict=True):
            assert (pair["above"], pair["below"]) == (reversal.above, reversal.below)
            assert (pair["difference"], pair["turns"]) == (reversal.difference, reversal.probability)
            assert pair["above_wins"] == 1 - reversal.probability
            turned = int((means[pair["below"]] > means[pair["above"]]).sum())
            assert (pair["templates_turned"], pair["templates"]) == (turned, 4)
    for one, task in zip(made.json["categories"], ("trivia_mini", "gsm8k") * 2, strict=True):
        rows = made.rows(one["model"], task)
        means = rows.groupby("item_id", observed=True)["score"].mean().to_numpy(float)
        assert one["estimate"] == record(composite({task: means}, {task: 1.0}))
        assert one["benchmarks"][0]["value"] == pytest.approx(means.mean())


def test_counts_are_those_of_the_outcomes(made: Made) -> None:
    primary = made.outcomes[made.outcomes["primary"]]
    for one in made.json["quality"]["by_pair"]:
        mine = primary[(primary["model"] == one["model"]) & (primary["task"] == one["task"])]
        found = mine["status"].value_counts()
        assert {status: n for status, n in one.items() if status not in {"model", "task"}} == {
            status: int(found.get(status, 0)) for status in one if status not in {"model", "task"}
        }


def test_the_long_table_has_every_number_of_the_page(made: Made) -> None:
    table = made.numbers
    assert list(table) == [
        "section", "model", "task", "factor", "level", "measure", "value", "low", "high", "raw", "floor", "p",
        "detectable",
    ]  # fmt: skip
    assert not table.duplicated(["section", "model", "task", "factor", "level", "measure"]).any()
    names = {f"pair{place}": (one["model"], one["task"]) for place, one in enumerate(made.json["slices"], 1)}
    for found in made.tables:
        mine = table
        if found.section in names:
            model, task = names[found.section]
            mine = table[(table["model"] == model) & (table["task"] == task)]
        written = set(_written(mine))
        for cell in _numeric(found.rows):
            for number in re.findall(r"[+−<]?[\d.,]*\d|[+−]?∞", cell):
                assert number in written, (found.caption, cell, number)


def test_the_long_table_has_the_very_numbers_of_report_json(made: Made) -> None:
    known = set(_floats(made.json))
    derived = made.numbers["section"].eq("two_way") | made.numbers["measure"].eq("standard deviation")
    exact = made.numbers[~derived]
    for name in ("value", "low", "high", "raw", "floor", "p"):
        numbers = exact[name].to_numpy(float)
        missing = {number for number in numbers[np.isfinite(numbers)].tolist() if number not in known}
        assert not missing, name


def _numeric(rows: list[list[str]]) -> Iterator[str]:
    for row in rows:
        yield from (cell for cell in row[1:] if re.fullmatch(r"[+−<]?[\d.,]+|\[[^a-z]*\]|\d+ of \d+", cell))


def _written(table: pd.DataFrame) -> Iterator[str]:
    for name in ("value", "low", "high", "raw", "floor"):
        for number in table[name].dropna():
            yield from (hundredths(number), hundredths(number, signed=True), plain(number))
            yield hundredths(100 * number)  # variances are in squared points
            if number == number // 1:
                yield count(int(number))
    yield from (bare_p(p) for p in table["p"].dropna())
    shots = table[table["section"] == "shots"]["level"]
    yield from (str(level) for level in shots)


def _floats(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _floats(one)
    elif isinstance(value, list):
        for one in value:
            yield from _floats(one)
    elif isinstance(value, int | float):
        yield float(value)
