"""The generator of arithmetic_mini: word problems of one to four steps, with worked solutions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, TypeVar, cast

import numpy as np

from experiments.tasks.shipped.stories import STORIES, Story

SEED = 20
"""The seed of the set that comes with the package."""

SIZES = {"test": 240, "train": 48}
"""Problems in each split of that set."""

_T = TypeVar("_T")
Operator = Literal["+", "-", "*", "/"]

_SHARES = (1,) * 10 + (2,) * 5 + (3,) * 3 + (4,) * 2  # of problems with so many steps
_NAMES = {
    "Anna": "she", "Ben": "he", "Carla": "she", "David": "he", "Emma": "she", "Felix": "he",
    "Grace": "she", "Hugo": "he", "Ines": "she", "Jamal": "he", "Kavya": "she", "Leo": "he",
    "Mei": "she", "Noah": "he", "Olga": "she", "Pablo": "he", "Rosa": "she", "Samir": "he",
}  # fmt: skip
_PRONOUNS = {
    "she": {"he": "she", "him": "her", "his": "her", "He": "She", "His": "Her"},
    "he": {"he": "he", "him": "him", "his": "his", "He": "He", "His": "His"},
}
_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One calculation: result = left operator right, operands being names of numbers or digits."""

    result: str
    left: str
    operator: Operator
    right: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A word problem, both as text and as the calculation behind it.

    Attributes:
        story: The name of the story it tells.
        numbers: The numbers given in the question, by name, each 2 or more.
        steps: What leads from them to the answer.
        question: The text.
        solution: One sentence a step, each with its calculation written out ("4 * 6 = 24").
        answer: The last step's result, 2 or more and not among `numbers`.
    """

    story: str
    numbers: Mapping[str, int]
    steps: tuple[Step, ...]
    question: str
    solution: str
    answer: int


class Row(TypedDict):
    """A problem in GSM8K's columns, with an id and its number of steps."""

    id: str
    question: str
    answer: str
    steps: int


def generate(rng: np.random.Generator, n: int, stories: Sequence[Story] = STORIES) -> list[Problem]:
    """Makes n problems, no two of which tell the same story with the same numbers.

    On average half of them take one step, a quarter two, 15 % three and 10 % four.

    Args:
        rng: Only its `integers` is called, so that few changes to numpy could alter the outcome.
        n: How many, 0 or more.
        stories: What to tell; at least one story of each length from one to four steps.

    Raises:
        ValueError: The stories cannot give that many different problems.
    """
    by_length = {steps: [story for story in stories if len(story.steps) == steps] for steps in (1, 2, 3, 4)}
    problems: list[Problem] = []
    seen: set[tuple[str, tuple[int, ...]]] = set()
    for _ in range(n * 100):
        if len(problems) == n:
            break
        problem = tell(rng, _pick(rng, by_length[_pick(rng, _SHARES)]))
        key = (problem.story, tuple(problem.numbers.values()))
        if key not in seen:
            seen.add(key)
            problems.append(problem)
    if len(problems) < n:
        raise ValueError(f"{len(stories)} stories gave {len(problems)} different problems, expected {n}")
    return problems


def tell(rng: np.random.Generator, story: Story) -> Problem:
    """Draws numbers that make every step of a story come out whole, and writes the problem.

    Raises:
        ValueError: No such numbers were found among the story's draws.
    """
    steps = tuple(_step(text) for text in story.steps)
    for _ in range(_DRAWS):
        numbers = {name: _pick(rng, values) for name, values in story.draws.items()}
        known = _solve(numbers, steps)
        if known is None or known[steps[-1].result] in numbers.values():
            continue
        words = _words(rng, story)
        written = {step.result: _write(step, known) for step in steps}
        return Problem(
            story=story.name,
            numbers=numbers,
            steps=steps,
            question=story.question.format(**numbers, **words),
            solution=story.solution.format(**numbers, **words, **written),
            answer=known[steps[-1].result],
        )
    raise ValueError(
        f"story {story.name!r}: none of {_DRAWS} draws made every step a whole number of 2 or more"
    )


def row(problem: Problem, number: int) -> Row:
    """Writes a problem in GSM8K's columns.

    Args:
        problem: What to write.
        number: Counts the set's rows, from 1.
    """
    return {
        "id": f"arithmetic_mini-{number:04d}",
        "question": problem.question,
        "answer": f"{problem.solution}\n#### {problem.answer}",
        "steps": len(problem.steps),
    }


def splits(seed: int = SEED) -> dict[str, list[Row]]:
    """Makes the shipped set, by split; with the default seed exactly what comes with the package."""
    problems = generate(np.random.default_rng(seed), sum(SIZES.values()))
    rows = [row(problem, number) for number, problem in enumerate(problems, 1)]
    return {"test": rows[: SIZES["test"]], "train": rows[SIZES["test"] :]}


def to_jsonl(rows: Iterable[Row]) -> str:
    """Writes rows as JSON Lines, one row a line, the last line ended too."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows)


def _pick(rng: np.random.Generator, options: Sequence[_T]) -> _T:
    return options[int(rng.integers(len(options)))]


def _step(text: str) -> Step:
    result, _, left, operator, right = text.split()
    return Step(result, left, cast(Operator, operator), right)


def _solve(numbers: Mapping[str, int], steps: Iterable[Step]) -> dict[str, int] | None:
    """Adds every step's result to the numbers; None where one is not whole or below 2."""
    known = dict(numbers)
    for step in steps:
        left, right = _value(step.left, known), _value(step.right, known)
        if step.operator == "/" and left % right:
            return None
        value = {"+": left + right, "-": left - right, "*": left * right, "/": left // right}[step.operator]
        if value < 2:
            return None
        known[step.result] = value
    return known


def _value(operand: str, known: Mapping[str, int]) -> int:
    return int(operand) if operand.isdigit() else known[operand]


def _write(step: Step, known: Mapping[str, int]) -> str:
    left, right = _value(step.left, known), _value(step.right, known)
    return f"{left} {step.operator} {right} = {known[step.result]}"


def _words(rng: np.random.Generator, story: Story) -> dict[str, str]:
    name = _pick(rng, list(_NAMES))
    other = _pick(rng, [each for each in _NAMES if each != name])
    thing, things = _pick(rng, story.things)
    return {"name": name, "other": other, "thing": thing, "things": things, **_PRONOUNS[_NAMES[name]]}
