"""What a sweep would take, and the caps that refuse it."""

import io
import json

import pytest
from rich.console import Console

from experiments.models.protocol import Completion, Request
from experiments.schema import Backend, BudgetConfig, ModelConfig, PriceConfig, Progress
from experiments.sweep.estimate import BudgetError, Estimate, check_budget, estimate
from experiments.sweep.opinions import Opinions
from experiments.sweep.plan import ModelPlan, Plan
from experiments.sweep.show import show_estimate
from experiments.sweep.spending import prices_of
from perturb.prompt import Prompt

PRICES = PriceConfig(1.0, 10.0, date="2026-01-02", source="https://example.org/prices")


def estimated(answered: int, prices: PriceConfig = PRICES) -> Estimate:
    requests = tuple(Request(f"k{n}", Prompt("x" * 400), 50) for n in range(100))
    model = ModelPlan(ModelConfig("some-model", Backend.openai, price=prices), "m@1", requests)
    stored = {f"k{n}": Completion(f"k{n}", "x", "stop", prompt_tokens=200) for n in range(answered)}
    return estimate(Plan((), (model,)), stored, Opinions((), {}, {}), {})


def test_what_is_missing_is_estimated() -> None:
    (model,) = estimated(answered=10).models
    assert (model.unique, model.cached, model.to_send) == (100, 10, 90)
    assert (model.prompt_tokens, model.completion_tokens) == (90 * 100, 90 * 50)
    assert model.usd == pytest.approx((9000 * 1 + 4500 * 10) / 1e6)


def test_answers_in_the_store_say_how_long_the_models_tokens_are() -> None:
    (model,) = estimated(answered=50).models
    assert model.characters_per_token == 2.0
    assert model.prompt_tokens == 50 * 200


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        (BudgetConfig(requests=89), "would send 90 requests, budget.requests is 89"),
        (BudgetConfig(tokens=13_499), "may take 13,500 tokens, budget.tokens is 13,499"),
        (BudgetConfig(usd=0.05), r"may cost \$0.054, budget.usd is \$0.05"),
    ],
)
def test_a_sweep_above_a_cap_is_refused(budget: BudgetConfig, says: str) -> None:
    with pytest.raises(BudgetError, match=says):
        check_budget(estimated(answered=10), budget)
    check_budget(estimated(answered=10), BudgetConfig(requests=90, tokens=13_500, usd=0.06))


def shown(what: Estimate, progress: Progress = Progress.auto) -> str:
    file = io.StringIO()
    show_estimate(Console(file=file, width=120), what, BudgetConfig(usd=5), progress)
    return file.getvalue()


def test_what_the_figures_rest_on_is_said() -> None:
    assert (
        "some-model: tokens in at 4 characters each; prices of 2026-01-02 from https://example.org/prices"
        in shown(estimated(answered=10))
    )
    assert "tokens in at 2 characters each, as in its stored answers; no price is set" in shown(
        estimated(answered=50, prices=PriceConfig())
    )
    assert "prices of the configuration, undated" in shown(
        estimated(answered=10, prices=PriceConfig(1.0, 2.0))
    )
    assert "tokens in at" not in shown(estimated(answered=100))


def test_the_estimate_as_json() -> None:
    told = json.loads(shown(estimated(answered=10), Progress.json))
    assert told["event"] == "estimate"
    assert told["budget"] == {"usd": 5, "tokens": None, "requests": None}
    (model,) = told["models"]
    assert (model["model"], model["to_send"], model["price"]["date"]) == ("some-model", 90, "2026-01-02")


def test_a_model_asked_one_by_one_has_its_prices_as_they_are() -> None:
    assert prices_of(ModelConfig("m", Backend.openai, price=PRICES)) is PRICES
    assert prices_of(ModelConfig("m", Backend.simulated, price=PRICES)) is PRICES
