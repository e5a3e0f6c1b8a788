"""MLflow: a run with its cells as nested runs."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from experiments.tracking.records import Record, Records

_RUN, _CELL = "fathom.run", "fathom.cell"
_PARENT, _NAME, _NOTE = "mlflow.parentRunId", "mlflow.runName", "mlflow.note.content"
_LONGEST = 500  # characters of a parameter that every tracking server takes


class TrackError(Exception):
    """MLflow is not installed, or its server did not take what it was told."""

    exit_code = 2


def log(records: Records, uri: str | None, experiment: str) -> str:
    """Logs a run; one that was logged before is brought up to date, not logged twice.

    Args:
        records: What to log.
        uri: Where: the address of a tracking server, or anything else that MLflow takes. None: where MLflow's
            own settings say (MLFLOW_TRACKING_URI).
        experiment: The experiment's name; made if there is none.

    Returns:
        The identifier of the parent run.

    Raises:
        TrackError: MLflow is not installed, or did not take it.
    """
    try:
        tracking = import_module("mlflow.tracking")
        exceptions = import_module("mlflow.exceptions")
    except ModuleNotFoundError:
        raise TrackError("MLflow is not installed: pip install 'prompt-fathom[mlflow]'") from None
    try:
        client = tracking.MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(experiment)
        place = client.create_experiment(experiment) if found is None else found.experiment_id
        run = _logged(client, place, records.run, {_RUN: records.run.key})
        for cell in records.cells:
            _logged(client, place, cell, {_PARENT: run, _CELL: cell.key})
        for path in records.files:
            client.log_artifact(run, str(path))
    except exceptions.MlflowException as error:
        raise TrackError(f"MLflow says: {str(error).strip().splitlines()[0]}") from error
    return run


def _logged(client: Any, experiment: str, record: Record, tags: Mapping[str, str]) -> str:
    """Logs one record under the run that has these tags, or a new one; returns its identifier."""
    entities = import_module("mlflow.entities")
    wanted = " and ".join(f"tags.`{name}` = '{value.replace(chr(39), '')}'" for name, value in tags.items())
    known = client.search_runs([experiment], wanted, max_results=1)
    if known:
        run = str(known[0].info.run_id)
    else:
        kept = {name: value.replace("'", "") for name, value in tags.items()}
        run = str(client.create_run(experiment, tags={**kept, _NAME: record.name}).info.run_id)
    now = int(client.get_run(run).info.start_time)
    client.log_batch(
        run,
        metrics=[entities.Metric(name, value, now, 0) for name, value in record.metrics.items()],
        params=[entities.Param(name, value[:_LONGEST]) for name, value in record.params.items() if not known],
        tags=[entities.RunTag(_NOTE, record.note)],
    )
    client.set_terminated(run, "FAILED" if record.failed else "FINISHED")
    return run
