import math

import pytest

from experiments.baselines.facts import Benchmark, load
from experiments.baselines.radar import radar
from experiments.baselines.results import Result, sampling_interval
from experiments.baselines.rows import main_table, result
from experiments.report.suite import CATEGORIES


def benchmark(task: str, category: str, subcategory: str, *, lower: bool = False) -> Benchmark:
    return Benchmark(task, task.upper(), category, subcategory, "F1", lower, 100, 100, "counted", "")


BENCHMARKS = {
    one.task: one
    for one in (
        benchmark("q", "Knowledge", "QA"),
        benchmark("w", "Knowledge", "QA"),
        benchmark("x", "Knowledge", "Exam"),
        benchmark("toxic", "Safety", "Toxicity", lower=True),
        benchmark("true", "Safety", "Truthfulness"),
    )
}


def test_the_rule_by_hand():
    rows = [Result("m", "q", 0.2, 100), Result("m", "w", 0.4, 100), Result("m", "x", 0.9, 50)]
    rows += [Result("m", "toxic", 0.1, 100, lower_is_better=True), Result("m", "true", 0.5, 100)]
    knowledge, safety = radar(rows, BENCHMARKS)
    assert knowledge.value == pytest.approx((0.3 + 0.9) / 2)
    assert safety.value == pytest.approx((0.9 + 0.5) / 2)
    assert knowledge.missing == safety.missing == ()


def test_the_interval_adds_the_benchmarks_in_quadrature():
    rows = [Result("m", "q", 0.2, 100), Result("m", "x", 0.9, 50)]
    (knowledge,) = radar(rows, BENCHMARKS)
    ends = [sampling_interval(row) for row in rows]
    below = math.hypot(*((one.value - one.low) / 2 for one in ends if one))
    above = math.hypot(*((one.high - one.value) / 2 for one in ends if one))
    assert knowledge.interval is not None
    assert knowledge.interval.low == pytest.approx(0.55 - below)
    assert knowledge.interval.high == pytest.approx(0.55 + above)
    assert knowledge.missing == ("W",)


def test_a_turned_benchmark_turns_its_interval():
    one = Result("m", "toxic", 0.1, 50, lower_is_better=True)
    (safety,) = radar([one], BENCHMARKS)
    own = sampling_interval(one)
    assert own is not None
    assert safety.interval is not None
    assert (safety.interval.low, safety.interval.high) == pytest.approx((1 - own.high, 1 - own.low))


def test_two_scores_on_a_task_are_refused():
    with pytest.raises(ValueError, match="m has two scores on q"):
        radar([Result("m", "q", 0.2, 100), Result("m", "q", 0.3, 100)], BENCHMARKS)


def test_the_published_radar():
    facts = load()
    found = {
        (one.model, one.category): one
        for one in radar(
            [result(one, facts.benchmarks[one.task]) for one in main_table(facts)], facts.benchmarks
        )
    }
    llama = {category: 100 * found["Llama 2-70B", category].value for category in CATEGORIES}
    qa, exams = (27.0 + 38.2 + 74.0) / 3, (67.8 + 44.0 + 93.4 + 79.6) / 4
    assert llama["Knowledge"] == pytest.approx((qa + exams) / 2)
    assert llama["Safety"] == pytest.approx((59.4 + 100 - 15.0) / 2)
    assert llama["Coding"] == pytest.approx((12.7 + 58.0) / 2)
    assert all((one.interval is None) == (category == "Safety") for (_, category), one in found.items())
    assert ("PaLM 2-L", "Coding") not in found
    assert found["PaLM 2-L", "Knowledge"].missing == ("AGIEval-EN",)
