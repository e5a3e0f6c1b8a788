"""What a model is asked for another wording, and how its reply is read."""

import pytest

from experiments.rewriting.prompts import LANGUAGES, PARAPHRASES, paraphrase, translation, written


def test_a_chat_is_one_message_that_ends_with_the_text() -> None:
    for wording in range(len(PARAPHRASES)):
        prompt = paraphrase("Who {is} it?\n\nTell!", wording, "chat")
        (message,) = prompt.messages
        assert message.role == "user"
        assert message.content.startswith(PARAPHRASES[wording])
        assert message.content.endswith("\n\nText:\nWho {is} it?\n\nTell!")
    assert len(set(PARAPHRASES)) == 4


def test_a_text_to_continue_ends_where_its_text_does() -> None:
    assert paraphrase("Who?", 0, "completion").stop == ("\n\n", "\nText:")
    assert paraphrase("Who?\n\nA or B?", 0, "completion").stop == ("\nText:",)
    assert (paraphrase("Who?", 0, "completion").text or "").endswith("Text:\nWho?\n\nNew text:")


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
