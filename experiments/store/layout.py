"""The store's file: its layout, how an older one becomes today's, and whether a file is a store at all."""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

APPLICATION_ID = 0x66617468  # "fath": says in the file's header whose it is
BUSY_S = 60.0  # how long one process waits for another's commit
_OPENING_TRIES = 100
_PROBES = 64  # places at which a file is looked into when it is opened

# One entry a version of the layout; what is in an entry that was ever released is never changed.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE completions (
            key TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            text TEXT NOT NULL,
            finish TEXT NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            latency_s REAL NOT NULL,
            revision TEXT NOT NULL,
            logprobs TEXT,
            created REAL NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        f"PRAGMA application_id={APPLICATION_ID}",
        "ALTER TABLE completions ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0",
        # AUTOINCREMENT: an owner's number, once dead, is never another's.
        "CREATE TABLE owners (owner INTEGER PRIMARY KEY AUTOINCREMENT, beat INTEGER NOT NULL)",
        "CREATE TABLE claims (key TEXT PRIMARY KEY, owner INTEGER NOT NULL) WITHOUT ROWID",
    ),
)
VERSION = len(MIGRATIONS)
COLUMNS = (
    "key",
    "model",
    "text",
    "finish",
    "prompt_tokens",
    "completion_tokens",
    "latency_s",
    "revision",
    "logprobs",
    "created",
    "cached_tokens",
)


class StoreError(Exception):
    """The store cannot be read or written; what was committed before is safe."""

    exit_code = 1


class NoStoreError(StoreError):
    """The file cannot be opened as a store."""

    exit_code = 2


class ExchangeFileError(StoreError):
    """The file named for an export cannot be written, or the one for an import is none."""

    exit_code = 2


def open_database(path: Path, *, read_only: bool = False, probe: bool = True) -> sqlite3.Connection:
    """Opens a store's file, made or brought to today's layout if need be, and looks whether it is sound.

    What is looked at does not grow with the file: SQLite's own header against the file's length, the layout,
    and the pages on the way to some places of the table. `verify` reads everything.

    Args:
        path: The file; made, with its folder, if absent.
        read_only: Open an existing file without the right to change it; an older layout then stays as it is.
        probe: Whether to look for damage; without it a damaged file opens, to save what can be read.

    Raises:
        NoStoreError: The file cannot be opened, is no store, is damaged, or has a later version's layout.
    """
    try:
        if read_only:
            db = _read_only(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            db = _connect(str(path))
    except (sqlite3.Error, OSError) as error:
        raise _cannot(path, error) from None
    try:
        version = _version(db, path)
        if not read_only:
            _write_ahead(db)
            if version < VERSION:
                migrate(db)
        if probe:
            _probe(db)
    except sqlite3.Error as error:
        db.close()
        raise _cannot(path, error) from None
    except NoStoreError:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Generator[None]:
    """A block that is committed as a whole, and that no other process writes into."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # SQLite has ended it already where the disk is full
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def migrate(db: sqlite3.Connection) -> None:
    """Brings a file to today's layout, all steps or none; two processes may do so at once."""
    with transaction(db):
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA user_version={VERSION}")


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    # Transactions are begun and ended by hand; completions are committed by a thread of their own.
    return sqlite3.connect(name, uri=uri, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def _read_only(path: Path) -> sqlite3.Connection:
    """Opens a file that must not be changed; on a read-only disk too, where SQLite makes no helper files."""
    address = path.absolute().as_uri()
    db = _connect(f"{address}?mode=ro", uri=True)
    try:
        db.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError:
        db.close()
        if not path.is_file():
            raise
        db = _connect(f"{address}?immutable=1", uri=True)
    return db


def _write_ahead(db: sqlite3.Connection) -> None:
    """Sets the write-ahead log; SQLite does not wait for others by itself when several set it at once."""
    for remaining in reversed(range(_OPENING_TRIES)):
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            return
        except sqlite3.OperationalError as error:
            if remaining == 0 or "locked" not in str(error):
                raise
            time.sleep(0.05)


def selected(db: sqlite3.Connection) -> str:
    """What to select for `COLUMNS`: a column that an older layout lacks is 0 in it."""
    present = {row[1] for row in db.execute("PRAGMA table_info(completions)")}
    return ", ".join(name if name in present else f"0 AS {name}" for name in COLUMNS)


def _version(db: sqlite3.Connection, path: Path) -> int:
    """The file's layout, 0 for a new file; NoStoreError for what is no store of ours."""
    db.execute("BEGIN")  # both are read as they are at one moment: another process may be making the tables
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.execute("COMMIT")
    if version > VERSION:
        raise NoStoreError(f"{path} was written by a later version of prompt-fathom (layout {version})")
    if "completions" not in tables if version else tables:
        raise NoStoreError(f"{path} is a database of another program (set store=… to another file)")
    return version


def _probe(db: sqlite3.Connection) -> None:
    """Reads a row here and there; raises sqlite3.Error where the file is damaged on the way to one."""
    query = f"SELECT {selected(db)} FROM completions WHERE key >= ? ORDER BY key LIMIT 1"
    for number in range(_PROBES):
        db.execute(query, (f"{number * 256 // _PROBES:02x}",)).fetchone()


def _cannot(path: Path, error: Exception) -> NoStoreError:
    advice = "set store=… to another file"
    if "malformed" in str(error):
        advice = f"`fathom store verify {path}` says what is left, `fathom store export` saves it"
    return NoStoreError(f"the store {path} cannot be opened: {error} ({advice})")
