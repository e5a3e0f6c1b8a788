"""HELM: the folder of a run, with `per_instance_stats.json` and `run_spec.json`.

Perturbations are the lab's, train trials are exemplar seeds, `max_train_instances` is shots. Prompts and
completions come from `scenario_state.json`, where it lies beside.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.importing.json_files import as_text, json_array, json_file
from experiments.importing.rows import UNNAMED, Condition, ImportingError, Row, Source, as_score

STATS = "per_instance_stats.json"
SPEC, STATE = "run_spec.json", "scenario_state.json"
_NO_TASK = ("model", "model_deployment", "data_augmentation", "max_train_instances", "num_train_trials")
_TEMPLATE = "instructions"  # the argument of a run that varies the prompt
_NOT_SHOWN = {"name", "robustness", "fairness", "computed_on"}


@dataclass(frozen=True, slots=True)
class _Texts:
    prompt: str | None = None
    completion: str | None = None
    truncated: bool = False


def read_helm(source: Source) -> Iterator[Row]:
    """The rows of a run: one for each instance, perturbation, train trial and statistic.

    Raises:
        ImportingError: The file is none of HELM's, or is cut off.
    """
    path = source.path
    base = _condition(path)
    texts = _texts(path.with_name(STATE))
    for number, found in json_array(path):
        if "instance_id" not in found or "stats" not in found:
            raise ImportingError(
                f"{path}, element {number} has no instance_id or no stats: it is none of HELM"
            )
        trial = int(found.get("train_trial_index") or 0)
        perturbation = _perturbation(found.get("perturbation"))
        said = texts.get((str(found["instance_id"]), perturbation, trial), _Texts())
        condition = Condition(
            base.model,
            base.task,
            template=base.template,
            shots=base.shots,
            exemplar_seed=trial,
            perturbation=perturbation,
            temperature=base.temperature,
        )
        for stat in found["stats"]:
            name: str = stat["name"]["name"]
            yield Row(
                number,
                condition,
                str(found["instance_id"]),
                name,
                as_score(stat.get("mean"), f"{path}, element {number}, {name}"),
                status="truncated" if said.truncated else "",
                subject=str(stat["name"].get("sub_split") or ""),
                prompt=said.prompt,
                completion=said.completion,
            )


def _condition(path: Path) -> Condition:
    beside = path.with_name(SPEC)
    if not beside.is_file():
        raise ImportingError(f"{path.parent} is no whole run of HELM: it has no {SPEC}")
    spec = json_file(beside)
    adapter: dict[str, Any] = spec.get("adapter_spec") or {}
    scenario, _, arguments = str(spec.get("name") or path.parent.name).partition(":")
    parts = [part.partition("=") for part in arguments.split(",") if part]
    kept = [f"{key}={value}" for key, _, value in parts if key not in (*_NO_TASK, _TEMPLATE)]
    templates = [value for key, _, value in parts if key == _TEMPLATE]
    return Condition(
        str(adapter.get("model") or adapter.get("model_deployment") or ""),
        f"{scenario}:{','.join(kept)}" if kept else scenario,
        template=templates[0] if templates else UNNAMED,
        shots=int(adapter.get("max_train_instances") or 0),
        temperature=float(adapter.get("temperature") or 0.0),
    )


def _perturbation(described: dict[str, Any] | None) -> str:
    """A perturbation's name with its settings, as "typos prob=0.1"."""
    if not described:
        return "none"
    settings = [
        f"{key}={value}"
        for key, value in described.items()
        if key not in _NOT_SHOWN and not key.endswith("_path") and isinstance(value, str | int | float)
    ]
    return " ".join([str(described.get("name")), *settings])


def _texts(path: Path) -> dict[tuple[str, str, int], _Texts]:
    """What was sent and came back, by instance, perturbation and trial; of several requests the first."""
    if not path.is_file():
        return {}
    found: dict[tuple[str, str, int], _Texts] = {}
    for _, state in json_array(path, "request_states"):
        instance: dict[str, Any] = state.get("instance") or {}
        key = (
            str(instance.get("id")),
            _perturbation(instance.get("perturbation")),
            int(state.get("train_trial_index") or 0),
        )
        if key in found or state.get("request_mode") == "calibration":
            continue
        completions = (state.get("result") or {}).get("completions") or [{}]
        reason = completions[0].get("finish_reason") or {}
        found[key] = _Texts(
            as_text((state.get("request") or {}).get("prompt")),
            as_text(completions[0].get("text")),
            truncated=reason.get("reason") == "length",
        )
    return found
