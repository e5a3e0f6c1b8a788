"""Models of several runs, and the steps that lead from one to another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.baselines.lineage import Contrast
from experiments.baselines.seesaw import Seesaw
from experiments.compare.pairing import Paired, pair
from experiments.compare.sides import CompareError, Side, sides_of, told_apart
from experiments.keys import did_you_mean
from experiments.versions.paired import paired_seesaw, with_enough


@dataclass(frozen=True)
class Version:
    """One model of one run, with what its YAML says of its lineage.

    Attributes:
        name: The model, with its run where another run asked a model of the same name.
        side: Its outcomes, those of perturbed questions left out.
        parent: The model it was made from; empty if it says none.
        technique: What made it of its parent; empty likewise.
        date: When it came out; empty if it does not say.
    """

    name: str
    side: Side
    parent: str = ""
    technique: str = ""
    date: str = ""


@dataclass(frozen=True)
class Step:
    """From one model to the next: what came of every task that both were asked.

    Attributes:
        before: The parent, or the old version.
        after: The child, or the new one.
        technique: What made the one of the other; empty where the lineage does not say.
        paired: The tasks of either, with what both were asked alike.
        seesaw: The differences, paired by item.
    """

    before: Version
    after: Version
    technique: str
    paired: tuple[Paired, ...]
    seesaw: Seesaw

    @property
    def contrast(self) -> Contrast:
        """The step as the published lineage has its own."""
        return Contrast(
            self.before.name,
            self.after.name,
            (self.technique,) if self.technique else (),
            False,
            self.seesaw,
        )

    @property
    def refused(self) -> tuple[Paired, ...]:
        """The tasks that could not be compared."""
        return tuple(one for one in self.paired if one.refusal)


def versions_of(texts: Sequence[str]) -> tuple[Version, ...]:
    """Every model of the runs "RUN" or "RUN:MODEL", once each.

    A model that several runs asked, each other tasks, is one version; where two of them asked it the same
    task, each run has a version of its own, so that no two runs' answers mix.

    Raises:
        RunFolderError: A folder is no run.
        CompareError: A run has no such model; the message names the nearest.
    """
    found: dict[tuple[str, str], Side] = {}
    for text in texts:
        for side in sides_of(text):
            found.setdefault((str(side.folder.resolve()), side.model), side)
    sides = told_apart(_joined(list(found.values())))
    versions: list[Version] = []
    for side in sides:
        records = [one for one in side.manifest["models"] if one["name"] == side.model]
        lineage: dict[str, str | None] = next((one["lineage"] for one in records if one.get("lineage")), {})
        plain_outcomes = side.outcomes[side.outcomes["severity"] == 0].reset_index(drop=True)
        versions.append(
            Version(
                side.short_name,
                replace(side, outcomes=plain_outcomes),
                parent=lineage.get("parent") or "",
                technique=lineage.get("technique") or "",
                date=lineage.get("date") or "",
            )
        )
    return tuple(versions)


def _joined(sides: Sequence[Side]) -> list[Side]:
    """The sides, those of one model that were asked different tasks put together."""
    import pandas as pd

    groups: dict[tuple[str, ...], list[Side]] = {}
    for side in sides:
        groups.setdefault((side.model, *_identities(side)), []).append(side)
    joined: list[Side] = []
    for own in groups.values():
        asked = Counter(task for side in own for task in side.tasks)
        if len(own) == 1 or max(asked.values(), default=0) > 1:
            joined += own
            continue
        manifest = own[0].manifest | {
            "name": " + ".join(side.manifest["name"] for side in own),
            "tasks": [task for side in own for task in side.tasks.values()],
            "models": [one for side in own for one in side.manifest["models"] if one["name"] == side.model],
        }
        outcomes = pd.concat([side.outcomes for side in own], ignore_index=True)
        joined.append(replace(own[0], manifest=manifest, outcomes=outcomes))
    return joined


def _identities(side: Side) -> list[str]:
    return sorted({one["identity"] for one in side.manifest["models"] if one["name"] == side.model})


def steps_of(
    versions: Sequence[Version],
    pairs: Sequence[tuple[str, str]],
    across: Sequence[str] = (),
    level: float = 0.95,
) -> tuple[Step, ...]:
    """The steps between models that were run: along their lineage from its root, then the pairs named.

    Two models without a lineage between them are one step, in the order given.

    Args:
        versions: The models.
        pairs: Names of further pairs, the old version first.
        across: Factors in which models may differ; see `experiments.compare.pairing.pair`.
        level: Coverage of the intervals; 1 - level is the share of false findings allowed.

    Raises:
        CompareError: A pair names no model, a model descends from itself, or several runs have its parent.
    """
    _check_descent(versions)
    parents = {child.name: _parent(child, versions) for child in versions}

    def depth(one: Version) -> int:
        above = parents[one.name]
        return 0 if above is None else 1 + depth(above)

    found: dict[tuple[str, str], tuple[Version, Version, str]] = {}
    for child in sorted(versions, key=depth):
        parent = parents[child.name]
        if parent is not None:
            found[parent.name, child.name] = (parent, child, child.technique)
    for old, new in pairs:
        before, after = _named(old, versions), _named(new, versions)
        if before is after:
            raise CompareError(f"--pair {old} {new}: that is one model, expected two")
        found.setdefault((before.name, after.name), (before, after, ""))
    if not found and len(versions) == 2:
        found["", ""] = (versions[0], versions[1], "")
    return tuple(_step(*ends, tuple(across), level) for ends in found.values())


def _step(before: Version, after: Version, technique: str, across: tuple[str, ...], level: float) -> Step:
    paired = tuple(map(with_enough, pair(after.side, before.side, across)))
    return Step(before, after, technique, paired, paired_seesaw(paired, before.name, after.name, level))


def _parent(child: Version, versions: Sequence[Version]) -> Version | None:
    """The model a version was made from, if it was run; that of the same run before any other."""
    found = [one for one in versions if child.parent and one.side.model == child.parent and one is not child]
    own = [one for one in found if one.side.folder == child.side.folder]
    if len(own or found) > 1:
        names = ", ".join(f"{one.side.folder}:{one.side.model}" for one in found)
        raise CompareError(
            f"{child.name} was made from {child.parent}, which several runs have: give one of {names}"
        )
    return next(iter(own or found), None)


def _check_descent(versions: Sequence[Version]) -> None:
    parents = {one.side.model: one.parent for one in versions if one.parent}
    for start in parents:
        seen, name = [start], parents[start]
        while name in parents and name not in seen:
            seen.append(name)
            name = parents[name]
        if name in seen:
            line = " from ".join([*seen[seen.index(name) :], name])
            raise CompareError(f"lineage: {line}: no model can be made from itself")


def _named(name: str, versions: Sequence[Version]) -> Version:
    found = [one for one in versions if name in (one.name, f"{one.side.folder}:{one.side.model}")]
    found = found or [one for one in versions if one.side.model == name]
    if len(found) > 1:
        names = ", ".join(f"'{one.name}'" for one in found)
        raise CompareError(f"--pair: several runs have a model '{name}': name one of {names}")
    if not found:
        known = [one.name for one in versions]
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise CompareError(f"--pair: no run has a model '{name}'{hint}")
    return found[0]
