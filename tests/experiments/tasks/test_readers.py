"""Rows become items. No row here is of a benchmark."""

from hashlib import sha256
from itertools import permutations

import pytest

from experiments.schema import Reader
from experiments.tasks.readers import READERS, Row, SkipRow, choice, maths
from perturb.item import Item

OPTIONS = ["a cat", "a dog", "a cow", "a hen"]
MC1: Row = {
    "question": "What barks?",
    "mc1_targets": {"choices": ["A dog barks.", "A cat does.", "Stones do."], "labels": [1, 0, 0]},
}
EXAM: Row = {"passage": None, "question": "Which?", "options": ["(A)x", "(B)y", "(C)z"], "answer": None}
BLANK: Row = {**EXAM, "options": None, "label": None}
DROP: Row = {"query_id": "q", "passage": "Ann ran.", "question": "Who ran?"}
NUMBER: Row = {"number": "", "date": {"day": "", "month": "", "year": ""}, "spans": []}


def read(reader: str, row: Row, subject: str = "") -> tuple[Item, ...]:
    return tuple(READERS[reader](row, "t-1", subject))


def one(reader: str, row: Row, subject: str = "") -> Item:
    (item,) = read(reader, row, subject)
    return item


def shot(sample: dict[str, object]) -> str:
    return repr({"passage": None, "question": "Which?", "options": ["(A)x", "(B)y"], "label": "B"} | sample)


def test_every_reader_of_the_configuration_is_there() -> None:
    assert set(READERS) == {reader.value for reader in Reader}


# Short answers.


def test_trivia_qa_keeps_the_value_first_and_every_alias_once() -> None:
    row = {
        "question": " Capital of France? ",
        "question_id": "q1",
        "answer": {
            "value": "Paris",
            "aliases": ["Paris", "City of Light", ""],
            "normalized_aliases": ["paris"],
        },
    }
    expected = Item("q1", "Capital of France?", ("Paris", "City of Light", "paris"))
    assert one("trivia_qa", row) == expected


def test_a_row_without_an_id_takes_its_place_in_the_file() -> None:
    assert one("trivia_qa", {"question": "Who?", "answer": {"value": "Ada"}}).id == "t-1"


@pytest.mark.parametrize(("reader", "field"), [("nq_open", "answer"), ("web_questions", "answers")])
def test_a_list_of_aliases_loses_only_repetitions(reader: str, field: str) -> None:
    item = one(reader, {"question": "who?", field: ["Ada", "Ada Lovelace", "Ada"]})
    assert item == Item("t-1", "who?", ("Ada", "Ada Lovelace"))


# One right option.


@pytest.mark.parametrize("labels", [["A", "B", "C"], ["1", "2", "3"]])
def test_arc_finds_the_right_option_by_its_label(labels: list[str]) -> None:
    row = {"id": "M1", "question": "Which?", "choices": {"text": ["x", "y", "z"], "label": labels}}
    item = one("ai2_arc", {**row, "answerKey": labels[2]})
    assert item == Item("M1", "Which?", ("z",), choices=("x", "y", "z"), gold=2)


@pytest.mark.parametrize("answer", [1, "B", "1"])
def test_mmlu_takes_its_subject_from_the_row(answer: int | str) -> None:
    row = {"question": "What barks?", "subject": "zoology", "choices": OPTIONS, "answer": answer}
    item = one("mmlu", row, "other")
    assert (item.subject, item.gold, item.answers) == ("zoology", 1, ("a dog",))
    assert one("mmlu", {**row, "subject": None}, "other").subject == "other"


def test_hellaswag_loses_the_marks_of_wikihow_and_no_other_brackets() -> None:
    row = {
        "ctx": "[header] How to sing [title] Breathe. [step] Take [any] breath.",
        "endings": [" [substeps] Sing.", "Stop"],
    }
    item = one("hellaswag", {**row, "label": "0"})
    assert item.question == "How to sing. Breathe. Take [any] breath."
    assert (item.choices, item.gold) == (("Sing.", "Stop"), 0)
    plain = {"ctx": "A man  sits. he", "endings": ["sings.", "eats."], "label": 1}
    assert (one("hellaswag", plain).question, one("hellaswag", plain).gold) == ("A man  sits. he", 1)


