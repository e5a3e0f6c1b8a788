from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions_of

from stats.entropy import class_consistency, distributions, entropy_sensitivity
from stats.tables import UnbalancedError

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    item: str
    template: str


COLUMNS = Columns(item="item", template="template")
CLASSES = ["p0", "p1", "p2"]


def soft(p: "np.ndarray") -> pd.DataFrame:
    item, template = np.indices(p.shape[:2]).reshape(2, -1)
    table = pd.DataFrame({"item": item, "template": template})
    return table.assign(**{name: p[..., index].ravel() for index, name in enumerate(CLASSES)})


def test_probabilities_split_into_doubt_and_divergence():
    p = np.random.default_rng(1).dirichlet([1, 1, 1], (12, 4))
    found = entropy_sensitivity(soft(p), probabilities=CLASSES, **COLUMNS)
    whole = distributions_of.entropy(p.mean(axis=1), axis=1).mean() / np.log(3)
    doubt = distributions_of.entropy(p, axis=2).mean() / np.log(3)
    assert found.raw == pytest.approx(whole)
    assert found.floor == pytest.approx(doubt)
    assert found.corrected == found.signed == pytest.approx(whole - doubt)
    assert found.low < found.corrected < found.high
    assert found.detectable is None


def test_equal_probabilities_diverge_by_nothing():
    p = np.broadcast_to(np.random.default_rng(1).dirichlet([1, 1, 1], (12, 1)), (12, 4, 3))
    found = entropy_sensitivity(soft(p), probabilities=CLASSES, **COLUMNS)
    assert found.corrected == pytest.approx(0, abs=1e-12)
    assert found.raw == pytest.approx(found.floor)


def test_one_answer_a_cell_gives_the_papers_number_and_no_floor(tidy: Tidy):
    table = tidy(np.array([[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]]))
    found = entropy_sensitivity(table, answer="score", classes=[0, 1], **COLUMNS)
    expected = [0, 1, distributions_of.entropy([0.25, 0.75], base=2)]
    assert found.raw == pytest.approx(np.mean(expected))
    assert np.isnan(found.floor)
    assert "needs class probabilities" in found.note
    three = entropy_sensitivity(table, answer="score", classes=[0, 1, 2], **COLUMNS)
    assert three.raw == pytest.approx(found.raw * np.log(2) / np.log(3))


def test_answers_to_equal_templates_diverge_by_nothing_on_average(replicated: Tidy):
    generator = np.random.default_rng(2)
    signed = []
    for _ in range(100):
        chance = np.clip(0.6 + generator.normal(0, 0.2, (40, 1, 1)), 0, 1)
        table = replicated((generator.random((40, 4, 2)) < chance).astype(float))
        signed.append(entropy_sensitivity(table, answer="score", rng=generator, draws=20, **COLUMNS).signed)
    values = np.array(signed, dtype=float)
    assert abs(values.mean()) < 2 * values.std() / np.sqrt(values.size)
    chance = np.broadcast_to([[0.1], [0.9], [0.5], [0.3]], (40, 4, 1))
    real = replicated((generator.random((40, 4, 3)) < chance).astype(float))
    found = entropy_sensitivity(real, answer="score", rng=generator, **COLUMNS)
    assert found.detectable
    assert found.raw == pytest.approx(found.floor + (found.signed or 0))


def test_consistency_is_1_less_the_distance_of_items_of_a_class():
    p = np.array([[[1, 0, 0]], [[0, 1, 0]], [[1, 0, 0]], [[0.5, 0.5, 0]]], dtype=float)
    p = np.repeat(p, 2, axis=1)
    table = soft(p).assign(gold="x")
    distances = [1, 0, 0.5, 1, 0.5, 0.5]
    found = class_consistency(table, gold="gold", probabilities=CLASSES, **COLUMNS)
    assert found.value == pytest.approx(1 - np.mean(distances))
    both = pd.concat([table, table.assign(item=lambda t: t["item"] + 10, gold="y", p0=1.0, p1=0.0, p2=0.0)])
    found = class_consistency(both, gold="gold", probabilities=CLASSES, **COLUMNS)
    assert found.value == pytest.approx((2 - np.mean(distances)) / 2)
    assert found.n == {"item": 8, "template": 2}
    with pytest.raises(ValueError, match="one class an item"):
        class_consistency(table.assign(gold=table["template"]), gold="gold", probabilities=CLASSES, **COLUMNS)
    with pytest.raises(ValueError, match="3 levels of 'item'"):
        class_consistency(table[table["item"] < 2], gold="gold", probabilities=CLASSES, **COLUMNS)


def test_what_is_no_distribution_is_refused(tidy: Tidy, replicated: Tidy):
    table = tidy(np.eye(3))
    with pytest.raises(ValueError, match="exactly one of answer and probabilities"):
        distributions(table, **COLUMNS)
    with pytest.raises(ValueError, match="sum to 1"):
        distributions(table.assign(other=0.5), probabilities=["score", "other"], **COLUMNS)
    with pytest.raises(ValueError, match="answers that are no class"):
        distributions(table, answer="score", classes=["A", "B"], **COLUMNS)
    with pytest.raises(ValueError, match="at least 2 classes"):
        distributions(table.assign(score=1), answer="score", **COLUMNS)
    rows = replicated(np.random.default_rng(1).integers(0, 2, (5, 3, 2)))
    with pytest.raises(ValueError, match="rng is needed"):
        entropy_sensitivity(rows, answer="score", **COLUMNS)
    with pytest.raises(UnbalancedError, match="cells hold 1 to 2 answers"):
        entropy_sensitivity(rows.iloc[1:], answer="score", **COLUMNS)
