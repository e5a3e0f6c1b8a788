"""What a model is asked for another wording, and how its reply is read."""

import pytest

from experiments.rewriting.prompts import LANGUAGES, PARAPHRASES, paraphrase, translation, written
from perturb import Draft, Item, Rewrite, Template, apply


def test_a_chat_shows_an_example_and_ends_with_the_text() -> None:
    for wording in range(len(PARAPHRASES)):
        shown, example, asked = paraphrase("Who {is} it?\n\nTell!", wording, "chat").messages
        assert (shown.role, example.role, asked.role) == ("user", "assistant", "user")
        assert shown.content.startswith(PARAPHRASES[wording])
        assert asked.content.startswith(PARAPHRASES[wording])
        assert asked.content.endswith("\n\nText:\nWho {is} it?\n\nTell!")
    assert len(set(PARAPHRASES)) == 4


def test_the_examples_are_paraphrases_to_the_guard() -> None:
    template = Template("q_a", "short", "Q: {question}", "A:")
    for wording in range(len(PARAPHRASES)):
        shown, example, _ = paraphrase("x", wording, "chat").messages
        item = Item("x", shown.content.rpartition("Text:\n")[2], ("zebra",))
        draft = Draft(item, template, rewrites=(Rewrite(example.content),))
        assert apply("paraphrase", draft, 1.0, seed=0).status == "changed"


def test_a_text_to_continue_ends_where_its_text_does() -> None:
    assert paraphrase("Who?", 0, "completion").stop == ("\n\n", "\nText:")
    assert paraphrase("Who?\n\nA or B?", 0, "completion").stop == ("\nText:",)
    text = paraphrase("Who?", 0, "completion").text or ""
    assert text.endswith("Text:\nWho?\n\nNew text:")
    assert text.count("New text:\n") == 1
    assert (translation("Who?", "de", "completion").text or "").count("New text:") == 1


def test_languages_have_names() -> None:
    (message,) = translation("Who?", "sw", "chat").messages
    assert "into Swahili." in message.content
    assert {"bn", "de", "en", "es", "fr", "ja", "ru", "sw", "te", "th", "zh"} <= set(LANGUAGES)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("  Who was it?\n", "Who was it?"),
        ("<think>Hm.\n</think>\nWho was it?", "Who was it?"),
        ("Here is the rewritten text:\n\nWho was it?", "Who was it?"),
        ("Sure! Here\u2019s another way to say it: Who was it?", "Who was it?"),
        ('New text: "Who was it?"', "Who was it?"),
        ("The rewritten question: Who was it?", "Who was it?"),
        ("„Wer war es?“", "Wer war es?"),
        ("“Who” wrote “It”", "“Who” wrote “It”"),
        ("Who wrote 'It'", "Who wrote 'It'"),
        ("Text by whom?", "Text by whom?"),
        ('"', '"'),
        ("", ""),
    ],
)
def test_replies(reply: str, text: str) -> None:
    assert written(reply, paraphrase("Who is it?", 0, "chat"), "Who is it?") == text


def test_a_continuation_ends_at_its_stop() -> None:
    prompt = paraphrase("Who is it?", 0, "completion")
    assert written(" Who was it?\n\nText:\nMore", prompt, "Who is it?") == "Who was it?"


def test_what_the_original_has_too_is_kept() -> None:
    prompt = paraphrase("x", 0, "chat")
    assert written("Text: who wrote it?", prompt, "Text: who is it?") == "Text: who wrote it?"
    assert written('"Leave"', prompt, '"Go"') == '"Leave"'