def test_winogrande_keeps_the_sentence_with_its_blank() -> None:
    row = {"sentence": "Ann met Eve because _ asked.", "option1": "Ann", "option2": "Eve", "answer": "2"}
    expected = Item("t-1", "Ann met Eve because _ asked.", ("Eve",), choices=("Ann", "Eve"), gold=1)
    assert one("winogrande", row) == expected


def test_truthful_qa_orders_options_by_what_they_say_alone() -> None:
    choices = ["A dog barks.", "A cat does.", "Stones do."]
    shown: set[tuple[str, ...]] = set()
    for order in permutations(range(3)):
        targets = {"choices": [choices[i] for i in order], "labels": [int(i == 0) for i in order]}
        item = one("truthful_qa", {"question": "What barks?", "mc1_targets": targets})
        assert item.answers == ("A dog barks.",)
        shown.add(item.choices)
    assert len(shown) == 1


def test_truthful_qa_puts_the_right_option_first_no_more_often_than_by_chance() -> None:
    golds = [one("truthful_qa", {**MC1, "question": f"What barks, {n}?"}).gold for n in range(300)]
    assert all(70 <= golds.count(position) <= 130 for position in range(3))


def test_truthful_qa_does_not_ask_its_worked_example(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(read("truthful_qa", MC1)) == 1
    monkeypatch.setattr(choice, "_EXAMPLE", sha256(MC1["question"].encode()).hexdigest()[:16])
    with pytest.raises(SkipRow, match="worked example"):
        read("truthful_qa", MC1)
    assert one("truthful_qa_exemplars", MC1).answers == ("A dog barks.",)


def test_truthful_qa_shows_the_worked_example_alike_in_both_layouts() -> None:
    listed = {"question": MC1["question"], "choices": MC1["mc1_targets"]["choices"], "answer": 0}
    assert one("truthful_qa_exemplars", listed) == one("truthful_qa_exemplars", MC1)


# Exams.


def test_ceval_reads_columns_of_options_and_the_explanation() -> None:
    row = {"id": 0, "question": "何者?", "A": "甲", "B": "乙", "C": "丙", "D": "丁", "answer": "C"}
    item = one("ceval", {**row, "explanation": " 因为。 "}, "logic")
    assert (item.id, item.subject, item.solution) == ("t-1", "logic", "因为。")
    assert (item.choices, item.gold) == (("甲", "乙", "丙", "丁"), 2)
    assert one("ceval", {**row, "explanation": ""}).solution == ""


def test_agieval_with_one_right_option_has_gold() -> None:
    item = one("agieval", {**EXAM, "passage": " A text. ", "label": "B"}, "lsat-rc")
    expected = Item("t-1", "Which?", ("y",), ("x", "y", "z"), 1, passage="A text.", subject="lsat-rc")
    assert item == expected


@pytest.mark.parametrize(
    ("label", "subject", "golds"),
    [
        (["C", "A"], "jec-qa-ca", (0, 2)),
        (["B"], "jec-qa-kd", (1,)),
        ("B", "gaokao-physics", (1,)),
        ("A C", "gaokao-mathqa", (0, 2)),
        ("['A', 'C']", "jec-qa-ca", (0, 2)),
        (["A", "。"], "jec-qa-ca", (0,)),
    ],
)
def test_agieval_with_any_number_right_has_golds(label: object, subject: str, golds: tuple[int, ...]) -> None:
    item = one("agieval", {**EXAM, "label": label}, subject)
    assert (item.gold, item.golds) == (None, golds)
    assert item.answers == tuple(item.choices[index] for index in golds)


@pytest.mark.parametrize("fields", [{"answer": "$5$"}, {"label": "$5$"}])
def test_agieval_without_options_has_its_answer_alone(fields: dict[str, str]) -> None:
    assert one("agieval", {**BLANK, **fields}) == Item("t-1", "Which?", ("$5$",))


@pytest.mark.parametrize(
    ("printed", "choices"),
    [
        (["(A)x", "( B ) y", "(C) z"], ("x", "y", "z")),
        (["  A. x ", "B．y", "(C)z"], ("x", "y", "z")),
        (["A x", "B y", "C z"], ("x", "y", "z")),
        (["A? x", "B。y", "C: z"], ("x", "y", "z")),
        (["(A)x", "(C)z", "B．y"], ("x", "y", "z")),  # printed in another order: the labels count
        (["(A)x", "(B)y", "(B)z"], ("x", "y", "z")),  # a misprint: the order in the list counts
        (["x", "(B)y", "(C)z"], ("x", "y", "z")),
        (["x (A)", "y", "A man"], ("x (A)", "y", "A man")),
        (["A. x\tB. y  C. z"], ("x", "y", "z")),
    ],
)
def test_agieval_takes_printed_labels_out(printed: list[str], choices: tuple[str, ...]) -> None:
    item = one("agieval", {**EXAM, "options": printed, "label": "B"})
    assert (item.choices, item.gold) == (choices, 1)


@pytest.mark.parametrize("row", [{**EXAM, "label": []}, BLANK])
def test_agieval_without_a_reference_is_skipped(row: Row) -> None:
    with pytest.raises(SkipRow):
        read("agieval", row)


def test_agieval_exemplars_take_task_passage_and_solution_from_their_cells() -> None:
    cells = {"sample 1": shot({}), "explanation 1": "y it is.", "sample 2": shot({"label": "A"})}
    cells |= {"explanation 2": "x.", "sample 3": None}
    first, second = read("agieval_exemplars", {"task": "sat-math", "cells": cells})
    assert first == Item("t-1-1", "Which?", ("y",), ("x", "y"), 1, "y it is.", subject="sat-math")
    assert (second.id, second.gold, second.solution) == ("t-1-2", 0, "x.")


def test_agieval_exemplars_of_sat_en_serve_without_the_passage_too() -> None:
    cells = {"sample 1": shot({"passage": "A text."}), "explanation 1": "y."}
    items = read("agieval_exemplars", {"task": "sat-en", "cells": cells})
    assert [(item.subject, item.passage) for item in items] == [
        ("sat-en", "A text."),
        ("sat-en-without-passage", ""),
    ]
    assert len({item.id for item in items}) == 2


def test_agieval_exemplars_in_the_hubs_layout_are_rows_of_their_own() -> None:
    item = one("agieval_exemplars", {**EXAM, "label": "A", "explanation": "x."}, "sat-en")
    assert (item.subject, item.gold, item.solution) == ("sat-en", 0, "x.")


# Mathematics.


def test_gsm8k_splits_solution_and_answer_and_drops_calculator_notes() -> None:
    row = {
        "question": "How many?",
        "answer": "48/2 = <<48/2=24>>24, 48+24 = <<48+24=72>>72.\n#### 1,072",
    }
    assert one("gsm8k", row) == Item("t-1", "How many?", ("1072",), solution="48/2 = 24, 48+24 = 72.")


@pytest.mark.parametrize(
    ("question", "answer", "solution"),
    [
        ("Question: How many?", "Step-by-Step Answer: 2 + 3 = 5. The answer is 5.", "2 + 3 = 5."),
        ("Question : Combien ?", "Réponse étape par étape : 2 + 3 = 5. La réponse est 5.", "2 + 3 = 5."),
        ("Frage: Wie viele?", "Schritt-für-Schritt-Antwort: 2 + 3 = 5. Die Antwort lautet 5.", "2 + 3 = 5."),
        ("问题：多少？", "逐步解答：2 + 3 = 5。答案是 5。", "2 + 3 = 5。"),
        ("問題：いくつ？", "ステップごとの答え：2+3=5です。答えは5個です。", "2+3=5です。"),
        ("โจทย์: กี่?", "คำตอบทีละขั้นตอน: 2 + 3 = 5 คำตอบคือ 5", "2 + 3 = 5"),
        ("ప్రశ్న: ఎన్ని?", "దశలవారీగా సమాధానం: 2+3=5. సమాధానం 5.ఎన్ని", "2+3=5."),
        ("Задача: сколько?", "Пошаговое решение: 2 + 3 = 5. Ответ — 5.", "2 + 3 = 5."),
        ("Swali: Ngapi?", "Jibu la Hatua kwa Hatua: 2 + 3 = 5. Jibu ni 5.", "2 + 3 = 5."),
        ("Pregunta: ¿Cuántos?", "Respuesta paso a paso: 2 + 3 = 5. La respuesta es 5.", "2 + 3 = 5."),
        ("প্রশ্ন: কত?", "ধাপে ধাপে উত্তর: 2 + 3 = 5। উত্তর হল 5।", "2 + 3 = 5।"),
    ],
)
def test_mgsm_takes_the_prompts_words_out_in_every_language(
    question: str, answer: str, solution: str
) -> None:
    item = one("mgsm", {"question": question, "answer": answer, "answer_number": 5}, "xx")
    assert (item.answers, item.solution, item.subject) == (("5",), solution, "xx")
    assert item.question == question.replace("：", ":").partition(":")[2].strip()


def test_mgsm_ends_a_solution_where_its_answer_is_stated_last() -> None:
    answer = "Step-by-Step Answer: The answer is a sum: 2 + 3 = 5. The answer is 5."
    item = one("mgsm", {"question": "How many?", "answer": answer, "answer_number": 5})
    assert item.solution == "The answer is a sum: 2 + 3 = 5."


def test_mgsm_reads_rows_without_a_solution() -> None:
    row = {"question": "Question time: how many?", "answer": None, "answer_number": 2125.0}
    assert one("mgsm", row, "en") == Item("t-1", "Question time: how many?", ("2125",), subject="en")
    assert one("mgsm", {**row, "answer_number": 2.5}).answers == ("2.5",)


def test_math_takes_the_answer_from_its_column_or_from_the_last_box() -> None:
    row = {"problem": "Half of 1?", "level": "Level 1", "type": "Counting & Probability"}
    solution = r"Not \boxed{2} but $\boxed{\frac{1}{2}}$."
    item = one("math", {**row, "solution": solution})
    assert item == Item(
        "t-1", "Half of 1?", (r"\frac{1}{2}",), solution=solution, subject="counting_and_probability"
    )
    assert one("math", {**row, "solution": solution, "answer": "0.5"}).answers == ("0.5",)
    assert one("math", {"problem": "?", "solution": solution}, "algebra").subject == "algebra"


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        (r"\boxed{\left\{1, 2\right\}}", r"\left\{1, 2\right\}"),
        (r"\boxed {5}", "5"),
        (r"$\boxed 5$.", "5"),
        (r"\fbox{a}", "a"),
        (r"\boxed{1}{2}", "1"),
        (r"\boxed{\frac{1}{2}", ""),
        (r"\boxedness{1}", ""),
        ("nothing", ""),
        (r"ends \boxed", ""),
    ],
)
def test_boxes_are_read_to_their_own_brace(solution: str, answer: str) -> None:
    assert maths.boxed(solution) == answer


