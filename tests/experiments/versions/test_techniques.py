import numpy as np
import pytest
from scipy import stats as scipy_stats

from experiments.versions.steps import steps_of
from experiments.versions.techniques import techniques
from tests.experiments.versions.made import made

TASKS = {f"t{place}": 0.5 for place in range(5)}


def test_a_technique_is_the_mean_over_tasks_with_students_interval():
    base, sft = made("base", TASKS), made("sft", TASKS, seed=2, parent="base", technique="SFT")
    (step,) = steps_of([base, sft], ())
    (found,) = techniques([step])
    points = np.array([one.points for one in step.seesaw.changes])
    ends = scipy_stats.t.interval(0.95, len(points) - 1, points.mean(), scipy_stats.sem(points))
    assert found.mean is not None
    assert (found.mean.value, found.mean.low, found.mean.high) == pytest.approx((points.mean(), *ends))
    assert found.p_adjusted == pytest.approx(scipy_stats.ttest_1samp(points, 0).pvalue)
    assert (found.tasks, found.rose, found.fell, found.undecided) == (5, 0, 0, 5)


def test_steps_of_one_technique_are_averaged_within_their_tasks():
    base = made("base", TASKS, seed=1)
    one = made("one", TASKS, seed=2, parent="base", technique="SFT")
    two = made("two", {"t0": 0.9, "t1": 0.9}, seed=3, parent="base", technique="sft")
    steps = steps_of([base, one, two], ())
    (found,) = techniques(steps)
    assert (found.name, len(found.steps), found.tasks) == ("SFT", 2, 5)
    gains = [[step.seesaw.changes[place].gain for step in steps] for place in (0, 1)]
    alone = [change.gain for change in steps[0].seesaw.changes[2:]]
    assert found.mean is not None
    assert found.mean.value == pytest.approx(np.mean([*(sum(own) / 2 for own in gains), *alone]))


def test_p_values_are_adjusted_over_the_techniques_that_have_one():
    base = made("base", TASKS)
    tuned = [
        made(name, dict.fromkeys(TASKS, chance), seed=seed, parent="base", technique=name)
        for name, seed, chance in (("SFT", 2, 0.6), ("RLHF", 3, 0.8))
    ]
    small = made("small", {"t0": 0.9}, seed=4, parent="base", technique="DPO")
    steps = steps_of([base, *tuned, small], ())
    found = {one.name: one for one in techniques(steps)}
    alone = [techniques([step])[0].p_adjusted or 1.0 for step in steps[:2]]
    assert [found[name].p_adjusted for name in ("SFT", "RLHF")] == pytest.approx(
        scipy_stats.false_discovery_control(alone)
    )
    assert found["DPO"].p_adjusted is None


def test_less_toxicity_is_for_the_better():
    base = made("base", TASKS, higher_is_better=False)
    tuned = made(
        "tuned",
        dict.fromkeys(TASKS, 0.2),
        seed=2,
        higher_is_better=False,
        parent="base",
        technique="RLHF",
    )
    (found,) = techniques(steps_of([base, tuned], ()))
    assert found.mean is not None
    assert found.mean.low > 0
    assert found.rose == 5


def test_two_tasks_give_no_interval_and_pairs_no_technique():
    two = {"t0": 0.5, "t1": 0.5}
    base, sft = made("base", two), made("sft", two, seed=2, parent="base", technique="SFT")
    (found,) = techniques(steps_of([base, sft], ()))
    assert found.mean is None
    assert techniques(steps_of([base, made("other", two, seed=3)], ())) == ()
