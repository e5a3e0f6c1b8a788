import socket

import pytest

from experiments.tasks.hub import hub_answers, offline


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.tasks.hub.getproxies", dict)
    hub_answers.cache_clear()


def test_what_takes_connections_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert hub_answers(f"http://127.0.0.1:{server.getsockname()[1]}")
        gone = socket.create_server(("127.0.0.1", 0))
        port = gone.getsockname()[1]
        gone.close()
    assert not hub_answers(f"http://127.0.0.1:{port}")


def test_a_host_without_an_address_does_not() -> None:
    assert not hub_answers("https://hub.invalid")


def test_where_a_proxy_stands_between_it_is_the_clients_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.tasks.hub.getproxies", lambda: {"https": "http://proxy:3128"})
    assert hub_answers("https://hub.invalid")


def test_offline_ends_with_its_block() -> None:
    import huggingface_hub
    from datasets import config

    before = config.HF_HUB_OFFLINE
    with offline():
        assert config.HF_HUB_OFFLINE
        assert huggingface_hub.is_offline_mode()
    assert before == config.HF_HUB_OFFLINE