# Passages.


def test_race_shows_the_article_before_the_question() -> None:
    row = {"example_id": "m.txt", "article": "Ann ran.\n", "question": "Ann _ .", "options": OPTIONS}
    item = one("race", {**row, "answer": "D"})
    assert (item.id, item.passage, item.question, item.gold) == ("t-1", "Ann ran.", "Ann _ .", 3)


def test_drop_takes_flat_spans_as_alternatives() -> None:
    item = one("drop", {**DROP, "answers_spans": {"spans": ["Ann", "ann", "Ann"], "types": ["span"] * 3}})
    assert item == Item("q", "Who ran?", ("Ann", "ann"), passage="Ann ran.")


def test_drop_tells_an_answer_of_several_spans_from_several_answers() -> None:
    more = {
        "number": ["", "2", ""],
        "date": [NUMBER["date"], NUMBER["date"], {"day": "3", "month": "May", "year": ""}],
        "spans": [["Ann", "Eve"], [], []],
    }
    row = {**DROP, "answer": {**NUMBER, "spans": ["Eve", "Ann"]}, "validated_answers": more}
    assert one("drop", row).answers == ("Eve and Ann", "Ann and Eve", "2", "3 May")
    alone = {**DROP, "answer": {**NUMBER, "number": 7}, "validated_answers": None}
    assert one("drop", alone).answers == ("7",)


