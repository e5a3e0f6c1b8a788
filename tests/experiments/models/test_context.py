"""Whether prompts fit, in a model whose tokens are bytes; counting is spared where it cannot matter."""

from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.models.context import Context
from perturb.prompt import Message, Prompt, Role


class Counter:
    """One token a byte, a start token, and a chat template of seven a turn."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.counted: list[Prompt] = []
        self.closed = False

    def count(self, prompt: Prompt) -> int:
        self.counted.append(prompt)
        turns = [turn.content for turn in prompt.messages]
        return 1 + len((prompt.text or "".join(turns)).encode()) + 7 * len(turns)

    def close(self) -> None:
        self.closed = True


def chat(*contents: str) -> Prompt:
    roles: tuple[Role, ...] = ("user", "assistant")
    return Prompt(None, tuple(Message(roles[place % 2], text) for place, text in enumerate(contents)))


LETTERS = st.text(st.characters(codec="utf-8"), max_size=40)
PROMPTS = st.one_of(
    LETTERS.map(Prompt), st.lists(LETTERS, min_size=1, max_size=4).map(lambda each: chat(*each))
)


@settings(deadline=None)
@given(PROMPTS, st.integers(0, 90), st.integers(0, 20))
def test_a_prompt_fits_exactly_if_its_tokens_and_the_answers_do(
    prompt: Prompt, limit: int, answer: int
) -> None:
    tokens = Counter(0).count(prompt)
    assert Context(Counter(limit)).fits(prompt, answer) == (tokens + answer <= limit)


def test_a_text_that_fits_by_its_length_is_not_counted() -> None:
    counter = Counter(100)
    context = Context(counter)
    assert context.fits(Prompt("x" * 80), 10)
    assert not counter.counted
    assert context.fits(Prompt("x" * 85), 10)
    assert len(counter.counted) == 1
    assert context.fits(Prompt("é"), 10)  # a tokenizer may bring it to a longer normal form first
    assert len(counter.counted) == 2


def test_what_stands_around_the_turns_of_a_chat_is_counted_once() -> None:
    counter = Counter(200)
    context = Context(counter)
    for text in ("one", "two", "three"):
        assert context.fits(chat(text, "so"), 5)
    assert counter.counted == [chat("x", "x")]


def test_closing_frees_what_counts() -> None:
    counter = Counter(1)
    Context(counter).close()
    assert counter.closed
