import numpy as np
import pytest

from experiments.baselines.facts import load
from experiments.baselines.results import Result
from experiments.baselines.rows import alike, result
from experiments.baselines.seesaw import Seesaw, seesaw


def table(before: list[float], after: list[float], items: int | None = 400) -> list[Result]:
    return [
        Result(model, f"t{place}", score, items)
        for model, scores in (("old", before), ("new", after))
        for place, score in enumerate(scores)
    ]


def published(before: str, after: str) -> Seesaw:
    facts = load()
    pairs = alike(facts, before, after)
    return seesaw([result(one, facts.benchmarks[one.task]) for pair in pairs for one in pair], before, after)


def test_any_table_of_scores_will_do():
    found = seesaw([*table([0.5, 0.8, 0.3], [0.7, 0.6, 0.31]), Result("other", "t0", 0.1, 5)], "old", "new")
    assert [one.before.task for one in found.rose] == ["t0"]
    assert [one.before.task for one in found.fell] == ["t1"]
    assert [one.before.task for one in found.undecided] == ["t2"]
    assert found.missing == ()


def test_where_lower_is_better_a_lower_score_rose():
    rows = [Result("old", "t", 0.4, 400, False, True), Result("new", "t", 0.2, 400, False, True)]
    assert len(seesaw(rows, "old", "new").rose) == 1


def test_tasks_of_one_version_are_named_and_left_out():
    found = seesaw([*table([0.5], [0.7]), Result("new", "only", 0.1, 400)], "old", "new")
    assert found.missing == ("only",)
    assert len(found.changes) == 1


def test_without_a_number_of_items_nothing_is_decided():
    found = seesaw(table([0.0], [1.0], None), "old", "new")
    assert len(found.undecided) == 1


def test_of_equal_versions_hardly_anything_is_said_to_differ():
    rng = np.random.default_rng(5)
    true = rng.uniform(0.2, 0.9, size=8)
    called = 0
    for _ in range(250):
        scores = rng.binomial(300, true, size=(2, 8)) / 300
        found = seesaw(table(scores[0].tolist(), scores[1].tolist(), 300), "old", "new")
        called += bool(found.rose or found.fell)
    assert called / 250 <= 0.05 + 3 * (0.05 * 0.95 / 250) ** 0.5


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (table([0.5], [0.6])[:1], "new has no score"),
        ([*table([0.5], [0.6]), Result("old", "t0", 0.4, 9)], "old has two scores on t0"),
    ],
)
def test_tables_that_will_not_do(rows: list[Result], message: str):
    with pytest.raises(ValueError, match=message):
        seesaw(rows, "old", "new")


def test_the_seesaw_of_gpt_3_5():
    found = published("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613")
    assert len(found.changes) == 24
    assert {one.before.task for one in found.rose} == {
        "triviaqa",
        "bbh",
        "drop",
        "humaneval",
        "mbpp",
        "tydiqa",
    }
    assert {one.before.task for one in found.fell} == {"winogrande", "math", "agieval_zh"}


def test_most_of_the_seesaw_of_gpt_4_cannot_be_told_from_no_change():
    found = published("gpt-4-0314", "gpt-4-0613")
    assert {one.before.task for one in found.rose} == {"lambada"}
    assert {one.before.task for one in found.fell} == {"mmlu", "drop", "math", "mgsm"}
    assert len(found.undecided) == 19
