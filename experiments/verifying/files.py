"""Reading what the user names, and the published figures that ship with the package."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DATA = Path(__file__).parent / "data"


class VerifyError(ValueError):
    """What was named does not hold what is to be derived again."""

    exit_code = 2


def read_table(path: Path, columns: Collection[str], number: str) -> "pd.DataFrame":
    """A table in long form.

    Args:
        path: A Parquet or CSV file.
        columns: The columns it has to have; others are left out.
        number: The one of them that holds numbers from 0 to 1, or nothing.

    Raises:
        VerifyError: It is neither, cannot be read, lacks a column, or has other numbers; the message says
            what is wrong.
    """
    import pandas as pd

    if path.suffix not in {".parquet", ".csv"}:
        raise VerifyError(f"{path}: expected a checkout's folder, a .parquet or a .csv file")
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise VerifyError(f"{path} cannot be read: {error}") from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        from experiments.keys import did_you_mean

        near = did_you_mean(missing[0], [str(name) for name in table.columns])
        raise VerifyError(f"{path}: expected the columns {', '.join(columns)}; {missing[0]} is missing{near}")
    values = pd.to_numeric(table[number], errors="coerce")
    wrong = ~values.between(0, 1) & table[number].notna()
    if wrong.any():
        odd = table[number][wrong].iloc[0]
        raise VerifyError(f"{path}: column {number!r} holds numbers from 0 to 1; got {odd}")
    return table[list(columns)].assign(**{number: values})


def check_there(path: Path) -> None:
    """Refuses a path that is not there.

    Raises:
        VerifyError: There is nothing; the message has the nearest name beside it.
    """
    if not path.exists():
        from experiments.keys import did_you_mean

        others = [str(other) for other in sorted(path.parent.glob("*"))]
        raise VerifyError(f"there is nothing at {path}{did_you_mean(str(path), others)}")
