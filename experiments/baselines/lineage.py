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
