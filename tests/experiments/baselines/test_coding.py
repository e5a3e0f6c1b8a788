"""One attempt against many, as published."""

from experiments.baselines.coding import alignment_tax, pass_table
from experiments.baselines.facts import load


def test_the_table_of_passes():
    rows = pass_table(load())
    assert len(rows) == 12
    assert [tuple(row.at) for row in rows] == [(1, 10, 100)] * 6 + [(1, 80)] * 6
    for row in rows:
        scores = [one.figure.score for one in row.at.values()]
        assert scores == sorted(scores)
    gpt4 = next(row for row in rows if row.model == "gpt-4-0314" and row.task == "humaneval")
    assert [one.figure.score for one in gpt4.at.values()] == [0.663, 0.796, 0.829]
    assert [one.items for one in gpt4.at.values()] == [164] * 3


def test_every_aligned_model_gains_at_one_attempt_and_loses_in_many():
    taxes = alignment_tax(load())
    assert len(taxes) == 6
    assert all(one.taxed for one in taxes)


def test_but_the_loss_can_be_told_from_none_only_once():
    taxes = alignment_tax(load())
    lost = [(one.task, one.most.after.model, one.k) for one in taxes if one.most.told_apart()]
    assert lost == [("humaneval", "gpt-3.5-turbo-0301", 100)]
    gained = {(one.task, one.first.after.model) for one in taxes if one.first.told_apart()}
    assert gained == {
        (task, model)
        for task in ("humaneval", "mbpp")
        for model in ("text-davinci-003", "gpt-3.5-turbo-0301")
    }


def test_gpt_4_needs_fewer_attempts_than_the_base_for_less():
    rows = {(row.task, row.model): row for row in pass_table(load())}
    base, gpt4 = rows["humaneval", "code-davinci-002"], rows["humaneval", "gpt-4-0314"]
    assert gpt4.at[1].figure.score > base.at[1].figure.score
    assert gpt4.at[100].figure.score < base.at[100].figure.score
