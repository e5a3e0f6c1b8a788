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
        (TEXT, " \n", None),
        (CHAT, "a\nThe answer is b", Stretch("b", True, True)),
        (CHAT, "a\nb", Stretch("a", False, False)),
    ],
)
def test_final(prompt: Prompt, text: str, stretch: Stretch | None):
    assert final(text, prompt) == stretch


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
        "",
    ],
)
def test_answers_that_are_no_refusals(text: str):
    assert not refuses(text)
