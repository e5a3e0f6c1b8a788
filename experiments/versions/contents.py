"""Everything that runs of several versions show, before it is written as a page, as JSON or on a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.baselines.coding import AlignmentTax
from experiments.baselines.lineage import Evolution
from experiments.baselines.radar import Capability
from experiments.versions.official import Official
from experiments.versions.settings import SettingChange
from experiments.versions.steps import Step, Version
from experiments.versions.techniques import Technique


@dataclass(frozen=True)
class Contents:
    """What the runs show.

    Attributes:
        versions: The models.
        level: Of every interval; 1 - level is the share of false findings allowed.
        across: Factors in which models may differ.
        titles: Each task's title, by its name.
        steps: From model to model, along the lineage or as asked for.
        capabilities: Category scores; empty where there is one task.
        evolution: The lineage; None where no model has any.
        techniques: What each technique did on average.
        attempts: Pass@1 and pass@k along the steps; empty where nothing was sampled more than once.
        settings: What chain of thought and worked examples did to each model; empty where neither was
            varied.
        officials: Models with published scores.
    """

    versions: tuple[Version, ...]
    level: float
    across: tuple[str, ...]
    titles: dict[str, str]
    steps: tuple[Step, ...]
    capabilities: tuple[Capability, ...]
    evolution: Evolution | None
    techniques: tuple[Technique, ...]
    attempts: tuple[tuple[Step, AlignmentTax], ...]
    settings: tuple[SettingChange, ...]
    officials: tuple[Official, ...]


def gather(
    runs: Sequence[str],
    pairs: Sequence[tuple[str, str]] = (),
    across: Sequence[str] = (),
    level: float = 0.95,
) -> Contents:
    """Reads runs and analyses their models as versions of one another; calls no model.

    Args:
        runs: Each "RUN" or "RUN:MODEL".
        pairs: Names of models to compare besides those that the lineage joins, the old version first.
        across: Factors in which models may differ; see `experiments.compare.pairing.pair`.
        level: Coverage of the intervals.

    Raises:
        RunFolderError: A folder is no run.
        CompareError: A model is not there, or nothing can be said of fewer than two.
    """
    from experiments.baselines.facts import load
    from experiments.compare.sides import CompareError
    from experiments.versions.attempts import attempts
    from experiments.versions.capabilities import capabilities
    from experiments.versions.graph import own_evolution
    from experiments.versions.official import officials
    from experiments.versions.settings import setting_changes
    from experiments.versions.steps import steps_of, versions_of
    from experiments.versions.techniques import techniques

    versions = versions_of(runs)
    if len(versions) < 2:
        names = " ".join(runs)
        raise CompareError(
            f"{names} has one model, expected two or more: give a run with several, or several runs"
        )
    steps = steps_of(versions, pairs, across, level)
    titles: dict[str, str] = {}
    for version in versions:
        titles.update({name: str(task["title"]) for name, task in version.side.tasks.items()})
    return Contents(
        versions=versions,
        level=level,
        across=tuple(across),
        titles=titles,
        steps=steps,
        capabilities=capabilities(versions, level),
        evolution=own_evolution(versions, steps),
        techniques=techniques(steps, level),
        attempts=attempts(steps, level),
        settings=setting_changes(versions, level),
        officials=officials(versions, load(), level),
    )
