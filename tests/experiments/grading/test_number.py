from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading import Grade
from experiments.grading.number import number_last, number_last_anywhere
from perturb import Item, Message, Prompt

EIGHTEEN = Item("x", "How many?", ("18",))


def graded(judge: Callable[..., Grade], name: str, text: str, gold: str, ask: str) -> str:
    return str(judge(name, text, Item("x", "How many?", (gold,)), ask).status)


@pytest.mark.parametrize(
    ("text", "gold", "status"),
    [
        (" 18", "18", "correct"),
        ("\n18\n", "18", "correct"),
        (" 18.", "18", "correct"),
        (" 18.0", "18", "correct"),
        (" $18.00", "18", "correct"),
        ("**18**", "18", "correct"),
        (" 180", "18", "wrong"),
        (" 1", "18", "wrong"),
        (" -18", "18", "wrong"),
        (" −18", "-18", "correct"),
        (" 1,000", "1000", "correct"),
        (" 1000", "1,000", "correct"),
        (" 1", "1,000", "wrong"),
        (" 2.5", "2", "wrong"),
        (" 3/4", "0.75", "correct"),
        (" ½", "0.5", "correct"),
        (" 共18个", "18", "correct"),
        (" 12 ＋ 6 ＝ 18", "18", "correct"),
        (" 5 and 6. The answer is 18", "18", "correct"),
        (" 75%", "75", "correct"),
        (" 75% ", "0.75", "wrong"),
        (" 18 eggs in 7 days", "18", "correct"),
        (" 18 (9 x 2)", "18", "correct"),
        (" 18. Because 9 times 2", "18", "correct"),
        (" 12 apples and 3 pears", "12", "correct"),  # the line answers nothing; what begins it counts
        (" 12 + 6 = 18", "18", "correct"),
        (" 9 * 2 = $<<9*2=18>>18", "18", "correct"),
        (" 20% of 90 = 18", "18", "correct"),
        (" 9 times 2 is 18", "18", "correct"),
        (" She has 20, sells 2 and keeps 18.", "18", "correct"),
        (" Answer: 18", "18", "correct"),
        (" The answer is:\n18", "18", "correct"),
        (" 5\n18", "18", "wrong"),
        (" 18\n\nQ: How many?\nA: 5", "18", "correct"),
        (" eighteen", "18", "unparsed"),
        (" H2O", "2", "unparsed"),
        ("", "18", "unparsed"),
        (" I cannot answer that.", "18", "refused"),
        ("9" * 5000, "18", "unparsed"),
    ],
)
def test_answers(judge: Callable[..., Grade], text: str, gold: str, status: str):
    assert graded(judge, "number_last", text, gold, "answer") == status


@pytest.mark.parametrize(
    ("text", "answer", "chat"),
    [
        # In a text to continue, signs below the first line may belong to a next question.
        (" 5\n\nTom has 9 twice. The answer is 18.", "wrong", "correct"),
        (" We multiply 9 by 2.\n#### 18", "wrong", "correct"),
        (" First, 9 hens.\nThen 9 more.\n$$\\boxed{18}$$", "wrong", "correct"),
        (" 18\nThat is all 3 of us.", "correct", "correct"),
    ],
)
def test_a_chat_is_searched_for_signs_of_a_final_answer(
    judge: Callable[..., Grade], text: str, answer: str, chat: str
):
    assert judge("number_last", text, EIGHTEEN, "answer").status == answer
    assert judge("number_last", text, EIGHTEEN, "chat").status == chat


@pytest.mark.parametrize(
    ("text", "gold", "status"),
    [
        (" 9 hens, 2 eggs. The answer is 18.", "18", "correct"),
        (" The answer is $18 per day for 7 days.", "18", "correct"),
        (" the answer is 9 + 9 = 18.", "18", "correct"),
        (" The answer is x = 18", "18", "correct"),
        (" The answer is 18 (= 9 x 2).", "18", "correct"),
        (" The answer is: **$1,080**.", "1080", "correct"),
        (" The answer is Jane has 18 of 20.", "18", "correct"),
        (" The answer is 5. No: the answer is 18.", "18", "correct"),
        (" 9 and 9.\n#### 18", "18", "correct"),
        (" 9 and 9, so \\boxed{18}, as 9 + 9", "18", "correct"),
        (" 9 and 9 makes 18.", "18", "correct"),
        (" 18 hens and 3 cows.", "18", "wrong"),
        (" The answer is 18.5", "18", "wrong"),
        (" 18. The answer is eighteen.", "18", "unparsed"),
        (" It follows.", "18", "unparsed"),
    ],
)
def test_worked_answers(judge: Callable[..., Grade], text: str, gold: str, status: str):
    for ask in ("worked", "chat worked"):
        assert graded(judge, "number_last", text, gold, ask) == status