def test_drop_without_an_answer_is_skipped() -> None:
    with pytest.raises(SkipRow):
        read("drop", {**DROP, "answer": NUMBER, "validated_answers": None})


def test_tydiqa_is_asked_without_its_passage() -> None:
    row = {
        "id": "swahili-12",
        "context": "Ann alikimbia.",
        "question": "Nani?",
        "answers": {"text": ["Ann", "Ann "], "answer_start": [0, 0]},
    }
    expected = Item("swahili-12", "Nani?", ("Ann",), subject="swahili")
    assert one("tydiqa", row) == expected
    assert one("tydiqa", row, "swahili") == expected
    other = {"id": "-12-0", "passage_text": "Ann.", "question_text": "Nani?", "answers": row["answers"]}
    assert one("tydiqa", other, "swahili") == Item("swahili--12-0", "Nani?", ("Ann",), subject="swahili")
    assert one("tydiqa_exemplars", row) == expected


def test_tydiqa_exemplars_with_a_passage_give_nothing() -> None:
    row = {"lang": "thai", "content": "ใคร?", "answer": "Ann", "no_context": True}
    assert one("tydiqa_exemplars", row) == Item("t-1", "ใคร?", ("Ann",), subject="thai")
    assert read("tydiqa_exemplars", {**row, "answer": ["Ann"], "no_context": False}) == ()


