"""How the rows of each data set become items: one pure function a column layout."""

from collections.abc import Callable, Mapping
from typing import Any

from perturb.item import Item

Row = Mapping[str, Any]


class RowError(ValueError):
    """A row that cannot become an item; the message says which field is wrong."""


def _text(row: Row, field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise RowError(f"field {field!r} is {value!r}, expected a text that is not empty")
    return value


def _unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def read_trivia_qa(row: Row, item_id: str) -> Item:
    """TriviaQA: `question`, and `answer` with `value`, `aliases` and `normalized_aliases`."""
    answer = row.get("answer")
    if not isinstance(answer, Mapping) or not answer.get("value"):
        raise RowError(f"field 'answer' is {answer!r}, expected a mapping with 'value' and 'aliases'")
    aliases = [answer["value"], *(answer.get("aliases") or []), *(answer.get("normalized_aliases") or [])]
    return Item(
        id=str(row.get("question_id") or item_id),
        question=_text(row, "question").strip(),
        answers=_unique([str(alias) for alias in aliases]),
    )


def read_gsm8k(row: Row, item_id: str) -> Item:
    """GSM8K: `question`, and `answer` as a worked solution that ends in a line "#### 42"."""
    solution, mark, number = _text(row, "answer").rpartition("####")
    if not mark or not number.strip():
        raise RowError("field 'answer' has no final line '#### <number>'")
    return Item(
        id=str(row.get("id") or item_id),
        question=_text(row, "question").strip(),
        answers=(number.strip().replace(",", ""),),
        solution=_without_calculator(solution.strip()),
    )


def _without_calculator(solution: str) -> str:
    """Drops GSM8K's calculator annotations, `<<48/2=24>>`, which mean nothing in a prompt."""
    parts = solution.split("<<")
    return parts[0] + "".join(part.partition(">>")[2] for part in parts[1:])


def read_ai2_arc(row: Row, item_id: str) -> Item:
    """ARC: `question`, `choices` with `text` and `label`, and `answerKey`, one of the labels."""
    choices = row.get("choices")
    if not isinstance(choices, Mapping) or not choices.get("text"):
        raise RowError(f"field 'choices' is {choices!r}, expected a mapping with 'text' and 'label'")
    texts = tuple(str(text) for text in choices["text"])
    labels = [str(label) for label in choices["label"]]
    key = str(row.get("answerKey"))
    if key not in labels:
        raise RowError(f"field 'answerKey' is {key!r}, expected one of {', '.join(labels)}")
    gold = labels.index(key)
    return Item(
        id=str(row.get("id") or item_id),
        question=_text(row, "question").strip(),
        answers=(texts[gold],),
        choices=texts,
        gold=gold,
    )


READERS: Mapping[str, Callable[[Row, str], Item]] = {
    "trivia_qa": read_trivia_qa,
    "gsm8k": read_gsm8k,
    "ai2_arc": read_ai2_arc,
}
