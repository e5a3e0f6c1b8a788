import asyncio
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from experiments.models.classifier import Classifier
from experiments.models.protocol import Completion, ModelError, Request, UnusableModelError
from experiments.schema import ClassifierConfig
from perturb.prompt import Message, Prompt

LABELS = ("toxic", "insult")


class FakePipeline:
    """Scores a text by its share of "!"; a word is a token, and two more frame the text."""

    made: list["FakePipeline"]

    def __init__(self, task: str, model: str, revision: str | None, top_k: int | None) -> None:
        if model == "missing":
            raise OSError("no such folder\nand a long story")
        assert (task, top_k) == ("text-classification", None)
        config = SimpleNamespace(
            id2label=dict(enumerate(LABELS)), max_position_embeddings=8, _commit_hash=revision
        )
        self.model = SimpleNamespace(config=config)
        self.weights = model
        self.threads: set[int] = set()
        self.texts: list[str] = []
        FakePipeline.made.append(self)

    class Tokenizer:
        model_max_length = 10**30

        def __call__(self, text: str) -> dict[str, list[int]]:
            return {"input_ids": [0] * (len(text.split()) + 2)}

    tokenizer = Tokenizer()

    def __call__(self, texts: list[str]) -> list[list[dict[str, Any]]]:
        self.threads.add(threading.get_ident())
        self.texts.extend(texts)
        if texts == ["break"]:
            raise RuntimeError("out of memory\nat line 3")
        if texts == ["regress"]:
            return [[{"label": label, "score": 1.5} for label in LABELS]]
        score = texts[0].count("!") / len(texts[0])
        return [[{"label": "insult", "score": 1 - score}, {"label": "toxic", "score": score}]]


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePipeline.made = []
    for name in ("transformers", "torch"):
        package = ModuleType(name)
        package.__spec__ = ModuleSpec(name, None)
        monkeypatch.setitem(sys.modules, name, package)
    monkeypatch.setattr(sys.modules["transformers"], "pipeline", FakePipeline, raising=False)


def request(key: str, text: str) -> Request:
    return Request(key, Prompt(text), 1)


def model(**settings: Any) -> Classifier:
    return Classifier("someone/toxic", ClassifierConfig(**settings))


def ask(asked: Classifier, requests: Sequence[Request]) -> list[Completion]:
    async def gather() -> list[Completion]:
        try:
            return [completion async for completion in asked.complete(requests)]
        finally:
            await asked.close()

    return asyncio.run(gather())


def test_a_text_is_answered_with_its_class_s_probability() -> None:
    got = ask(model(revision="c0ffee"), [request("a", "hey!"), request("b", "hello"), request("c", "!!!")])
    assert [(completion.key, completion.text) for completion in got] == [
        ("a", "0.25"),
        ("b", "0.0"),
        ("c", "1.0"),
    ]
    assert {completion.finish for completion in got} == {"stop"}
    assert {completion.revision for completion in got} == {"c0ffee"}
    assert [completion.prompt_tokens for completion in got] == [3, 3, 3]


def test_scores_keep_five_digits() -> None:
    assert ask(model(), [request("a", "!xx")])[0].text == "0.33333"
    assert ask(model(), [request("a", "!" + "x" * 29_999)])[0].text == "3.3333e-05"


def test_another_class_can_count() -> None:
    assert ask(model(label="insult"), [request("a", "hey!")])[0].text == "0.75"


def test_weights_are_loaded_once_and_only_when_needed() -> None:
    asked = model()
    assert ask(asked, []) == []
    assert FakePipeline.made == []
    ask(asked, [request(str(i), "hello") for i in range(5)])
    [pipeline] = FakePipeline.made
    assert pipeline.weights == "someone/toxic"
    assert pipeline.threads.isdisjoint({threading.get_ident()})
    assert len(pipeline.threads) == 1


def test_closing_frees_the_weights_and_asking_again_loads_them() -> None:
    asked = model(path="folder")
    for _ in range(2):
        ask(asked, [request("a", "hello")])
    assert [pipeline.weights for pipeline in FakePipeline.made] == ["folder", "folder"]


@pytest.mark.parametrize(
    ("prompt", "options", "reason"),
    [
        (Prompt(" \n"), (), "empty"),
        (Prompt("one two three four five six seven"), (), "the text has 9 tokens, the classifier takes 8"),
        (Prompt("half \ud800"), (), "surrogate"),
        (Prompt(None, (Message("user", "hello"),)), (), "neither chats nor compares"),
        (Prompt("hello"), ("a", "b"), "neither chats nor compares"),
    ],
)
def test_what_has_no_score_fails_alone(prompt: Prompt, options: tuple[str, ...], reason: str) -> None:
    got = ask(model(), [Request("bad", prompt, 1, options=options), request("good", "hey!")])
    assert [(completion.finish, completion.text) for completion in got] == [("error", ""), ("stop", "0.25")]
    assert reason in (got[0].error or "")
    assert FakePipeline.made[0].texts == ["hey!"]


def test_an_unknown_class_names_the_nearest() -> None:
    with pytest.raises(UnusableModelError, match=r"'toxik'; did you mean 'toxic'\? There are: insult, toxic"):
        ask(model(label="toxik"), [request("a", "hello")])


def test_weights_that_cannot_be_loaded_stop_the_run() -> None:
    expected = r"could not load 'missing': no such folder; check grader\.toxicity\.name"
    with pytest.raises(ModelError, match=expected):
        ask(model(path="missing"), [request("a", "hello")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("break", "failed while scoring: out of memory$"),
        ("regress", "gave a score of 1.5, expected a probability"),
    ],
)
def test_a_classifier_that_breaks_stops_the_run(text: str, expected: str) -> None:
    with pytest.raises(ModelError, match=expected):
        ask(model(), [request("a", text), request("b", "hello")])


@pytest.mark.parametrize("package", ["transformers", "torch"])
def test_a_missing_extra_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    def find(name: str) -> object:
        return None if name == package else "found"

    monkeypatch.setattr("experiments.models.classifier.find_spec", find)
    with pytest.raises(ModelError, match=rf"^{package} is not.*pip install 'prompt-fathom\[classifier\]'$"):
        model()


def test_identity_names_weights_revision_and_class() -> None:
    assert model().identity == "classifier:someone/toxic@default/toxic"
    assert model(path="mine", revision="v2", label="insult").identity == "classifier:mine@v2/insult"
