"""Questions with options, one of them right."""

import re
from hashlib import sha256

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
    wrong,
)
from perturb.item import Item

_WIKIHOW = re.compile(r"\[(?:header|title|step|substeps)\]")
_EXAMPLE = "10c038c0b69f1d20"  # hash of the question that is TruthfulQA's worked example


def ai2_arc(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """ARC: `question`, `choices` with `text` and `label`, and `answerKey`, one of the labels."""
    choices = mapping(row, "choices", holds="'text' and 'label'")
    if not is_list(choices.get("label")):
        raise wrong(row, "choices", "a mapping with 'text' and 'label', both lists")
    options, labels = texts(choices, "text"), [str(label) for label in choices["label"]]
    key = str(row.get("answerKey"))
    if key not in labels[: len(options)]:
        raise wrong(row, "answerKey", f"one of {', '.join(labels)}")
    row_id = str(row.get("id") or item_id)
    return one_right(row_id, text(row, "question"), options, labels.index(key), subject=subject)


def mmlu(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """MMLU: `question`, `subject`, `choices`, and `answer`, the right one's number from 0 on."""
    choices = texts(row, "choices")
    gold = position(row, "answer", len(choices))
    own = optional(row, "subject") or subject
    return one_right(item_id, text(row, "question"), choices, gold, subject=own)


def hellaswag(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """HellaSwag: `ctx`, `endings`, and `label`, the right one's number from 0 on.

    The marks that articles of WikiHow left in both ("[header]", "[title]", "[step]", "[substeps]") are taken
    out, a title's being the end of a sentence, as is usual.
    """
    endings = tuple(_without_marks(ending) for ending in texts(row, "endings"))
    gold = position(row, "label", len(endings))
    return one_right(item_id, _without_marks(text(row, "ctx")), endings, gold, subject=subject)


def _without_marks(raw: str) -> str:
    marked = raw.strip().replace(" [title]", ". ")
    plain = _WIKIHOW.sub("", marked)
    return plain.replace("  ", " ").strip() if plain != raw.strip() else plain


def winogrande(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """WinoGrande: `sentence` with a blank "_", `option1`, `option2`, and `answer`, "1" or "2"."""
    choices = (text(row, "option1").strip(), text(row, "option2").strip())
    sentence, answer = text(row, "sentence"), str(row.get("answer"))
    if "_" not in sentence:
        raise wrong(row, "sentence", "a text with a blank '_'")
    if answer not in ("1", "2"):
        raise wrong(row, "answer", "'1' or '2'")
    return one_right(item_id, sentence, choices, int(answer) - 1, subject=subject)


def truthful_qa(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """TruthfulQA, one right option: `question`, and `mc1_targets` with `choices` and `labels`.

    The right option comes first in the data, so options are put in an order that depends on the question and
    the options alone and not on which one is right: by the SHA-256 of the question, a line break and the
    option.

    Raises:
        SkipRow: It is the question of the worked example, which the benchmark has no other row for.
    """
    question = text(row, "question").strip()
    if sha256(question.encode()).hexdigest().startswith(_EXAMPLE):
        raise SkipRow("it is the worked example, so it is not asked")
    return _shuffled(row, item_id, subject)


def truthful_qa_exemplars(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """TruthfulQA's worked example: a row as `truthful_qa` reads, or `question`, `choices` and `answer`."""
    return _shuffled(row, item_id, subject)


def _shuffled(row: Row, item_id: str, subject: str) -> tuple[Item]:
    question = text(row, "question").strip()
    if "mc1_targets" in row:
        targets = mapping(row, "mc1_targets", holds="'choices' and 'labels'")
        choices, labels = texts(targets, "choices"), targets.get("labels")
        if not is_list(labels) or len(labels) != len(choices) or list(labels).count(1) != 1:
            raise wrong(row, "mc1_targets", "as many labels as choices, just one of them 1")
        gold = list(labels).index(1)
    else:
        choices = texts(row, "choices")
        gold = position(row, "answer", len(choices))
    hashes = [sha256(f"{question}\n{choice}".encode()).digest() for choice in choices]
    order = sorted(range(len(choices)), key=hashes.__getitem__)
    shown = tuple(choices[index] for index in order)
    return one_right(item_id, question, shown, order.index(gold), subject=subject)
