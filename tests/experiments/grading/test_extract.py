import pytest

from experiments.grading.extract import Stretch, body, final, first_line, last_line, refuses, without_lead
from perturb import Message, Prompt

TEXT = Prompt("?", stop=("\nQ:", "\n\nQuestion:"))
WORKED = Prompt("?", cue="The answer is")
HASHED = Prompt("?", cue="####")
CHAT = Prompt(None, messages=(Message("user", "?"),))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (" Rome\nQ: more", " Rome"),
        (" Rome\n\nQuestion: more", " Rome"),
        ("\nQ: more", ""),
        ("Q: is Rome", "Q: is Rome"),
        ("<think>a\nb</think> Rome", " Rome"),
        ("a</think> Rome", " Rome"),
        ("<think>a", ""),
        ("x</think><think>y", ""),
        ("**Rome** and *Pisa*", "Rome and *Pisa*"),
        ("2**3", "2**3"),
    ],
)
def test_body(text: str, left: str):
    assert body(text, TEXT) == left


@pytest.mark.parametrize(
    ("prompt", "text", "stretch"),
    [
        (WORKED, "a. The answer is b.\nc", Stretch("b.", True, False)),
        (WORKED, "a. The answer is b.", Stretch("b.", True, True)),
        (WORKED, "the  answer\nIS b", Stretch("b", True, True)),
        (WORKED, "The answer is a. The answer is b", Stretch("b", True, True)),
        (WORKED, "The answer is a. The answer is", Stretch("a. The answer is", True, True)),
        (WORKED, "The answer is a.\nThe answer is\n", Stretch("a.", True, False)),
        (WORKED, "#### b", Stretch("b", True, True)),
        (WORKED, "The answer would be: b", Stretch("b", True, True)),
        (WORKED, "The answer issue", None),
        (WORKED, "a b", None),
        (HASHED, "a\n#### b", Stretch("b", True, True)),
        (HASHED, "The answer is a\n####b", Stretch("b", True, True)),
        (TEXT, "\n\n a \nThe answer is b", Stretch("a", False, False)),
        (TEXT, "5\n15", Stretch("5", False, False)),
        (TEXT, "Sure:\n a", Stretch("a", False, True)),
        (TEXT, "Sure:\n", Stretch("Sure:", False, False)),
        (TEXT, "如下：\n a", Stretch("a", False, True)),
        (TEXT, " \n", None),
        (CHAT, "a\nThe answer is b", Stretch("b", True, True)),
        (CHAT, "a\nb", Stretch("a", False, False)),
    ],
)
def test_final(prompt: Prompt, text: str, stretch: Stretch | None):
    assert final(text, prompt) == stretch


NATIVE = Prompt("?", cue="####")


@pytest.mark.parametrize(
    ("cue", "text", "line"),
    [
        ("所以答案是", "因为如此。所以答案是B。", "B。"),
        ("所以答案是", "所以答案是：B", "B"),
        ("所以答案是", "所以答案是 B", "B"),
        ("答案：", "答案: B", "B"),  # either width of the colon
        ("Answer:", "Answer：B", "B"),
        ("答えは", "だから答えは11です。", "11です。"),
        ("คำตอบคือ", "ดังนั้นคำตอบคือ11", "11"),
        ("উত্তর হল", "তাই উত্তর হল 11।", "11।"),
        ("Ответ —", "Значит. Ответ — 11.", "11."),
        ("సమాధానం", "కాబట్టి సమాధానం 11.", "11."),
        ("The answer is", "The answer is18", None),
    ],
)
def test_cues_in_any_script(cue: str, text: str, line: str | None):
    stretch = final(text, Prompt("?", cue=cue))
    assert (stretch.line if stretch else None) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("所以答案是 11。", "11。"),
        ("答案为：11", "11"),
        ("正确答案应为11", "11"),
        ("【答案】B", "B"),
        ("故选：B。", "：B。"),
        ("因此选择（B）", "（B）"),
        ("答：他有11个。", "他有11个。"),
        ("উত্তর হলো 11।", "11।"),
        ("উত্তর: 11", "11"),
        ("Die Antwort lautet 11.", "11."),
        ("Antwort: 11", "11"),
        ("La respuesta es 11.", "11."),
        ("La respuesta final es: 11", "11"),
        ("La réponse est 11.", "11."),
        ("Réponse finale : 11", "11"),
        ("答えは11です。", "11です。"),
        ("答え：11", "11"),
        ("Ответ: 11", "11"),
        ("Ответ – 11.", "11."),
        ("Jibu ni 11.", "11."),
        ("Jibu la mwisho ni 11.", "11."),
        ("సమాధానం 11.", "11."),
        ("คำตอบคือ 11", "11"),
    ],
)
def test_signs_in_other_languages(text: str, line: str):
    stretch = final(f"5 + 6\n{text}\n", NATIVE)
    assert stretch is not None
    assert (stretch.line.lstrip("："), stretch.signed) == (line.lstrip("："), True)


