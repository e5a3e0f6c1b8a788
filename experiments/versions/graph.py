"""The evolution graph of models that were run, and of those they were made from."""

from collections.abc import Sequence

from experiments.baselines.lineage import Arrow, Evolution, Node
from experiments.versions.steps import Step, Version


def own_evolution(versions: Sequence[Version], steps: Sequence[Step]) -> Evolution | None:
    """The graph of the lineage that the models' YAMLs give; None where no model has a parent.

    A parent that was not run is there too, without scores. Each model stands above those made from it; the
    child with the most descendants stands below its parent, the others a lane further out.

    Args:
        versions: The models that were run.
        steps: The steps between them, of which those of the lineage count.
    """
    run_parent = {step.after.name: step.before.name for step in steps if step.technique}
    parents = {one.name: run_parent.get(one.name, one.parent) for one in versions if one.parent}
    if not parents:
        return None
    known = {one.name: one for one in versions}
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    tied = dict.fromkeys([*parents.values(), *parents])
    nodes: list[Node] = []

    def size(name: str) -> int:
        return 1 + sum(map(size, children.get(name, ())))

    def date(name: str) -> str:
        return known[name].date if name in known else ""

    def place(name: str, lane: int) -> None:
        technique = known[name].technique if name in known else ""
        nodes.append(Node(name, lane, date(name), technique, name in known))
        below = sorted(children.get(name, ()), key=lambda child: (size(child), date(child)))
        for child in below[:-1]:
            place(child, lane + 1)
        for child in below[-1:]:
            place(child, lane)

    for root in sorted((name for name in tied if name not in parents), key=date):
        place(root, 0)
    arrows = tuple(Arrow(parent, child) for child, parent in parents.items())
    return Evolution("Which model was made from which", tuple(nodes), arrows, ())
