"""What was published of a model beside what was measured of it here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.baselines.facts import Facts
from experiments.compare.published import TaskBeside, beside_models
from experiments.versions.steps import Version


@dataclass(frozen=True)
class Official:
    """A model that was run and has published scores.

    Attributes:
        version: The model.
        published: Its name in the published tables.
        tasks: Its tasks, each beside what was published of it in the same setting.
    """

    version: Version
    published: str
    tasks: tuple[TaskBeside, ...]


def officials(versions: Sequence[Version], facts: Facts, level: float = 0.95) -> tuple[Official, ...]:
    """Finds the models that have published scores, and puts these beside their own.

    Beside a model stand GPT-Fathom's score of it and what others report of it (OpenAI of GPT-4), each of the
    same task, shots, chain of thought and metric. Differences are unpaired.

    Args:
        versions: The models.
        facts: The published figures.
        level: Of all differences of a model together.

    Returns:
        Only models and tasks that have both.
    """
    found: list[Official] = []
    for version in versions:
        name = published_name(version, facts)
        if name is None:
            continue
        others = {
            one.model for one in facts.models.values() if one.counterpart == name and one.access == "cited"
        }
        tasks = tuple(
            task for task in beside_models(version.side, {name, *others}, level) if task.own is not None
        )
        if tasks:
            found.append(Official(version, name, tasks))
    return tuple(found)


def published_name(version: Version, facts: Facts) -> str | None:
    """A model's name in the published tables: by its own name, or that under which its server answered.

    Case, spaces, a maker's name before a slash and "-hf" behind it do not count: meta-llama/Llama-2-70b-hf is
    Llama 2-70B.
    """
    scored = {one.model for one in facts.scores}
    known = {_plain(name): name for name in facts.models if name in scored}
    records = [one for one in version.side.manifest["models"] if one["name"] == version.side.model]
    served = [str(revision).split(" ")[0] for one in records for revision in one["revisions"]]
    return next(
        (known[_plain(name)] for name in (version.side.model, *served) if _plain(name) in known), None
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "-", name.rsplit("/", 1)[-1].casefold()).removesuffix("-hf")
