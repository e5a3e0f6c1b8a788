from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.baselines.lineage import Evolution
from experiments.versions.graph import own_evolution
from experiments.versions.steps import Version, steps_of
from tests.experiments.versions.made import made

PLAIN = made("plain", {"a": 0.5}, items=2).side


def drawn(*versions: Version) -> Evolution | None:
    return own_evolution(versions, steps_of(versions, ()))


def version(name: str, parent: str = "", technique: str = "", date: str = "") -> Version:
    return Version(name, replace(PLAIN, model=name), parent, technique, date)


def test_no_graph_without_a_parent():
    assert drawn(version("a", date="2024"), version("b")) is None


def test_a_parent_that_was_not_run_is_hollow():
    graph = drawn(version("chat", "base", "SFT", "2024"), version("other"))
    assert graph is not None
    assert [(one.name, one.scored, one.technique) for one in graph.nodes] == [
        ("base", False, ""),
        ("chat", True, "SFT"),
    ]
    assert [(one.parent, one.child) for one in graph.edges] == [("base", "chat")]


def test_a_side_branch_stands_a_lane_further_out():
    graph = drawn(
        version("base"),
        version("code", "base", "code pretraining", "2024-03"),
        version("sft", "base", "SFT", "2024-02"),
        version("rlhf", "sft", "RLHF", "2024-04"),
    )
    assert graph is not None
    assert [(one.name, one.lane) for one in graph.nodes] == [
        ("base", 0),
        ("code", 1),
        ("sft", 0),
        ("rlhf", 0),
    ]


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_every_model_stands_once_below_the_one_it_was_made_from(draws: list[int]):
    """A random tree: model n + 1 is made from one of the n before it."""
    versions = [version("m0")] + [
        version(f"m{place + 1}", f"m{draw % (place + 1)}", "SFT") for place, draw in enumerate(draws)
    ]
    graph = own_evolution(versions, ())
    assert graph is not None
    names = [one.name for one in graph.nodes]
    assert sorted(names) == sorted(one.name for one in versions)
    assert {(one.child, one.parent) for one in graph.edges} == {
        (one.name, one.parent) for one in versions if one.parent
    }
    at = {one.name: (place, one.lane) for place, one in enumerate(graph.nodes)}
    for edge in graph.edges:
        (above, lane), (below, other) = at[edge.parent], at[edge.child]
        assert above < below
        assert other in (lane, lane + 1)
        if lane == other:  # nothing stands on the line between them
            assert all(one.lane != lane for one in graph.nodes[above + 1 : below])
