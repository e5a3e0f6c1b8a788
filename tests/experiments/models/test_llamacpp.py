"""The embedded engine, on a real small model."""

import asyncio
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from experiments.models.llamacpp import LlamaCpp
from experiments.models.openai_counting import EndpointCounter
from experiments.models.protocol import Completion, ModelError, Request
from experiments.models.registry import weights_cache
from experiments.schema import Backend, LlamaCppConfig, ModelConfig, OpenAIConfig, WeightsConfig
from perturb.prompt import Message, Prompt

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def smollm2() -> LlamaCpp:
    # The folder of batches lies beside the store, which a model alone does not know.
    base = OmegaConf.structured(ModelConfig(openai=OpenAIConfig(batch_folder="unused")))
    settings = OmegaConf.merge(base, OmegaConf.load(ROOT / "conf" / "model" / "smollm2.yaml"))
    config = OmegaConf.to_object(settings)
    assert isinstance(config, ModelConfig)
    model = LlamaCpp(replace(config, llamacpp=replace(config.llamacpp, threads=1)), weights_cache())
    model.load()
    return model


def ask(model: LlamaCpp, *requests: Request) -> list[Completion]:
    async def collect() -> list[Completion]:
        return [done async for done in model.complete(requests)]

    return asyncio.run(collect())


FRANCE = Prompt(
    "Q: What is the capital of Italy?\nA: Rome\n\nQ: What is the capital of France?\nA:", stop=("\nQ:",)
)


YES = (" yes", " yes, it is", " yes, it is very hot")


@pytest.mark.model
def test_it_answers_and_counts(smollm2: LlamaCpp) -> None:
    (done,) = ask(smollm2, Request("k", FRANCE, 12))
    assert done.text.strip() == "Paris"
    assert done.finish == "stop"
    assert 15 < done.prompt_tokens < 60
    assert 0 < done.completion_tokens <= 12
    assert done.latency_s > 0


@pytest.mark.model
def test_a_chat_is_answered_through_the_models_own_template(smollm2: LlamaCpp) -> None:
    question = "What is the capital of France?"
    bare, chat = ask(
        smollm2,
        Request("bare", Prompt(question), 8),
        Request("chat", Prompt(None, (Message("user", question),)), 8),
    )
    assert chat.finish != "error"
    assert chat.prompt_tokens >= bare.prompt_tokens + 10  # roles, and the model's own system message
    assert chat.text.strip()


@pytest.mark.model
def test_tokens_are_counted_as_the_engine_counts_them(smollm2: LlamaCpp) -> None:
    prompts = [
        FRANCE,
        Prompt(" \n\n  Ça coûte 1 234,50 € — 東京 🗼\n"),
        Prompt(None, (Message("user", "What is 2 + 2?\n"),)),
        Prompt(None, (Message("system", "Be brief."), Message("user", "Hi."), Message("assistant", "Ho."))),
    ]
    counter = smollm2.counter()
    try:
        for prompt in prompts:
            (done,) = ask(smollm2, Request("k", prompt, 1))
            assert counter.count(prompt) == done.prompt_tokens > 0
            assert EndpointCounter(2048).count(prompt) >= done.prompt_tokens
    finally:
        counter.close()


@pytest.mark.model
def test_the_token_limit_is_kept_and_said(smollm2: LlamaCpp) -> None:
    (done,) = ask(smollm2, Request("k", Prompt("Once upon a time"), 5))
    assert (done.finish, done.completion_tokens) == ("length", 5)


@pytest.mark.model
def test_greedy_answers_do_not_depend_on_what_was_asked_before(smollm2: LlamaCpp) -> None:
    prompts = [Prompt(f"Q: What is {a} plus {b}?\nA:") for a in (2, 31) for b in (5, 17, 40)]
    requests = [Request(str(number), prompt, 8) for number, prompt in enumerate(prompts)]
    forward = {done.key: done.text for done in ask(smollm2, *requests)}
    assert forward == {done.key: done.text for done in ask(smollm2, *reversed(requests))}


@pytest.mark.model
def test_a_seed_repeats_a_sample_and_another_gives_another(smollm2: LlamaCpp) -> None:
    once = [
        Request(str(n), Prompt("My favourite"), 8, temperature=1.0, seed=seed)
        for n, seed in enumerate((1, 1, 2))
    ]
    first, again, other = (done.text for done in ask(smollm2, *once))
    assert first == again
    assert first != other


@pytest.mark.model
def test_a_prompt_beyond_the_context_fails_alone(smollm2: LlamaCpp) -> None:
    long, short = ask(smollm2, Request("long", Prompt("word " * 4000), 4), Request("short", FRANCE, 4))
    assert long.finish == "error"
    assert "model.llamacpp.context" in str(long.error)
    assert short.finish != "error"


@pytest.mark.model
def test_a_prompt_beyond_the_context_says_how_long_both_are(smollm2: LlamaCpp) -> None:
    (done,) = ask(smollm2, Request("long", Prompt("word " * 4000), 4))
    assert done.error is not None
    assert "4001 tokens" in done.error  # the last space is one
    assert "2048" in done.error
    assert "{" not in done.error


@pytest.mark.model
@pytest.mark.parametrize(
    "prompt", [FRANCE, Prompt(None, (Message("user", "What is the capital of France?"),))]
)
def test_logprobs_are_one_a_token_in_both_forms(smollm2: LlamaCpp, prompt: Prompt) -> None:
    (done,) = ask(smollm2, Request("k", prompt, 3, logprobs=2))
    assert done.logprobs is not None
    assert len(done.logprobs) == done.completion_tokens
    assert all(value <= 0 for value in done.logprobs)


