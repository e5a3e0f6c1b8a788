"""How the tests of the openai back end ask."""

import asyncio
from collections.abc import Sequence
from typing import Any

from experiments.models.openai import OpenAIModel
from experiments.models.protocol import Completion, Request
from experiments.schema import Backend, ModelConfig, OpenAIConfig
from perturb.prompt import Message, Prompt

KEY = "sk-very-secret-0123456789"
KEY_ENV = "LOOPBACK_TEST_KEY"


def config(url: str | None, name: str = "loopback", **settings: Any) -> ModelConfig:
    settings = {"api_key_env": KEY_ENV, "timeout_s": 20.0, "base_url": url} | settings
    return ModelConfig(name, Backend.openai, openai=OpenAIConfig(**settings))


def model(url: str | None, name: str = "loopback", **settings: Any) -> OpenAIModel:
    return OpenAIModel(config(url, name, **settings))


def text_request(key: str, text: str, **fields: Any) -> Request:
    return Request(key, Prompt(text, stop=("\n",)), 16, **fields)


def chat_request(key: str, text: str, **fields: Any) -> Request:
    turns = (Message("system", "Be brief."), Message("user", text))
    return Request(key, Prompt(None, turns), 16, **fields)


def questions(n: int) -> list[Request]:
    return [(chat_request if i % 2 else text_request)(f"k{i}", f"question {i}") for i in range(n)]


def ask(asked: OpenAIModel, requests: Sequence[Request]) -> dict[str, Completion]:
    async def gather() -> list[Completion]:
        try:
            return [completion async for completion in asked.complete(requests)]
        finally:
            await asked.close()

    completions = asyncio.run(gather())
    assert len(completions) == len(requests)
    return {completion.key: completion for completion in completions}


def texts(completions: dict[str, Completion]) -> dict[str, str]:
    return {key: completion.text for key, completion in completions.items()}
