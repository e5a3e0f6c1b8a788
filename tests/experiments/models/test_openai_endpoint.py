"""Addresses, identities and keys."""

from typing import Any

import pytest

from experiments.models.openai_endpoint import Endpoint
from experiments.models.protocol import ModelError
from experiments.schema import Api, Backend, ModelConfig, OpenAIConfig
from tests.experiments.models.openai_asking import KEY, KEY_ENV, ask, config, model, questions
from tests.loopback import LoopbackServer


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def test_identity_names_model_address_and_extra_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://localhost:8000/v1"
    assert model(url, "m").identity == f"openai:m@{url}"
    assert model("http://LOCALHOST:8000/v1/", "m").identity == model(url, "m").identity
    assert model(None, "m").identity == "openai:m@https://api.openai.com/v1"
    low, high = (model(url, "m", extra={"effort": effort}).identity for effort in ("low", "high"))
    assert len({low, high, model(url, "m").identity}) == 3
    assert low == model(url, "m", extra={"effort": "low"}, concurrency=2, retries=0).identity
    monkeypatch.setenv("OPENAI_BASE_URL", "http://10.0.0.7/v1")
    assert model(None, "m").identity == "openai:m@http://10.0.0.7/v1"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.1/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://192.168.1.4/v1", True),
        ("http://vllm:8000/v1", True),
        ("http://box.local/v1", True),
        ("https://api.openai.com/v1", False),
        ("https://8.8.8.8/v1", False),
    ],
)
def test_local_addresses_are_known(url: str, local: bool) -> None:
    assert Endpoint.of(ModelConfig("m", Backend.openai, openai=OpenAIConfig(base_url=url))).is_local is local


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/v1", "ftp://x/v1", "http://", "http://x:port/v1", "http://[::1/v1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ModelError, match="must be an address such as"):
        model(url)


@pytest.mark.parametrize("url", [f"http://me:{KEY}@localhost/v1", f"http://localhost/v1?key={KEY}"])
def test_an_address_with_a_secret_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ModelError, match="api_key_env") as error:
        model(url)
    assert KEY not in str(error.value)


def test_what_decides_answers_is_in_the_identity_and_what_does_not_is_not() -> None:
    url = "http://localhost:8000/v1"
    ways: list[dict[str, Any]] = [
        {},
        {"n": True},
        {"api": Api.responses},
        {"reasoning_effort": "low"},
        {"reasoning_effort": "high"},
        {"extra": {"reasoning_effort": "high"}, "api": Api.chat},
    ]
    assert len({model(url, "m", **way).identity for way in ways}) == len(ways)
    same = model(
        url, "m", batch=True, requests_per_minute=5, tokens_per_minute=7, timeout_s=1, batch_poll_s=3
    )
    assert same.identity == model(url, "m").identity


def azure(endpoint: str, version: str | None, **settings: Any) -> ModelConfig:
    return config(None, "my-deployment", azure_endpoint=endpoint, azure_api_version=version, **settings)


def test_azure_is_asked_at_a_deployments_address_with_its_own_header() -> None:
    with LoopbackServer(api_key=KEY) as server:
        root = server.base_url.removesuffix("/v1")
        asked = model(None, "my-deployment", azure_endpoint=root, azure_api_version="2024-10-21")
        got = ask(asked, questions(2))
        assert sorted(server.stats.paths) == [
            f"/openai/deployments/my-deployment/{kind}?api-version=2024-10-21"
            for kind in ("chat/completions", "completions")
        ]
    assert {done.finish for done in got.values()} == {"stop"}
    assert asked.identity == f"openai:my-deployment@{root}/openai?api-version=2024-10-21"


def test_azures_undated_interface_is_an_ordinary_one() -> None:
    with LoopbackServer(api_key=KEY) as server:
        root = server.base_url.removesuffix("/v1")
        for endpoint in (root, f"{root}/", f"{root}/openai/v1/"):
            asked = model(None, "my-deployment", azure_endpoint=endpoint)
            assert asked.identity == f"openai:my-deployment@{root}/openai/v1"
        ask(asked, questions(1))
        assert server.stats.paths == ["/openai/v1/completions"]


def test_settings_of_azure_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ModelError, match="azure_endpoint must be an address such as https://my-resource"):
        Endpoint.of(azure("my-resource.openai.azure.com", "2024-10-21"))
    with pytest.raises(ModelError, match="azure_api_version needs"):
        Endpoint.of(config("http://localhost/v1", azure_api_version="2024-10-21"))
    with pytest.raises(ModelError, match="are both set"):
        Endpoint.of(config("http://localhost/v1", azure_endpoint="http://localhost"))
