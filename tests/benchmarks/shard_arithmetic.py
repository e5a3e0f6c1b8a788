"""What a request takes of disk, memory and processor, from which docs/clusters.md computes a large sweep.

python -m tests.benchmarks.shard_arithmetic [--items 500 2000]

The sweep of `store_size` is run at two sizes, so that what grows with the requests is told from what does
not: filling the store, planning it (`dry_run=true`), and running it again warm, which plans, looks up, grades
and writes, without a report. Then what the launching process does with what jobs leave: taking completions
over into another store, and merging tables, the latter with as many invented keys again. Seconds are the
processor's, memory is the most resident.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from experiments.store.tables import requests_schema
from tests.benchmarks.store_size import ROOT, process
from tests.benchmarks.sweep_requests import write_task

_TAKEN_OVER = (
    "from experiments.store.exchange import take_over; take_over(Path('other.sqlite'), Path('{store}'))"
)
_MERGED = "from experiments.store.merge import merge; Path('whole').mkdir(); merge(Path('whole'), {{run: 0}})"
_GROUP = 50_000  # rows that are written at once
_KEYS = (500_000, 4_000_000)
_CHILD = """
import resource
from pathlib import Path
run = Path('runs/large')
{what}
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)
"""


def child(folder: Path, what: str) -> tuple[float, float]:
    """Processor seconds and most megabytes of some lines of Python."""
    code = _CHILD.format(what=what.format(store="runs/completions.sqlite"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def measure(items: int) -> dict[str, float]:
    """Everything at one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_task(folder / "data", items)
        found: dict[str, float] = {"requests": items * 100}
        _, found["filling s"], found["filling MB"] = process(folder)
        _, found["planning s"], found["planning MB"] = process(folder, "dry_run=true")
        _, found["warm s"], found["warm MB"] = process(folder)
        found["taking over s"], found["taking over MB"] = child(folder, _TAKEN_OVER)
        for file in ("completions.sqlite", "large/outcomes.parquet", "large/requests.parquet"):
            found[f"{Path(file).name} MB"] = (folder / "runs" / file).stat().st_size / 1e6
        return found


def merging(keys: int) -> tuple[float, float]:
    """Processor seconds and most megabytes of merging tables of so many distinct requests."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_task(folder / "data", 10)
        process(folder)
        schema = requests_schema()
        with pq.ParquetWriter(folder / "runs/large/requests.parquet", schema) as writer:
            for _ in range(keys // _GROUP):
                drawn = os.urandom(32 * _GROUP).hex()
                columns = {"key": [drawn[64 * place : 64 * (place + 1)] for place in range(_GROUP)]}
                arrays = [pa.array(columns.get(field.name, [None] * _GROUP)) for field in schema]
                kinds = [array.cast(field.type) for array, field in zip(arrays, schema, strict=True)]
                writer.write_table(pa.table(kinds, schema=schema))
        return child(folder, _MERGED)


def main() -> None:
    """Measures at two sizes, and prints both and what lies between, a request."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, nargs=2, default=[500, 2000])
    few, many = (measure(items) for items in parser.parse_args().items)
    more = many["requests"] - few["requests"]
    print(f"{'':26}{few['requests']:>12,.0f}{many['requests']:>12,.0f}   a request")
    for name in list(few)[1:]:
        slope = (many[name] - few[name]) / more * 1e6
        unit = "bytes" if name.endswith("MB") else "µs"
        print(f"{name:26}{few[name]:>12.1f}{many[name]:>12.1f}{slope:>12.0f} {unit}")
    (few_s, few_mb), (many_s, many_mb) = merging(_KEYS[0]), merging(_KEYS[1])
    more = _KEYS[1] - _KEYS[0]
    print(
        f"merging {_KEYS[0]:,} and {_KEYS[1]:,} keys: {few_s:.1f} and {many_s:.1f} s, {few_mb:.0f} and "
        f"{many_mb:.0f} MB: {(many_s - few_s) / more * 1e6:.1f} µs and {(many_mb - few_mb) / more * 1e6:.0f} "
        "bytes a request"
    )


if __name__ == "__main__":
    main()
