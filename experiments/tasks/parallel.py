"""The same questions in another language, where a benchmark has them."""

from collections.abc import Mapping
from dataclasses import replace

from experiments.schema import TaskConfig
from experiments.tasks.load import load_task
from perturb.item import Item


def parallels(config: TaskConfig, language: str) -> Mapping[str, str]:
    """Every question of a benchmark in another language.

    The subjects of such a benchmark are languages that hold the same questions in the same order. A copy in
    which a language has lost rows is not parallel to the others: where the numbers of questions differ, none
    is taken for the same, and where the answers do, this one is not.

    Args:
        config: The task; `parallel` is set.
        language: One of its subjects, which need not be asked itself.

    Returns:
        By an item's id, the question in the language; items without one are left out.

    Raises:
        TaskError: The data cannot be had.
    """
    subjects = list(dict.fromkeys([*config.subjects, language]))
    whole = load_task(replace(config, subjects=subjects, limit=None), with_pool=False)
    by_language: dict[str, list[Item]] = {}
    for item in whole.items:
        by_language.setdefault(item.subject, []).append(item)
    other = by_language[language]
    return {
        item.id: same.question
        for items in by_language.values()
        if len(items) == len(other)
        for item, same in zip(items, other, strict=True)
        if item.answers == same.answers
    }
