import pytest

from experiments.baselines.facts import UnknownName, load
from experiments.baselines.query import parse, select, suggestions


def test_names_lists_and_patterns():
    found = parse(["task=drop,TriviaQA", "model=gpt-4-*,davinci"], load())
    assert found.tasks == ("triviaqa", "drop")
    assert found.models == ("davinci", "gpt-4-0314", "gpt-4-0613", "gpt-4-1106-preview")


def test_what_is_not_given_is_all():
    found = parse(["task=arc*"], load())
    assert found.tasks == ("arc_e", "arc_c")
    assert found.models == tuple(load().models)


def test_rows_come_by_task_and_model():
    rows = select(parse(["task=drop,mmlu", "model=gpt-4-0613,davinci"], load()), load())
    assert [(row.figure.task, row.figure.model, row.figure.setting) for row in rows] == [
        ("mmlu", "davinci", "5-shot"),
        ("mmlu", "gpt-4-0613", "5-shot"),
        ("mmlu", "gpt-4-0613", "5-shot CoT"),
        ("drop", "davinci", "3-shot"),
        ("drop", "gpt-4-0613", "3-shot"),
    ]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("tsk=drop", "'tsk=drop' is no filter of published figures; did you mean 'task'"),
        ("drop", "'drop' is no filter of published figures; expected task=… or model=…"),
        ("task=drp", "the benchmark 'drp'; did you mean 'drop'"),
        ("task=", "no published figures for the benchmark ''"),
        ("model=x*", "no model with published figures fits 'x\\*'; there are: davinci"),
    ],
)
def test_what_cannot_be_asked_for(word: str, message: str):
    with pytest.raises(UnknownName, match=message):
        parse([word], load())


def test_suggestions_complete_the_last_value():
    assert suggestions("ta") == ["task=", "model="]
    assert "task=drop,mmlu" in suggestions("task=drop,m")
    assert "model=gpt-4-0613" in suggestions("model=")
    assert suggestions("nothing=") == []
