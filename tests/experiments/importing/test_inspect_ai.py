"""Inspect; `tests/importers` has the logs that it writes itself."""

import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from experiments.importing.zipped import ZSTANDARD

from .conftest import Import, write_json


def header(**fields: Any) -> dict[str, Any]:
    spec = {"task": "colours", "model": "openai/gpt", "model_generate_config": {"temperature": 0.5}}
    return {"version": 2, "status": "success", "eval": spec, "plan": {"config": {}}, **fields}


def sample(item: str, epoch: int, value: object, **fields: Any) -> dict[str, Any]:
    return {
        "id": item,
        "epoch": epoch,
        "messages": [
            {"role": "system", "content": "attachment://0a"},
            {"role": "user", "content": [{"type": "text", "text": f"colour of {item}?"}]},
            {"role": "assistant", "content": "red"},
        ],
        "output": {"choices": [{"stop_reason": "stop"}], "completion": "red"},
        "scores": {"match": {"value": value, "answer": "red"}},
        "attachments": {"0a": "Be brief."},
        **fields,
    }


def write_log(path: str, samples: list[dict[str, Any]], name: str = "header.json", method: int = 8) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", compression=method) as log:
        log.writestr(name, json.dumps(header()))
        for one in samples:
            log.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(one))


def test_epochs_are_replicates_and_templates_are_named(imported: Import) -> None:
    write_log("logs/a.eval", [sample(item, epoch, "C") for item in "abc" for epoch in (1, 2)])
    write_log("logs/b.eval", [sample(item, epoch, "CI"[epoch - 1]) for item in "abc" for epoch in (1, 2)])
    run = imported("inspect", "curt=logs/a.eval", "long=logs/b.eval", report=True)
    assert run.levels == {"curt": 1.0, "long": 0.5}
    row = run.outcomes.iloc[1]
    assert row[["model", "task", "replicate", "temperature", "form"]].tolist() == [
        "openai/gpt", "colours", 1, 0.5, "chat",
    ]  # fmt: skip
    assert {cell["samples"] for cell in run.manifest["cells"]} == {2}
    assert json.loads(run.requests["prompt"][0]) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "colour of a?"},
    ]


def test_json_logs_and_unfinished_ones_are_read(imported: Import) -> None:
    write_json("a.json", header(samples=[sample("a", 1, "C"), sample("b", 1, "I")]))
    assert imported("auto", "a.json").scores("task") == {"colours": 0.5}
    write_log("b.eval", [sample("a", 1, "C")], name="_journal/start.json")
    assert imported("auto", "b.eval", name="y").scores("task") == {"colours": 1.0}


@pytest.mark.parametrize(
    ("value", "score"),
    [("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0), (True, 1.0), (0.25, 0.25), ("no", 0.0), ("0.75", 0.75)],
)
def test_values_count_as_inspect_counts_them(value: object, score: float, imported: Import) -> None:
    write_log("a.eval", [sample("a", 1, value)])
    row = imported("inspect", "a.eval").outcomes.iloc[0]
    assert row["score"] == score
    assert row["status"] == ("refused" if value == "N" else "correct" if score == 1 else "wrong")


def test_several_values_of_a_scorer_are_metrics(imported: Import, refused: Callable[..., str]) -> None:
    write_log("a.eval", [sample("a", 1, {"form": 1, "content": "I"})])
    assert "'match/content', 'match/form'" in refused("inspect", "a.eval")
    assert imported("inspect", "a.eval", "--metric", "match/form").outcomes["score"].tolist() == [1.0]


def test_errors_and_samples_without_a_score_failed(imported: Import) -> None:
    broken = sample("b", 1, None, scores={}, error={"message": "the tool broke\nat line 3"})
    halted = sample("c", 1, None, scores=None, limit={"type": "token"})
    write_log("a.eval", [broken, sample("a", 1, "I"), halted])
    outcomes = imported("inspect", "a.eval").outcomes.set_index("item_id")
    assert outcomes["status"].to_dict() == {"a": "wrong", "b": "failed", "c": "failed"}
    assert outcomes["error"][["b", "c"]].tolist() == ["the tool broke", "stopped by its token limit"]
    assert set(outcomes["grader"]) == {"match"}


def test_an_answer_cut_off_is_truncated_unless_it_is_right(imported: Import) -> None:
    cut = {"choices": [{"stop_reason": "max_tokens"}], "completion": "re"}
    write_log("a.eval", [sample("a", 1, "I", output=cut), sample("b", 1, "C", output=cut)])
    assert imported("inspect", "a.eval").outcomes["status"].tolist() == ["truncated", "correct"]


def test_logs_compressed_with_zstandard_are_read(imported: Import, refused: Callable[..., str]) -> None:
    write_zstandard("a.eval", {"header.json": header(), "samples/a_epoch_1.json": sample("a", 1, "C")})
    assert imported("inspect", "a.eval").outcomes["score"].tolist() == [1.0]
    data = bytearray(Path("a.eval").read_bytes())
    data[60] ^= 0xFF  # inside the first member
    Path("b.eval").write_bytes(data)
    assert "b.eval, header.json is damaged" in refused("inspect", "b.eval")


def write_zstandard(path: str, members: dict[str, object]) -> None:
    """A ZIP file as Inspect writes it: stored members, patched to say and hold Zstandard."""
    plain = {name: json.dumps(value).encode() for name, value in members.items()}
    packed = {name: pa.Codec("zstd").compress(data, asbytes=True) for name, data in plain.items()}
    with zipfile.ZipFile(path, "w") as log:
        for name, data in packed.items():
            log.writestr(name, data)
        for member in log.infolist():
            member.compress_type, member.CRC = ZSTANDARD, zlib.crc32(plain[member.filename])
            member.file_size = len(plain[member.filename])


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda: Path("a.eval").write_bytes(b"no zip"), "a.eval is no ZIP file, or was cut off"),
        (
            lambda: write_log("a.eval", [], name="other.json"),
            "a.eval is no Inspect log: it has no header.json",
        ),
        (lambda: write_json("a.eval", {}), "a.eval is no ZIP file"),
        (
            lambda: write_log("a.eval", [sample("a", 1, "maybe")]),
            "sample a, epoch 1, match: the score is 'maybe'",
        ),
    ],
)
def test_what_is_no_log_is_named(write: Callable[[], object], said: str, refused: Callable[..., str]) -> None:
    write()
    assert said in refused("inspect", "a.eval")
