"""Counting a llama.cpp model's tokens, on a stand-in for its server; test_llamacpp.py has the real one."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.models.llamacpp_tokens import LlamaCppCounter, TokenizerError, templated, tokens_of
from experiments.models.protocol import ModelError
from perturb.prompt import Message, Prompt

CHAT = Prompt(None, (Message("system", "Be brief."), Message("user", "Hi.")))


class Server(BaseHTTPRequestHandler):
    """The addresses /tokenize and /apply-template of llama.cpp's server: one token a character."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer: object
        if not self.headers["Authorization"].startswith("Bearer "):
            raise AssertionError("no key")
        if self.headers["Authorization"] == "Bearer wrong":
            answer = {"error": {"message": "Invalid API Key"}}
        elif self.path == "/apply-template":
            said = "".join(f"<{turn['role']}>{turn['content']}" for turn in body["messages"])
            refused = body["messages"][0]["content"] == "refused"
            answer = {"error": {"message": "no such role"}} if refused else {"prompt": said}
        elif body["content"] == "broken":
            answer = None
        else:
            assert (self.path, body["add_special"], body["parse_special"]) == ("/tokenize", True, True)
            answer = {"tokens": [ord(letter) for letter in body["content"]]}
        data = b"<html>" if answer is None else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_tokens_come_from_the_engines_own_tokenizer(address: str) -> None:
    assert tokens_of("a東", address, "key") == [97, 26481]
    with pytest.raises(TokenizerError, match=r"cannot tokenize the prompt: .*Invalid API Key"):
        tokens_of("a", address, "wrong")
    with pytest.raises(ModelError, match="tokenizer does not answer"):
        tokens_of("broken", address, "key")
    with pytest.raises(ModelError, match="tokenizer does not answer"):
        tokens_of("a", "http://127.0.0.1:1", "key")


def test_a_chat_is_what_the_models_template_makes_of_it(address: str) -> None:
    assert templated(CHAT, address, "key") == "<system>Be brief.<user>Hi."


def test_a_server_is_started_for_the_first_count_and_only_then(address: str) -> None:
    keys: list[str] = []

    def serve(key: str) -> Any:
        keys.append(key)
        return SimpleNamespace(listening_address=address)

    counter = LlamaCppCounter(256, serve)
    assert (counter.limit, keys) == (256, [])
    assert counter.count(Prompt("abc")) == 3
    assert counter.count(CHAT) == len("<system>Be brief.<user>Hi.")
    assert len(keys) == 1
    counter.close()
    counter.close()


def test_a_chat_that_the_template_refuses_is_left_to_the_engine(address: str) -> None:
    counter = LlamaCppCounter(256, lambda _: SimpleNamespace(listening_address=address))
    assert counter.count(Prompt(None, (Message("user", "refused"),))) == 0
