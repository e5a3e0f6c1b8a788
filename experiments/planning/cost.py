"""What a request costs, in tokens, money and time, as the pilot paid for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from experiments.compare.sides import Side
from experiments.planning.pilot import Pilot
from experiments.schema import PriceConfig
from experiments.store.tables import REQUESTS, read_table
from experiments.sweep.spending import price


@dataclass(frozen=True)
class Cost:
    """Of one request, or of many; None where it is not known.

    Attributes:
        tokens: In and out.
        usd: US dollars.
        seconds: From the first request to the last answer, with as many under way at once as in the pilot.
    """

    tokens: float | None = None
    usd: float | None = None
    seconds: float | None = None

    def times(self, requests: float) -> "Cost":
        """Of so many requests."""
        return Cost(*(None if one is None else one * requests for one in self._values))

    def filled(self, other: "Cost") -> "Cost":
        """This, with what the other knows where this does not."""
        pairs = zip(self._values, other._values, strict=True)
        return Cost(*(fallback if one is None else one for one, fallback in pairs))

    @property
    def _values(self) -> tuple[float | None, float | None, float | None]:
        return self.tokens, self.usd, self.seconds


def total(costs: Iterable[Cost]) -> Cost:
    """The sum; None where any part is not known."""
    tokens, usd, seconds = zip(*((one.tokens, one.usd, one.seconds) for one in costs), strict=True)
    return Cost(_sum(tokens), _sum(usd), _sum(seconds))


def _sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else float(sum(value or 0.0 for value in known))


def cost_of(pilot: Pilot) -> Cost:
    """Mean cost of a pilot's requests on one task.

    Tokens are those of the requests behind the pilot's answers. Money is the model's price of them, times
    what the pilot really paid over its list price (batches, cached prefixes) where it paid anything. Time is
    the pilot's whole time over what it sent; where everything was stored already, the mean latency, as if one
    request waited for the other. Of what was imported nothing is known.
    """
    if pilot.imported:
        return Cost()
    keys = set(pilot.side.outcomes.loc[pilot.side.outcomes["task"] == pilot.task, "key"])
    requests = read_table(pilot.side.folder / REQUESTS)
    mine = requests[requests["key"].isin(keys) & (requests["finish"] != "error")]
    if mine.empty:
        return Cost()
    tokens_in, tokens_out = float(mine["prompt_tokens"].mean()), float(mine["completion_tokens"].mean())
    counted = tokens_in + tokens_out > 0
    record = _record(pilot.side)
    listed = PriceConfig(**record["price"])
    at_list = price(listed, record["prompt_tokens"], record["completion_tokens"])
    paid = record["usd"] / at_list if at_list else 1.0
    sent = int(pilot.side.manifest["counts"]["sent"])
    waited = float(pilot.side.manifest["wall_s"]) / sent if sent else float(mine["latency_s"].mean())
    return Cost(
        tokens=tokens_in + tokens_out if counted else None,
        usd=price(listed, 1, 0) * tokens_in * paid + price(listed, 0, 1) * tokens_out * paid
        if counted
        else None,
        seconds=waited,
    )


def _record(side: Side) -> dict[str, Any]:
    """The manifest's record of a side's model."""
    return next(
        model for model in side.manifest["models"] if model["name"] == side.model and model["role"] == "model"
    )
