"""Tasks of many kinds whose answer is a fixed word, label or list."""

from collections.abc import Mapping

from experiments.tasks.readers.row import Row, RowError, is_list, text, wrong
from perturb.item import Item

_LEAD = "Let's think step by step."
_STATED = "So the answer is"


def bbh(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """BIG-Bench Hard: `input`, which has the options in it where there are some, and `target`."""
    question, answer = text(row, "input").strip(), text(row, "target").strip()
    return (Item(id=item_id, question=question, answers=(answer,), subject=subject),)


def bbh_exemplars(row: Row, item_id: str, subject: str) -> tuple[Item, ...]:
    """BIG-Bench Hard's worked examples: all of a task's in a row.

    Either `task` and `shots`, each with `input` and `cot`; or `dataset_name` and `chain_of_thought_prompt`, a
    text with "Q: " before each question and "A: " before its solution. A solution begins with "Let's think
    step by step." and ends with "So the answer is ...", neither of which is kept.
    """
    if "shots" in row:
        shots, task = _listed(row), text(row, "task")
    else:
        shots, task = _written(row), text(row, "dataset_name")
    items: list[Item] = []
    for number, (question, chain) in enumerate(shots, 1):
        solution, stated, answer = chain.strip().removeprefix(_LEAD).rpartition(_STATED)
        answer = answer.strip().removesuffix(".").strip()
        if not stated or not answer or not question.strip():
            raise RowError(
                f"worked example {number} of {task!r}: {chain[-60:]!r}, expected an end as '{_STATED} 5.'"
            )
        items.append(
            Item(f"{item_id}-{number}", question.strip(), (answer,), solution=solution.strip(), subject=task)
        )
    return tuple(items)


def _listed(row: Row) -> list[tuple[str, str]]:
    shots = row["shots"]
    if not is_list(shots) or not shots or not all(isinstance(shot, Mapping) for shot in shots):
        raise wrong(row, "shots", "a list of mappings with 'input' and 'cot', at least one")
    return [(text(shot, "input"), text(shot, "cot")) for shot in shots]


def _written(row: Row) -> list[tuple[str, str]]:
    parts = ("\n\n" + text(row, "chain_of_thought_prompt").strip()).split("\n\nQ: ")[1:]
    shots = [part.partition(f"\nA: {_LEAD}") for part in parts]
    if not shots or not all(lead for _, lead, _ in shots):
        raise wrong(row, "chain_of_thought_prompt", f"a text with 'Q: ' and 'A: {_LEAD}' in turn")
    return [(question, chain) for question, _, chain in shots]
