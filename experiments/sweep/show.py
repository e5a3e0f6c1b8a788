"""What a sweep says on the terminal, before it sends anything and about what failed."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from experiments.schema import BudgetConfig
from experiments.sweep.estimate import Estimate
from experiments.sweep.record import CellFailure

NAMED_FAILURES = 10


def show_estimate(console: Console, what: Estimate, budget: BudgetConfig) -> None:
    """Prints what a sweep would take, one line a model."""
    cells = f"{what.cells:,} cells" if what.cells != 1 else "1 cell"
    impossible = f" ({what.impossible:,} of them cannot be asked)" if what.impossible else ""
    console.print(f"{cells}{impossible}, {what.asked:,} questions asked", highlight=False)
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
    caps = [
        f"{name} {cap:,}"
        for name, cap in (("requests", budget.requests), ("tokens", budget.tokens), ("USD", budget.usd))
        if cap is not None
    ]
    if caps:
        console.print(f"budget: {', '.join(caps)}", highlight=False)


def show_failures(console: Console, failures: Sequence[CellFailure]) -> None:
    """Names the cells that did not come out whole, each with its error."""
    for failure in failures[:NAMED_FAILURES]:
        line = f"cell {failure.index} failed: {' '.join(failure.overrides)}: {failure.error}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(failures) > NAMED_FAILURES:
        console.print(f"… and {len(failures) - NAMED_FAILURES} more cells; manifest.json names them all")
