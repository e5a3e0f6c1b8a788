"""Prints what an MLflow server was told, as JSON: `python logged.py URI EXPERIMENT`."""

import json
import sys
from importlib import import_module


def main() -> None:
    """Prints every run of an experiment."""
    # MLflow is in an environment of its own, where the type checker does not look.
    client = import_module("mlflow.tracking").MlflowClient(tracking_uri=sys.argv[1])
    experiment = client.get_experiment_by_name(sys.argv[2])
    runs = [
        {
            "id": run.info.run_id,
            "status": run.info.status,
            "params": dict(run.data.params),
            "metrics": dict(run.data.metrics),
            "tags": dict(run.data.tags),
            "artifacts": sorted(file.path for file in client.list_artifacts(run.info.run_id)),
        }
        for run in client.search_runs([experiment.experiment_id])
    ]
    print(json.dumps(runs))


if __name__ == "__main__":
    main()
