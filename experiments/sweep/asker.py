"""Answering for one run: from the store or by asking, under one budget and one Ctrl-C."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from experiments.models.protocol import Completion
from experiments.models.registry import load
from experiments.schema import LabConfig
from experiments.store.claims import claims_on
from experiments.store.completions import CompletionStore
from experiments.sweep.execute import Answers, Desk
from experiments.sweep.outgoing import Stop
from experiments.sweep.plan import ModelPlan
from experiments.sweep.progress import display
from experiments.sweep.queue import answer_all
from experiments.sweep.spending import Spending


class Asker:
    """Has models answer, as often as a run needs it; what is spent adds up.

    Args:
        store: Where completions are looked up and committed.
        config: Any cell's; the budget and the kind of progress are read off it.
        console: Where progress is shown.
    """

    def __init__(self, store: CompletionStore, config: LabConfig, console: Console) -> None:
        self._store, self._console, self._progress = store, console, config.progress
        self._spending, self._stop = Spending(config.budget), Stop()

    def answer(self, models: Sequence[ModelPlan], known: Mapping[str, Completion]) -> dict[str, Answers]:
        """Answers the models' requests.

        Args:
            models: The models with their requests.
            known: What the store holds of them, by key.

        Returns:
            By identity.

        Raises:
            KeyboardInterrupt: The user stopped the run; what was under way then is in the store.
            StoreError: The store cannot be read or written.
        """
        if all(request.key in known for model in models for request in model.requests):
            return {
                model.identity: Answers({request.key: known[request.key] for request in model.requests})
                for model in models
            }
        with claims_on(self._store.path) as claims, display(self._console, self._progress) as shown:
            desk = Desk(self._store, claims, self._spending, self._stop, load, shown.say)
            return answer_all(models, known, desk, shown)