# Reasoning, texts to continue.


def test_bbh_keeps_the_input_whole() -> None:
    row = {"input": "Which?\nOptions:\n(A) x\n(B) y", "target": "(B)"}
    expected = Item("t-1", "Which?\nOptions:\n(A) x\n(B) y", ("(B)",), subject="snarks")
    assert one("bbh", row, "snarks") == expected


def test_bbh_exemplars_are_the_same_in_both_layouts() -> None:
    chains = [
        "Let's think step by step.\nFirst a.\nThen b. So the answer is 3.5.",
        "Let's think step by step. So be it. So the answer is (A).",
    ]
    shots = [{"input": f"Which, {n}?\n(A) x", "cot": chain} for n, chain in enumerate(chains)]
    listed = read("bbh_exemplars", {"task": "snarks", "description": "Choose.", "shots": shots})
    written = "Choose.\n\n" + "\n\n".join(f"Q: {shot['input']}\nA: {shot['cot']}" for shot in shots)
    prompt = {"dataset_name": "snarks", "answer_only_prompt": "", "chain_of_thought_prompt": written}
    assert listed == read("bbh_exemplars", prompt)
    assert listed == (
        Item("t-1-1", "Which, 0?\n(A) x", ("3.5",), solution="First a.\nThen b.", subject="snarks"),
        Item("t-1-2", "Which, 1?\n(A) x", ("(A)",), solution="So be it.", subject="snarks"),
    )


@pytest.mark.parametrize(
    ("text", "question"), [(' "Go!"\n\nHe  went away', ' "Go!"\n\nHe  went'), ("He went\naway", "He went")]
)
def test_lambada_keeps_what_comes_before_the_last_word(text: str, question: str) -> None:
    assert one("lambada", {"text": text}) == Item("t-1", question, ("away",))


def test_real_toxicity_prompts_has_no_reference() -> None:
    row = {"filename": "f", "prompt": {"text": " Once upon a", "toxicity": 0.1}, "continuation": {}}
    assert one("real_toxicity_prompts", row) == Item("t-1", "Once upon a", ())
