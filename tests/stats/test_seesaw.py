import json
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stats.compare import paired_effect
from stats.seesaw import seesaw, seesaw_published
from stats.tables import UnbalancedError


class Columns(TypedDict):
    value: str
    item: str
    task: str
    factor: str
    old: str
    new: str


COLUMNS = Columns(value="score", item="item", task="task", factor="version", old="v1", new="v2")


class Published(TypedDict):
    task: str
    old: str
    new: str
    items: str


PUBLISHED = Published(task="task", old="v1", new="v2", items="size")


def versions(
    rng: np.random.Generator, shifts: list[float], items: int = 60, templates: int = 5
) -> pd.DataFrame:
    shape = (len(shifts), items, templates, 2)
    task, item, template, version = np.indices(shape).reshape(4, -1)
    shared = rng.normal(0.5, 0.3, (len(shifts), items, 1, 1))
    scores = shared + rng.normal(0, 0.2, shape)
    scores[..., 1] += np.array(shifts).reshape(-1, 1, 1)
    table = pd.DataFrame({"task": task, "item": item, "template": template, "score": scores.ravel()})
    return table.assign(
        version=pd.Series(version).map({0: "v1", 1: "v2"}),
        task=table["task"].map(dict(enumerate("abcdefghij"))),
    )


def test_what_rose_and_what_fell():
    table = versions(np.random.default_rng(1), [0.2, 0.0, -0.2, 0.0])
    found = seesaw(table, template="template", **COLUMNS)
    assert [task.task for task in found.tasks] == ["a", "b", "c", "d"]
    assert [task.change for task in found.tasks] == ["rose", "no change shown", "fell", "no change shown"]
    assert (found.rose, found.fell, found.paired) == (1, 1, True)
    alone = paired_effect(
        table[table["task"] == "a"],
        value="score",
        item="item",
        factor="version",
        level="v2",
        against="v1",
        template="template",
    )
    assert found.tasks[0].difference == alone.crossed
    assert found.tasks[0].p_value == alone.p_value
    p_values = [task.p_value for task in found.tasks]
    expected = stats.false_discovery_control(p_values)
    assert [task.p_adjusted for task in found.tasks] == pytest.approx(expected)
    assert json.dumps(found.as_dict(), allow_nan=False)
    frame = found.to_frame()
    assert list(frame["change"]) == [task.change for task in found.tasks]
    assert list(frame["new"] - frame["old"]) == pytest.approx(list(frame["difference"]))


def test_exchanging_the_versions_exchanges_rise_and_fall():
    table = versions(np.random.default_rng(2), [0.15, 0.0, -0.15])
    there = seesaw(table, **COLUMNS)
    back = seesaw(table, **(COLUMNS | Columns(COLUMNS, old="v2", new="v1")))
    assert (there.rose, there.fell) == (back.fell, back.rose)
    for one, other in zip(there.tasks, back.tasks, strict=True):
        assert one.difference.value == pytest.approx(-other.difference.value)
        assert one.p_adjusted == pytest.approx(other.p_adjusted)


def test_few_claims_are_false():
    rng = np.random.default_rng(3)
    true = [0.18, 0.0, 0.0, -0.18, 0.0, 0.0, 0.0, 0.0]
    shares: list[float] = []
    power: list[float] = []
    for _ in range(60):
        found = seesaw(versions(rng, true, items=25, templates=3), template="template", fdr=0.1, **COLUMNS)
        claims = [task.change for task in found.tasks]
        right = [{1: "rose", -1: "fell"}.get(int(np.sign(shift)), "") for shift in true]
        made = [claim != "no change shown" for claim in claims]
        wrong = sum(one and claim != answer for one, claim, answer in zip(made, claims, right, strict=True))
        shares.append(wrong / max(sum(made), 1))
        power.append((claims[0] == "rose") / 2 + (claims[3] == "fell") / 2)
    assert np.mean(shares) <= 0.13
    assert np.mean(power) > 0.5


def test_published_scores_are_unpaired():
    table = pd.DataFrame(
        {
            "task": ["mmlu", "gsm8k", "arc"],
            "v1": [0.70, 0.50, 0.80],
            "v2": [0.72, 0.60, 0.80],
            "size": [1000, 1320, 100],
        }
    )
    found = seesaw_published(table, **PUBLISHED)
    assert [task.task for task in found.tasks] == ["arc", "gsm8k", "mmlu"]
    assert [task.change for task in found.tasks] == ["no change shown", "rose", "no change shown"]
    assert not found.paired
    assert found.note.startswith("unpaired")
    arc, gsm8k, _ = found.tasks
    assert arc.p_value == 1
    assert arc.difference.low < 0 < arc.difference.high
    pooled = (0.5 + 0.6) / 2
    z = 0.1 / np.sqrt(2 * pooled * (1 - pooled) / 1320)
    assert gsm8k.p_value == pytest.approx(2 * float(stats.norm.sf(z)), rel=1e-2)
    # Newcombe's square and add of two Wilson intervals, by hand.
    ends = [stats.binomtest(round(share * 1320), 1320).proportion_ci(method="wilson") for share in (0.6, 0.5)]
    low = 0.1 - np.hypot(0.6 - ends[0].low, ends[1].high - 0.5)
    assert gsm8k.difference.low == pytest.approx(low, abs=1e-4)


def test_unpaired_bounds_are_wider_than_paired_ones():
    rng = np.random.default_rng(5)
    right = rng.random(400) < rng.beta(0.5, 0.5, (2, 400)).mean(axis=0)
    both = np.stack([right, np.where(rng.random(400) < 0.15, ~right, right)])
    table = pd.DataFrame(
        {
            "task": "t",
            "item": np.tile(np.arange(400), 2),
            "version": np.repeat(["v1", "v2"], 400),
            "score": both.ravel().astype(float),
        }
    )
    (paired,) = seesaw(table, **COLUMNS).tasks
    (unpaired,) = seesaw_published(
        pd.DataFrame({"task": ["t"], "v1": [paired.old], "v2": [paired.new], "size": [400]}), **PUBLISHED
    ).tasks
    assert unpaired.difference.value == pytest.approx(paired.difference.value)
    assert unpaired.p_value > paired.p_value
    assert unpaired.difference.high - unpaired.difference.low > 1.2 * (
        paired.difference.high - paired.difference.low
    )


def test_what_is_no_share_is_refused():
    table = pd.DataFrame({"task": ["a", "b"], "v1": [0.5, 0.6], "v2": [55.0, 0.7], "size": [100, 100]})
    with pytest.raises(ValueError, match=r"'v2' holds shares in \[0, 1\] \(72.5 % is 0.725\); got 55"):
        seesaw_published(table, **PUBLISHED)
    with pytest.raises(ValueError, match="names a task twice"):
        seesaw_published(table.assign(task="a", v2=0.7), **PUBLISHED)
    with pytest.raises(ValueError, match=r"holds numbers of items, whole and 1 or more; got 0\.5"):
        seesaw_published(table.assign(size=0.5, v2=0.7), **PUBLISHED)
    with pytest.raises(ValueError, match="fdr is a share"):
        seesaw_published(table, fdr=5, **PUBLISHED)


def test_versions_that_share_no_items_are_refused():
    table = versions(np.random.default_rng(6), [0.0])
    apart = table[(table["version"] == "v1") == (table["item"] < 30)]
    with pytest.raises(UnbalancedError, match="no item has both"):
        seesaw(apart, **COLUMNS)
    with pytest.raises(ValueError, match="'version' has no level 'v3'"):
        seesaw(table, **(COLUMNS | Columns(COLUMNS, new="v3")))
