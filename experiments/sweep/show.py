"""What a sweep says on the terminal, before it sends anything and about what failed."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.schema import BudgetConfig, Progress
from experiments.sweep.estimate import Estimate, ModelEstimate
from experiments.sweep.progress import say_json
from experiments.sweep.record import CellFailure
from experiments.sweep.spending import CHARACTERS_PER_TOKEN

NAMED_FAILURES = 10


def show_estimate(
    console: Console, what: Estimate, budget: BudgetConfig, progress: Progress = Progress.auto
) -> None:
    """Prints what a sweep would take, one line a model, and what the figures rest on."""
    if progress is Progress.json:
        models = [{**asdict(model), "to_send": model.to_send} for model in what.models]
        say_json(console, {"event": "estimate", **asdict(what), "models": models, "budget": asdict(budget)})
        return
    cells = f"{what.cells:,} cells" if what.cells != 1 else "1 cell"
    impossible = f" ({what.impossible:,} of them cannot be asked)" if what.impossible else ""
    sampled = f", {what.left_out:,} left out at random (sweep.sample)" if what.left_out else ""
    searched = (
        f", {what.at_most:,} of them at most (sweep.extremes); what follows is for all"
        if what.at_most is not None
        else ""
    )
    console.print(f"{cells}{impossible}, {what.asked:,} questions asked{sampled}{searched}", highlight=False)
    if what.fewer_shots:
        console.print(
            f"{what.fewer_shots:,} of them with fewer examples than asked for, since no more fit the model's "
            "context (too_long=fewer_shots)",
            highlight=False,
            soft_wrap=True,
        )
    table = Table(box=None, pad_edge=False)
    table.add_column("model")
    for title in ("unique requests", "in the store", "to send", "≈ tokens in", "≤ tokens out", "≤ USD"):
        table.add_column(title, justify="right")
    for model in what.models:
        table.add_row(
            model.model,
            f"{model.unique:,}",
            f"{model.cached:,}",
            f"{model.to_send:,}",
            f"{model.prompt_tokens:,}",
            f"{model.completion_tokens:,}",
            f"{model.usd:.2f}",
        )
    console.print(table)
    for model in what.models:
        if model.to_send:
            console.print(Text(_rests_on(model), style="dim"), soft_wrap=True)
    caps = [
        f"{name} {cap:,}"
        for name, cap in (("requests", budget.requests), ("tokens", budget.tokens), ("USD", budget.usd))
        if cap is not None
    ]
    if caps:
        console.print(f"budget: {', '.join(caps)}", highlight=False)


def _rests_on(model: ModelEstimate) -> str:
    ratio = f"{model.characters_per_token:.2g} characters each"
    how = (
        ratio if model.characters_per_token == CHARACTERS_PER_TOKEN else f"{ratio}, as in its stored answers"
    )
    line = f"{model.model}: tokens in at {how}"
    prices = model.price
    if not (prices.input or prices.output):
        return f"{line}; no price is set"
    from_where = " ".join(
        words
        for words in (prices.date and f"of {prices.date}", prices.source and f"from {prices.source}")
        if words
    )
    return f"{line}; prices {from_where or 'of the configuration, undated'}"


def say(console: Console, progress: Progress, text: str) -> None:
    """Says one line about the run."""
    if progress is Progress.json:
        say_json(console, {"event": "remark", "text": text})
    else:
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def show_failures(console: Console, failures: Sequence[CellFailure], progress: Progress) -> None:
    """Names the cells that did not come out whole, each with its error."""
    if progress is Progress.json:
        for failure in failures:
            say_json(console, {"event": "failure", **asdict(failure)})
        return
    for failure in failures[:NAMED_FAILURES]:
        line = f"cell {failure.index} failed: {' '.join(failure.overrides)}: {failure.error}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(failures) > NAMED_FAILURES:
        console.print(f"… and {len(failures) - NAMED_FAILURES} more cells; manifest.json names them all")
