import pytest

from experiments.importing.choose import Metrics
from experiments.importing.rows import ImportingError


def kept(metrics: Metrics, names: str, usual: str = "") -> str:
    return " ".join(name for name in names.split() if metrics.keep("t", name, usual))


def test_the_only_metric_needs_no_choice() -> None:
    metrics = Metrics(())
    assert kept(metrics, "acc acc") == "acc acc"
    assert metrics.reported() == {"t": "acc"}


def test_of_several_the_first_wanted_is_reported_whatever_comes_first() -> None:
    metrics = Metrics(("f1", "em"))
    assert kept(metrics, "em acc f1") == "em f1"
    assert metrics.reported() == {"t": "f1"}


def test_a_task_without_the_first_wanted_reports_the_next() -> None:
    metrics = Metrics(("f1", "em"))
    kept(metrics, "em f1")
    metrics.keep("other", "em")
    assert metrics.reported() == {"t": "f1", "other": "em"}


def test_a_bare_name_stands_for_the_one_with_a_filter() -> None:
    metrics = Metrics(("em",))
    assert kept(metrics, "em,strict acc,none") == "em,strict"
    assert metrics.reported() == {"t": "em,strict"}
    kept(metrics, "em,lenient")
    with pytest.raises(ImportingError, match="--metric em: t has several of it: em,strict, em,lenient"):
        metrics.reported()


def test_a_formats_usual_metric_is_taken_unless_another_is_wanted() -> None:
    metrics = Metrics(())
    assert kept(metrics, "pass score", "score") == "score"
    assert metrics.reported() == {"t": "score"}
    other = Metrics(("pass",))
    assert kept(other, "pass score", "score") == "pass"
    assert other.reported() == {"t": "pass"}


def test_without_a_choice_or_with_one_that_is_not_there_the_list_is_given() -> None:
    metrics = Metrics(())
    assert kept(metrics, "em acc") == "em"
    with pytest.raises(
        ImportingError, match=r"t has several metrics: choose one with --metric .*: 'acc', 'em'"
    ):
        metrics.reported()
    wrong = Metrics(("accuracy", "x"))
    kept(wrong, "em acc")
    with pytest.raises(ImportingError, match=r"t has no metric accuracy or x.*; it has 'acc', 'em'"):
        wrong.reported()