@pytest.mark.parametrize(
    ("language", "text", "gold"),
    [
        ("bn", "5 + 6 = 11। উত্তর হল 11।", "11"),
        ("bn", "উত্তর হল ১১টি।", "11"),
        ("de", "5 + 6 = 11. Die Antwort ist 11.", "11"),
        ("de", "Die Antwort lautet: 1.080 Euro.", "1080"),
        ("de", "Die Antwort lautet 2,5 Liter.", "2.5"),
        ("en", "Step-by-Step Answer: 5 and 6 make 11. The answer is 11.", "11"),
        ("es", "La respuesta es 70 000 dólares.", "70000"),
        ("fr", "5 bagels à 3 $. La réponse est 15 $.", "15"),
        ("ja", "5+6=11。答えは11個です。", "11"),
        ("ja", "答えは7万ドルです。", "70000"),
        ("ru", "5 + 6 = 11. Ответ — 11.", "11"),
        ("ru", "Ответ: 1 080 рублей", "1080"),
        ("sw", "5 + 6 = 11. Jibu ni 11.", "11"),
        ("te", "5+6=11. సమాధానం 11.", "11"),
        ("te", "సమాధానం: ౧౧", "11"),
        ("th", "5 + 6 = 11 คำตอบคือ ๑๑", "11"),
        ("zh", "5 + 6 ＝ 11。答案是 11 个。", "11"),
        ("zh", "答：一共有１１个。", "11"),
    ],
)
def test_answers_in_the_languages_of_mgsm(language: str, text: str, gold: str):
    right, wrong = (Item("x", "?", (answer,), subject=language) for answer in (gold, f"{gold}1"))
    chat = (Message("user", "?"),)
    for cue in (None, "The answer is", "####"):
        for asked in (Prompt("?", cue=cue), Prompt(None, messages=chat, cue=cue)):
            for grader in (number_last, number_last_anywhere):
                assert grader(f" {text}", right, asked).correct
                assert not grader(f" {text}", wrong, asked).correct


@pytest.mark.parametrize(
    ("subject", "language", "right"), [("en", "", 2.5), ("en", "de", 2500), ("de", "en", 2.5)]
)
def test_a_question_put_into_another_language_is_read_as_that(subject: str, language: str, right: float):
    item = Item("x", "?", (f"{right:g}",), subject=subject, language=language)
    for grader in (number_last, number_last_anywhere):
        assert grader(" 2.500", item, Prompt("?")).correct


@pytest.mark.parametrize(
    ("text", "gold", "ours", "fault"),
    [
        (" The answer is 180.", "18", "wrong", "prefix comparison"),
        (" The answer is 1.", "1,000", "wrong", "the reference as a list of its groups of digits"),
        (" The answer is -18.", "18", "wrong", "the sign is lost"),
        (" The answer is 18.5.", "18", "wrong", "decimals are lost"),
        (" The answer is 1,018.", "1018", "correct", "thousands separators are kept or split"),
        (" the answer is 18", "18", "correct", "only a capital The"),
        (" The answer is 18 as 9 x 2 is", "18", "correct", "the last number anywhere"),
    ],
)
def test_faults_of_gpt_fathoms_matching(
    judge: Callable[..., Grade], text: str, gold: str, ours: str, fault: str
):
    assert graded(judge, "number_last", text, gold, "worked") == ours, fault


@pytest.mark.parametrize(
    ("text", "ask", "status"),
    [
        (" To find the total number we add 12 and", "chat", "truncated"),
        (" To find the total number we", "answer", "truncated"),
        (" 1", "answer", "truncated"),  # of 18, perhaps
        (" 5 eggs, as", "answer", "wrong"),
        (" 5\n", "answer", "wrong"),
        (" 18", "answer", "correct"),
        (" 9 hens lay 18", "worked", "truncated"),  # not the answer yet, though equal to it
        (" 9 hens. The answer is", "worked", "truncated"),
        (" 9 hens. The answer is 1", "worked", "truncated"),
        (" 9 hens. The answer is 5. And", "worked", "wrong"),
        (" 9 hens. The answer is 18. And", "worked", "correct"),
        ("<think>9 hens, 18", "chat", "truncated"),
    ],
)
def test_the_token_limit(judge: Callable[..., Grade], text: str, ask: str, status: str):
    assert judge("number_last", text, EIGHTEEN, ask, "length").status == status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (" 5\nNo, 9 twice:\n18", "correct"),
        (" eighteen\nthat is 18.", "correct"),
        (" 18\n5", "correct"),
        (" 5\n6", "wrong"),
        (" none", "unparsed"),
    ],
)
def test_lenient(judge: Callable[..., Grade], text: str, status: str):
    assert judge("number_last_anywhere", text, EIGHTEEN).status == status


@given(text=st.text(alphabet="0123456789 .,/=$-\n%abTheansweris#", max_size=60), worked=st.booleans())
def test_lenient_accepts_all_that_strict_does(text: str, worked: bool):
    prompt = Prompt("?", cue="The answer is" if worked else None)
    strict = number_last(text, EIGHTEEN, prompt).correct
    assert number_last_anywhere(text, EIGHTEEN, prompt).correct >= strict


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_equal_only_to_itself(gold: int, other: int):
    item, prompt = Item("x", "?", (str(gold),)), Prompt("?", cue="The answer is")
    for form in (f"{other}", f"{other:,}", f"{other}.0"):
        reading = number_last(f"So. The answer is {form}.", item, prompt)
        assert reading.correct == (gold == other)
        assert reading.extracted == form


def test_an_item_without_a_number(judge: Callable[..., Grade]):
    with pytest.raises(ValueError, match=r"item 'x' has no number among its answers \('Paris',\)"):
        judge("number_last", "5", Item("x", "?", ("Paris",)))
