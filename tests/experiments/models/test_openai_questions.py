"""Which interface, which body, and what is asked as one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.models.openai_questions import estimated_tokens, questions
from experiments.models.protocol import Request, UnusableModelError
from experiments.schema import Api, OpenAIConfig
from perturb.prompt import Prompt
from tests.experiments.models.openai_asking import KEY, KEY_ENV, ask, chat_request, model, text_request, texts
from tests.loopback import LoopbackServer

TEXT, CHAT = text_request("t", "Q:"), chat_request("c", "Q?")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def sent(*requests: Request, **settings: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(each.path, each.body) for each in questions(requests, "m", OpenAIConfig(**settings))]


def draws(n: int, **fields: Any) -> list[Request]:
    return [chat_request(f"d{seed}", "same", temperature=0.8, seed=seed, **fields) for seed in range(n)]


def test_each_form_goes_to_its_own_interface_unless_one_is_set() -> None:
    assert [path for path, _ in sent(TEXT, CHAT)] == ["/completions", "/chat/completions"]
    assert {path for path, _ in sent(TEXT, CHAT, api=Api.chat)} == {"/chat/completions"}
    assert {path for path, _ in sent(TEXT, CHAT, api=Api.responses)} == {"/responses"}
    assert [path for path, _ in sent(TEXT, api=Api.completions)] == ["/completions"]
    with pytest.raises(UnusableModelError, match=r"form=completion, or model\.openai\.api=chat"):
        sent(CHAT, api=Api.completions)


def test_extra_fields_win_and_null_leaves_out() -> None:
    ((_, body),) = sent(TEXT, extra={"temperature": None, "stop": None, "top_k": 3, "max_tokens": 5})
    assert body == {"model": "m", "prompt": "Q:", "max_tokens": 5, "top_p": 1.0, "top_k": 3}


def test_a_seed_is_sent_unless_draws_are_asked_as_one() -> None:
    assert [body["seed"] for _, body in sent(*draws(3))] == [0, 1, 2]
    ((_, body),) = sent(*draws(3), n=True)
    assert body["n"] == 3
    assert "seed" not in body


def test_what_is_asked_as_one_differs_in_nothing_but_its_draw() -> None:
    some = draws(2)
    others = [
        replace(some[0], key="a", temperature=0.7),
        replace(some[0], key="b", top_p=0.5),
        replace(some[0], key="c", max_tokens=3),
        replace(some[0], key="d", logprobs=1),
        replace(some[0], key="e", prompt=Prompt("another")),
    ]
    groups = [len(each.requests) for each in questions([*some, *others], "m", OpenAIConfig(n=True))]
    assert groups == [2, 1, 1, 1, 1, 1]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 3))))
def test_every_request_is_asked_once(wanted: list[tuple[str, float, int]]) -> None:
    requests = [
        chat_request(f"k{place}", text, temperature=temperature, seed=seed if temperature else None)
        for place, (text, temperature, seed) in enumerate(wanted)
    ]
    for together in (False, True):
        asked = list(questions(requests, "m", OpenAIConfig(n=together)))
        assert sorted(each.key for one in asked for each in one.requests) == sorted(
            request.key for request in requests
        )
        for one in asked:
            assert len({(each.prompt, each.temperature) for each in one.requests}) == 1
            assert one.body.get("n", 1) == len(one.requests)
            assert together or len(one.requests) == 1


def test_greedy_repeats_are_never_asked_as_one() -> None:
    """They measure whether an engine repeats itself, which answers from one request do not show."""
    repeats = [chat_request(f"r{place}", "same") for place in range(3)]
    assert [len(each.requests) for each in questions(repeats, "m", OpenAIConfig(n=True))] == [1, 1, 1]


def test_no_more_samples_are_asked_for_than_the_interface_takes() -> None:
    groups = [len(each.requests) for each in questions(draws(300), "m", OpenAIConfig(n=True))]
    assert groups == [128, 128, 44]


def test_tokens_are_estimated_from_above() -> None:
    assert estimated_tokens(TEXT) == 16
    (whole,) = questions(draws(3), "m", OpenAIConfig(n=True))
    assert whole.tokens == estimated_tokens(draws(1)[0]) + 2 * 16


def test_samples_of_one_request_are_all_there_and_differ() -> None:
    with LoopbackServer() as server:
        got = ask(model(server.base_url, n=True), [*draws(12), TEXT])
        assert server.stats.requests == 2
    assert len(set(texts(got).values())) > 6
    assert {done.finish for done in got.values()} == {"stop"}
    assert sum(got[f"d{seed}"].completion_tokens for seed in range(12)) == 36


def test_a_server_that_leaves_n_out_of_account_is_not_taken_for_one_that_does_not() -> None:
    with LoopbackServer(ignores=("n",)) as server:
        got = ask(model(server.base_url, n=True), draws(3))
        assert server.stats.requests == 1
    error = "the server gave 1 of 3 samples: it does not take n, so set model.openai.n=false"
    assert {(done.finish, done.error) for done in got.values()} == {("error", error)}


def test_the_responses_interface_gives_one_answer_a_request() -> None:
    with pytest.raises(UnusableModelError, match=r"model\.openai\.n is true"):
        model("http://localhost/v1", n=True, api=Api.responses)