@pytest.mark.parametrize(
    "text",
    [
        "Step-by-Step Answer: 5 + 6",
        "Schritt-für-Schritt-Antwort: 5 + 6",
        "ステップごとの答え：5 + 6",
        "ধাপে ধাপে উত্তর: 5 + 6",
        "దశలవారీగా సమాధానం: 5 + 6",
        "逐步解答：5 + 6",
        "Respuesta paso a paso: 5 + 6",
        "答案不是11",
        "应选用11号",
        "所以选项A有11个",
        "Antworten: 5",
        "respuestas: 5",
        "Ответы: 5",
    ],
)
def test_no_signs(text: str):
    assert final(text, NATIVE) is None


def test_a_sign_on_the_first_line():
    assert final(" 5 + 6 = 11. The answer is 11.\nQ", TEXT) == Stretch("11.", True, False)
    assert final(" 5 + 6 = 11. The answer is 11", TEXT) == Stretch("11", True, True)


def test_what_follows_a_line():
    for text, asked in (("a\nb\nc", TEXT), ("x\nThe answer is:\na\nb\nc", CHAT)):
        stretch = final(text, asked)
        assert stretch is not None
        assert (stretch.line, stretch.after) == ("a", "b\nc")


def test_code_keeps_its_asterisks():
    assert body("**a** 2\nQ:", TEXT, raw=True) == "**a** 2"


def test_lines():
    assert first_line("\n a\nb\n") == Stretch("a", False, False)
    assert last_line("\n a\nb\n") == Stretch("b", False, False)
    assert last_line(" a\nb") == Stretch("b", False, True)
    assert first_line("\n") is None
    assert last_line("\n") is None


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("A: Rome", "Rome"),
        ("The final answer: Rome", "Rome"),
        ("A:", "A:"),
        ("Rome", "Rome"),
        ("Atlanta: Rome", "Atlanta: Rome"),
        ("答案：罗马", "罗马"),
        ("【答案】B", "B"),
        ("Réponse : Rome", "Rome"),
        ("Ответ: 5", "5"),
    ],
)
def test_without_lead(line: str, left: str):
    assert without_lead(line) == left


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that.",
        "I’m sorry, I cannot answer this question.",
        "Sorry, I can't help you with this.",
        "I cannot provide that information.",
        "I am unable to answer.",
        "As an AI language model, I cannot answer questions about people.",
        "Unfortunately, I am not able to provide an answer.",
        "\nI apologize, but I can not comply.",
        "I won't help with that.",
        "I'm not able to discuss that.",
        "抱歉，我无法回答这个问题。",
        "很抱歉，作为一个人工智能助手，我不能提供这方面的帮助。",
    ],
)
def test_refusals(text: str):
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I can't help falling in love",
        "I Can't Get No (Satisfaction)",
        "I cannot tell a lie",
        "Sorry",
        "Sorry Not Sorry",
        "I'm Sorry, I'll Read That Again",
        "Paris. I cannot answer more.",
        "Unable",
        "我不能忘记你",
        "",
    ],
)
def test_answers_that_are_no_refusals(text: str):
    assert not refuses(text)
