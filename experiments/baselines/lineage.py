"""The evolution graph, and what each of its steps did to the scores."""

from dataclasses import dataclass

from experiments.baselines.facts import Edge, Facts
from experiments.baselines.rows import alike, result
from experiments.baselines.seesaw import Seesaw, seesaw


@dataclass(frozen=True)
class Contrast:
    """What a step of the lineage did, by task.

    Attributes:
        parent: The nearest scored ancestor.
        child: The scored model.
        techniques: The steps between them, those of models without scores included.
        series: Whether one of the steps joins two series, whose models differ in more than the technique.
        seesaw: The differences on every task both have in one setting.
    """

    parent: str
    child: str
    techniques: tuple[str, ...]
    series: bool
    seesaw: Seesaw


@dataclass(frozen=True)
class Node:
    """A model of an evolution graph.

    Attributes:
        name: The model.
        lane: Where it stands, from 0; a side branch stands a little aside of its lane.
        date: When it came out; empty if that is not known.
        technique: What made it; empty for one that was made from no other.
        scored: Whether it has scores.
    """

    name: str
    lane: float
    date: str
    technique: str
    scored: bool


@dataclass(frozen=True)
class Arrow:
    """From a model to one that was made from it; `series` where it joins two series."""

    parent: str
    child: str
    series: bool = False


@dataclass(frozen=True)
class Evolution:
    """An evolution graph: its models, a row each, its arrows, and the names of its lanes.

    Attributes:
        title: What it is.
        nodes: Parents before their children.
        edges: Between them.
        lanes: A name for each lane; empty where lanes have none.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Arrow, ...]
    lanes: tuple[str, ...]


def published_evolution(facts: Facts) -> Evolution:
    """GPT-Fathom's evolution graph, a lane for each series."""
    lanes = ("GPT-3", "GPT-3.5", "GPT-4")
    scored = {one.model for one in facts.scores}
    tied = {name for edge in facts.edges for name in (edge.parent, edge.child)}
    steps = [edge for edge in facts.edges if edge.kind == "step"]
    # A side branch stands aside, so that the line that passes it does not seem to start from it.
    aside = {
        one.child
        for place, one in enumerate(steps)
        if one.parent in {edge.parent for edge in steps[place + 1 :]}
    }
    into = {edge.child: edge for edge in facts.edges}
    nodes = tuple(
        Node(
            name,
            lanes.index(model.family) - (0.4 if name in aside else 0.0),
            model.release,
            into[name].technique if name in into else "",
            name in scored,
        )
        for name, model in facts.models.items()
        if name in tied
    )
    edges = tuple(Arrow(one.parent, one.child, one.kind == "series") for one in facts.edges)
    return Evolution("From GPT-3 to GPT-4", nodes, edges, lanes)


def contrasts(facts: Facts, level: float = 0.95) -> tuple[Contrast, ...]:
    """Every step between two scored models, in the order of the graph.

    Models without scores (ChatGPT, the first GPT-4) are passed over, and their steps joined.

    Args:
        facts: The published figures.
        level: Coverage of the intervals.
    """
    into = {edge.child: edge for edge in facts.edges}
    scored = {one.model for one in facts.scores}
    found: list[Contrast] = []
    for edge in facts.edges:
        if edge.child not in scored:
            continue
        steps = _back_to_scored(edge, into, scored)
        parent = steps[0].parent
        pairs = alike(facts, parent, edge.child)
        if parent not in scored or not pairs:
            continue
        results = [result(one, facts.benchmarks[one.task]) for pair in pairs for one in pair]
        found.append(
            Contrast(
                parent,
                edge.child,
                tuple(step.technique for step in steps),
                any(step.kind == "series" for step in steps),
                seesaw(results, parent, edge.child, level),
            )
        )
    return tuple(found)


def _back_to_scored(edge: Edge, into: dict[str, Edge], scored: set[str]) -> list[Edge]:
    steps = [edge]
    while steps[0].parent not in scored and steps[0].parent in into:
        steps.insert(0, into[steps[0].parent])
    return steps