@pytest.mark.model
def test_the_nucleus_is_of_the_tempered_distribution(smollm2: LlamaCpp) -> None:
    prompt = Prompt("My favourite animal is")
    requests = [Request(str(seed), prompt, 1, temperature=1.5, top_p=0.5, seed=seed) for seed in range(40)]
    # Before temperature half the mass lies on 6 tokens; after it, on far more.
    assert len({done.text for done in ask(smollm2, *requests)}) > 10


def weigh(model: LlamaCpp, prompt: Prompt, *options: str) -> list[float]:
    (done,) = ask(model, Request("k", prompt, 4, options=options))
    assert (done.finish, done.error) == ("stop", None)
    return json.loads(done.text)


@pytest.mark.model
def test_an_option_is_as_likely_as_generation_found_the_same_text(smollm2: LlamaCpp) -> None:
    (said,) = ask(smollm2, Request("said", Prompt("Once upon a time"), 8, logprobs=1))
    assert said.logprobs is not None
    assert len(said.logprobs) == 8
    (done,) = ask(smollm2, Request("k", Prompt("Once upon a time"), 8, options=(said.text, " nonsense")))
    said_again, nonsense = json.loads(done.text)
    assert said_again == pytest.approx(sum(said.logprobs), abs=8 * 2e-4)
    assert nonsense < said.logprobs[0] - 3
    # The prompt with either option: 8 tokens more than the prompt, and as many as " nonsense" has.
    (bare,) = ask(smollm2, Request("bare", Prompt("Once upon a time nonsense"), 1))
    assert done.prompt_tokens == said.prompt_tokens + 8 + bare.prompt_tokens
    assert (done.completion_tokens, done.revision) == (0, smollm2.identity)


@pytest.mark.model
def test_the_next_words_probabilities_add_up_to_nearly_one(smollm2: LlamaCpp) -> None:
    # After a yes-or-no question with both words as examples hardly anything else can follow.
    shots = "Q: Is fire hot?\nA: yes\n\nQ: Is ice hot?\nA: no\n\n" * 3
    sums = weigh(smollm2, Prompt(shots + "Q: Is steam hot?\nA:"), " yes", " no")
    assert 0.9 < sum(map(math.exp, sums)) < 1.001
    # And given the first, a longer one is less likely, by what its further tokens cost.
    yes, longer, longest = weigh(smollm2, Prompt(shots + "Q: Is steam hot?\nA:"), *YES)
    assert yes == pytest.approx(sums[0], abs=1e-3)
    assert yes > longer > longest
    (after,) = weigh(smollm2, Prompt(shots + "Q: Is steam hot?\nA:" + YES[0]), YES[1].removeprefix(YES[0]))
    assert longer - yes == pytest.approx(after, abs=1e-3)


@pytest.mark.model
def test_an_options_likelihood_depends_on_no_other(smollm2: LlamaCpp) -> None:
    options = (" Paris", " London", " The city of Paris", " Paris, France")
    forward = weigh(smollm2, FRANCE, *options)
    assert max(forward) == forward[0]
    assert weigh(smollm2, FRANCE, *reversed(options)) == forward[::-1]
    ask(smollm2, Request("other", Prompt("Something else"), 8))
    assert [weigh(smollm2, FRANCE, option) for option in options] == [[value] for value in forward]


@pytest.mark.model
def test_a_space_may_end_the_prompt_or_begin_the_option(smollm2: LlamaCpp) -> None:
    assert FRANCE.text is not None
    assert weigh(smollm2, Prompt(FRANCE.text + " "), "Paris") == weigh(smollm2, FRANCE, " Paris")


@pytest.mark.model
def test_characters_of_several_tokens_can_be_weighed(smollm2: LlamaCpp) -> None:
    prompt = Prompt("问：日本的首都是哪里？\n答：东京\n问：法国的首都是哪里？\n答：")
    sums = weigh(smollm2, prompt, "巴", "巴黎", "巴黎🗼", "🗼")
    assert all(map(math.isfinite, sums))
    assert sums[0] > sums[1] > sums[2]
    assert sums[0] > sums[3]


@pytest.mark.model
def test_options_that_cannot_be_weighed_fail_alone(smollm2: LlamaCpp) -> None:
    chat = Prompt(None, (Message("user", "Hello"),))
    got = ask(
        smollm2,
        Request("empty", FRANCE, 4, options=(" a", "")),
        Request("chat", chat, 4, options=(" a", " b")),
        Request("long", Prompt("word " * 4000 + "."), 4, options=(" a",)),
        Request("half", Prompt("\ud800"), 4, options=(" a",)),
        Request("good", FRANCE, 4, options=(" a", " b")),
    )
    assert [done.finish for done in got] == ["error"] * 4 + ["stop"]
    errors = [str(done.error) for done in got]
    assert "adds no token" in errors[0]
    assert "form=completion" in errors[1]
    assert "model.llamacpp.context" in errors[2]
    assert "surrogate" in errors[3]


def test_a_chat_asked_of_a_model_without_a_template_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "base.gguf"
    path.write_bytes(b"GGUF" + bytes(200))
    settings = LlamaCppConfig(weights=WeightsConfig(path=str(path)))
    model = LlamaCpp(ModelConfig(name="base", backend=Backend.llamacpp, llamacpp=settings), tmp_path)
    with pytest.raises(ModelError, match="base has no chat template"):
        ask(model, Request("k", Prompt(None, (Message("user", "Hello"),)), 4))


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("not a model", encoding="utf-8")
    settings = LlamaCppConfig(weights=WeightsConfig(path=str(path)))
    model = LlamaCpp(ModelConfig(name="m", backend=Backend.llamacpp, llamacpp=settings), tmp_path)
    with pytest.raises(ModelError, match=r"notes\.gguf cannot be loaded"):
        model.load()
