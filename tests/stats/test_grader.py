from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest

from stats.components import components
from stats.grader import grader_effect
from stats.tables import UnbalancedError

ITEMS, TEMPLATES = 150, 12


class Columns(TypedDict):
    value: str
    item: str
    template: str
    grader: str


COLUMNS = Columns(value="score", item="item", template="template", grader="grader")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def graded(
    seed: int, *, effect: float = 0.0, unreadable: Callable[[np.random.Generator], "np.ndarray"] | None = None
) -> pd.DataFrame:
    """Two graders of the same completions: the lenient reads all, the strict not those of some templates."""
    generator = np.random.default_rng(seed)
    chance = 0.7 + generator.normal(0, 0.1, (ITEMS, 1)) + effect * generator.normal(0, 1, TEMPLATES)
    right = generator.random((ITEMS, TEMPLATES)) < chance
    shares = np.zeros(TEMPLATES) if unreadable is None else unreadable(generator)
    lost = generator.random((ITEMS, TEMPLATES)) < shares
    item, template = np.indices(right.shape).reshape(2, -1)
    said = np.where(right, "gold", "other").ravel()
    lenient = pd.DataFrame({"item": item, "template": template, "score": right.ravel().astype(float)})
    lenient = lenient.assign(grader="lenient", status="read", answer=said)
    strict = lenient.assign(
        grader="strict",
        score=(right & ~lost).ravel().astype(float),
        status=np.where(lost.ravel(), "unparsed", "read"),
    )
    return pd.concat([strict, lenient], ignore_index=True)


def half_unread(generator: np.random.Generator) -> "np.ndarray":
    return generator.permutation(np.repeat([0.0, 0.5], TEMPLATES // 2))


def test_sensitivity_that_is_all_extraction_vanishes_with_the_grader_that_reads():
    table = graded(1, unreadable=half_unread)
    found = grader_effect(table, reported="strict", status="status", answer="answer", rng=rng(), **COLUMNS)
    assert (found.reported, found.best) == ("strict", "lenient")
    strict, lenient = found.views
    assert (strict.grader, lenient.grader) == ("strict", "lenient")
    assert strict.sigma.detectable
    assert not lenient.sigma.detectable
    assert found.vanishing.low < 1 < found.vanishing.high
    parts = [
        components(table[table["grader"] == name], value="score", factors=("item", "template")).get(
            "template"
        )
        for name in ("strict", "lenient")
    ]
    assert found.difference.value == pytest.approx(parts[0].raw - parts[1].raw)
    assert found.vanishing.value == pytest.approx(1 - parts[1].raw / parts[0].raw)
    assert found.difference.low > 0
    shares = list(found.unparsed_by_template.values())
    assert sum(share == 0 for share in shares) == TEMPLATES // 2
    assert strict.unparsed == pytest.approx(np.mean(shares))
    assert lenient.unparsed == 0
    assert found.unparsed_sigma is not None
    assert found.unparsed_sigma.detectable
    assert found.flips is not None
    assert found.flips.same_answer == 0  # whatever was read was graded alike
    assert found.flips.unparsed + found.flips.changed == pytest.approx(1)
    assert list(found.to_frame()["grader"]) == ["strict", "lenient"]
    assert found.as_dict()["reported"] == "strict"


def test_sensitivity_of_the_answers_stays_with_every_grader():
    found = grader_effect(graded(2, effect=0.1), reported="strict", status="status", rng=rng(), **COLUMNS)
    assert found.vanishing.value == found.difference.value == 0
    assert found.flips is None
    assert "nothing to compare" not in found.note


def test_the_interval_of_the_difference_holds_the_truth():
    inside = []
    for seed in range(40):
        found = grader_effect(
            graded(seed, unreadable=half_unread),
            reported="strict",
            best="lenient",
            draws=200,
            rng=np.random.default_rng(seed),
            **COLUMNS,
        )
        # Half of the templates lose half of .7: a two-point distribution's variance, T - 1 below.
        true = (0.35 / 2) ** 2 * TEMPLATES / (TEMPLATES - 1)
        inside.append(found.difference.low <= true <= found.difference.high)
    assert np.mean(inside) >= 0.9


def test_a_flip_may_be_the_graders_though_the_answer_is_the_same():
    answers = [["a", "a"], ["a", "b"], [None, "a"]]
    scores = {"strict": [[1, 0], [1, 0], [0, 1]], "lenient": [[1, 1], [1, 0], [0, 1]]}
    rows = [
        (i, t, name, scores[name][i][t], answers[i][t], "unparsed" if answers[i][t] is None else "read")
        for name in scores
        for i in range(3)
        for t in range(2)
    ]
    table = pd.DataFrame(rows, columns=["item", "template", "grader", "score", "answer", "status"])
    found = grader_effect(
        table, reported="strict", best="lenient", status="status", answer="answer", rng=rng(), **COLUMNS
    )
    assert found.flips is not None
    assert found.flips.pairs == 3
    shares = (found.flips.unparsed, found.flips.same_answer, found.flips.changed)
    assert shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_no_reported_variance_has_no_share():
    table = graded(3)
    table["score"] = (table["item"] % 2).astype(float)
    found = grader_effect(table, reported="strict", rng=rng(), **COLUMNS)
    assert found.best == "lenient"
    assert np.isnan(found.vanishing.value)
    assert "no template variance is left" in found.vanishing.note
    assert found.unparsed_by_template == {}


def test_what_cannot_be_compared_is_refused():
    table = graded(4)
    with pytest.raises(ValueError, match="'grader' has no level 'strikt': did you mean 'strict'"):
        grader_effect(table, reported="strikt", rng=rng(), **COLUMNS)
    with pytest.raises(ValueError, match="at least 2 levels of 'grader'"):
        grader_effect(table[table["grader"] == "strict"], reported="strict", rng=rng(), **COLUMNS)
    three = pd.concat([table, table[table["grader"] == "lenient"].assign(grader="judge")])
    with pytest.raises(ValueError, match="best of 3 levels of 'grader' has to be named"):
        grader_effect(three, reported="strict", rng=rng(), **COLUMNS)
    with pytest.raises(UnbalancedError, match="every grader has to score every completion"):
        grader_effect(pd.concat([table, table.iloc[:1]]), reported="strict", rng=rng(), **COLUMNS)
