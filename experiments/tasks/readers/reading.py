"""Questions about a passage, and questions that were asked about one."""

from collections.abc import Iterator, Mapping
from typing import cast

from experiments.tasks.readers.row import (
    Row,
    SkipRow,
    is_list,
    mapping,
    one_right,
    optional,
    position,
    text,
    texts,
    unique,
    wrong,
)
from perturb.item import Item


def race(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """RACE: `article`, `question`, `options`, and `answer`, a letter."""
    choices = tuple(option.strip() for option in texts(row, "options"))
    gold = position(row, "answer", len(choices))
    passage = text(row, "article").strip()
    return one_right(item_id, text(row, "question"), choices, gold, subject=subject, passage=passage)


def drop(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """DROP: `passage`, `question`, and the accepted answers in one of two layouts.

    Either `answer` and `validated_answers`, each of them a number, a date or a list of spans, which is one
    answer ("A and B"); or `answers_spans` with `spans`, a flat list in which each text is taken as an answer:
    what was one answer of several spans cannot be told there.

    Raises:
        SkipRow: There is no answer in them.
    """
    if "validated_answers" in row or "answer" in row:
        answers = unique(_validated(row))
    else:
        answers = unique(texts(mapping(row, "answers_spans", holds="'spans'"), "spans"))
    if not answers:
        raise SkipRow("it has no answer")
    return (
        Item(
            id=str(row.get("query_id") or item_id),
            question=text(row, "question").strip(),
            answers=answers,
            passage=text(row, "passage").strip(),
            subject=subject,
        ),
    )


def _validated(row: Row) -> Iterator[str]:
    answer = mapping(row, "answer", holds="'number', 'date' and 'spans'")
    yield _written(answer.get("number"), answer.get("spans"), answer.get("date"))
    if not row.get("validated_answers"):
        return
    holds = "lists 'number', 'spans' and 'date' of one length"
    more = mapping(row, "validated_answers", holds=holds)
    fields = [field for field in map(more.get, ("number", "spans", "date")) if is_list(field)]
    if len(fields) < 3 or len({len(field) for field in fields}) > 1:
        raise wrong(row, "validated_answers", f"a mapping with {holds}")
    for number, spans, date in zip(*fields, strict=True):
        yield _written(number, spans, date)


def _written(number: object, spans: object, date: object) -> str:
    """One answer as a text: its number, else its spans, else its date."""
    if number not in (None, ""):
        return str(number)
    if is_list(spans) and spans:
        return " and ".join(map(str, spans))
    parts: Row = cast(Row, date) if isinstance(date, Mapping) else {}
    return " ".join(filter(None, (optional(parts, field) for field in ("day", "month", "year"))))


def tydiqa(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """TyDi QA's gold passage task, asked without the passage: `question`, and `answers` with `text`.

    The question may stand in `question_text`. The subject is the language; where the rows of all languages
    come together, their ids begin with it ("bengali-...").
    """
    answers = mapping(row, "answers", holds="'text'")
    row_id = optional(row, "id")
    language = subject or row_id.partition("-")[0]
    own_id = row_id if row_id.startswith(language) else f"{language}-{row_id}"
    return (
        Item(
            id=own_id if row_id else item_id,
            question=text(row, "question_text" if "question_text" in row else "question").strip(),
            answers=unique(answer.strip() for answer in texts(answers, "text")),
            subject=language,
        ),
    )


def tydiqa_exemplars(row: Row, item_id: str, subject: str) -> tuple[Item, ...]:
    """TyDi QA's worked examples: a row as `tydiqa` reads, or `lang`, `content`, `answer` and `no_context`.

    Those whose content holds a passage give no item.
    """
    if "content" not in row:
        return tydiqa(row, item_id, subject)
    if not row.get("no_context"):
        return ()
    answers = texts(row, "answer") if is_list(row.get("answer")) else (text(row, "answer"),)
    question = text(row, "content").strip()
    return (Item(id=item_id, question=question, answers=unique(answers), subject=text(row, "lang")),)
