from dataclasses import replace
from pathlib import Path

import pytest

from experiments.compare.sides import CompareError
from experiments.versions.steps import Version, steps_of
from tests.experiments.versions.made import made


def version(name: str, parent: str = "", technique: str = "") -> Version:
    return made(name, {"a": 0.5}, items=20, parent=parent, technique=technique)


def ends(*versions: Version, pairs: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, str, str]]:
    steps = steps_of(versions, pairs)
    return [(step.before.name, step.after.name, step.technique) for step in steps]


def test_steps_follow_the_lineage_then_the_pairs():
    base = version("base")
    sft = version("sft", parent="base", technique="SFT")
    rlhf = version("rlhf", parent="sft", technique="RLHF")
    assert ends(rlhf, base, sft) == [("base", "sft", "SFT"), ("sft", "rlhf", "RLHF")]
    assert ends(base, sft, rlhf, pairs=(("base", "rlhf"), ("base", "sft"))) == [
        ("base", "sft", "SFT"),
        ("sft", "rlhf", "RLHF"),
        ("base", "rlhf", ""),
    ]


def test_a_parent_that_was_not_run_makes_no_step():
    assert ends(version("a"), version("b"), version("c", parent="gone", technique="SFT")) == []


def test_two_models_alone_are_one_step_in_the_order_given():
    assert ends(version("b"), version("a")) == [("b", "a", "")]
    assert ends(version("a"), version("b"), version("c")) == []


def test_the_parent_of_the_same_run_comes_first():
    first, second = Path("runs/first"), Path("runs/second")

    def at(folder: Path, one: Version) -> Version:
        return replace(one, name=f"{one.name} ({folder.name})", side=replace(one.side, folder=folder))

    child = version("sft", parent="base", technique="SFT")
    base = version("base")
    assert ends(at(first, base), at(second, base), at(second, child)) == [
        ("base (second)", "sft (second)", "SFT")
    ]
    with pytest.raises(
        CompareError, match="several runs have: give one of runs/first:base, runs/second:base"
    ):
        ends(at(first, base), at(second, base), at(Path("runs/third"), child))


def test_no_model_descends_from_itself():
    with pytest.raises(CompareError, match="lineage: a from b from a: no model can be made from itself"):
        ends(version("a", parent="b", technique="x"), version("b", parent="a", technique="y"))


def test_pairs_name_models_that_are_there():
    both = version("gpt-4o"), version("gpt-4.1")
    with pytest.raises(CompareError, match=r"--pair: no run has a model 'gpt-4q'; did you mean"):
        ends(*both, pairs=(("gpt-4q", "gpt-4.1"),))
    with pytest.raises(CompareError, match="that is one model, expected two"):
        ends(*both, pairs=(("gpt-4o", "gpt-4o"),))
    twins = replace(both[0], name="gpt-4o (x)"), replace(both[0], name="gpt-4o (y)")
    with pytest.raises(CompareError, match=r"name one of 'gpt-4o \(x\)', 'gpt-4o \(y\)'"):
        ends(*twins, pairs=(("gpt-4o", "gpt-4o"),))
    assert ends(*both, pairs=(("runs/gpt-4.1:gpt-4.1", "gpt-4o"),)) == [("gpt-4.1", "gpt-4o", "")]
