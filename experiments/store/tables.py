"""The run folder's tables: outcomes and requests, written whole or not at all."""

import importlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.store.manifest import RunFolderError

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = "outcomes.parquet"
REQUESTS = "requests.parquet"
_ROWS = 50_000


def outcomes_schema() -> Any:
    """Columns of `outcomes.parquet`: one row an outcome, that is a completion scored by one grader."""
    import pyarrow as pa

    label = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            ("cell", pa.int32()),
            ("model", label),
            ("task", label),
            ("item_id", label),
            ("subject", label),
            ("template", label),
            ("form", label),
            ("shots", pa.int32()),
            ("shots_shown", pa.int32()),  # fewer where not all of them fitted the model's context
            ("cot", pa.bool_()),
            ("exemplar_seed", pa.int64()),
            ("perturbation", label),
            ("severity", pa.float64()),
            ("perturbation_seed", pa.int64()),
            ("temperature", pa.float64()),
            ("top_p", pa.float64()),
            ("sampling_seed", pa.int64()),
            ("replicate", pa.int32()),
            ("grader", label),
            ("primary", pa.bool_()),  # the score that is reported; never one of the control arm
            ("control", pa.bool_()),  # an identical prompt asked again
            ("score", pa.float64()),
            ("status", label),
            ("extracted", pa.string()),
            ("changed", pa.bool_()),
            ("realised", pa.float64()),
            ("reading", label),
            ("key", pa.string()),
            ("error", pa.string()),
        ]
    )


def requests_schema() -> Any:
    """Columns of `requests.parquet`: one row a unique request, with what came back."""
    import pyarrow as pa

    return pa.schema(
        [
            ("key", pa.string()),
            ("model", pa.dictionary(pa.int32(), pa.string())),
            ("prompt", pa.string()),
            ("completion", pa.string()),
            ("finish", pa.dictionary(pa.int32(), pa.string())),
            ("prompt_tokens", pa.int64()),
            ("completion_tokens", pa.int64()),
            ("latency_s", pa.float64()),
            ("revision", pa.dictionary(pa.int32(), pa.string())),
            ("cached", pa.bool_()),
        ]
    )


def load() -> None:
    """Imports what writing a table takes: a tenth of a second, of which there is enough before the first."""
    importlib.import_module("pyarrow.parquet")


def write_table(path: Path, columns: Mapping[str, Sequence[Any]], schema: Any) -> None:
    """Writes columns as one Parquet file; a reader sees the old file or the new one, never half of one."""
    import pyarrow as pa

    rows = len(columns[schema.names[0]])
    # Some rows at once, so that the whole table is not in memory a second time.
    tables = (
        pa.Table.from_arrays(
            [_array(columns[field.name][start : start + _ROWS], field.type) for field in schema],
            schema=schema,
        )
        for start in range(0, max(rows, 1), _ROWS)
    )
    replace_tables(path, schema, tables)


def _array(values: Sequence[Any], kind: Any) -> Any:
    """An Arrow array. By the shortest way, `pa.array`, it would import pandas: as long as 500 requests take.

    Raises:
        ValueError: A value is of another kind.
    """
    import pyarrow as pa
    from pyarrow.lib import StringBuilder

    if pa.types.is_string(kind):
        texts = StringBuilder()
        texts.append_values(values)
        return texts.finish()
    if pa.types.is_dictionary(kind):
        places: dict[str, int] = {}
        if values and values[0] is not None and values.count(values[0]) == len(values):  # as most columns are
            places, codes = {values[0]: 0}, [0] * len(values)
        else:
            codes = [-1 if value is None else places.setdefault(value, len(places)) for value in values]
        labels = _array(list(places), kind.value_type)
        held = np.array(codes, dtype=kind.index_type.to_pandas_dtype())
        return pa.DictionaryArray.from_arrays(_numbers(held, kind.index_type, held >= 0), labels)
    if pa.types.is_boolean(kind):
        return _numbers(_bits(np.array(values, dtype=np.bool_)), kind, None, len(values))
    held = np.array(values, dtype=kind.to_pandas_dtype())
    # What is not a number is missing: in SQL it would be greater than any, and make every mean NaN.
    return _numbers(held, kind, ~np.isnan(held) if pa.types.is_floating(kind) else None)


def _numbers(held: Any, kind: Any, there: Any, size: int | None = None) -> Any:
    """An Arrow array on a numpy array's memory; `there` says which of its values are not missing."""
    import pyarrow as pa

    mask = None if there is None or there.all() else pa.py_buffer(_bits(there))
    return pa.Array.from_buffers(kind, len(held) if size is None else size, [mask, pa.py_buffer(held)])


def _bits(truths: Any) -> Any:
    return np.packbits(truths, bitorder="little")


def replace_table(path: Path, table: Any) -> None:
    """Writes an Arrow table as one Parquet file, whole or not at all."""
    replace_tables(path, table.schema, [table])


def replace_tables(path: Path, schema: Any, tables: Iterable[Any]) -> None:
    """Writes Arrow tables after one another as one Parquet file, whole or not at all."""
    import pyarrow.parquet as pq

    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_table(path: Path) -> "pd.DataFrame":
    """Reads a table with its label columns as plain text.

    Raises:
        RunFolderError: If it is not there, or cannot be read.
    """
    import pandas as pd
    import pyarrow as pa

    if not path.is_file():
        raise RunFolderError(
            f"{path.parent} is an incomplete run folder: it has no {path.name}; run it again"
        )
    try:
        table = pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from None
    for name in table.columns:
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            table[name] = table[name].cat.remove_unused_categories()
    return table
