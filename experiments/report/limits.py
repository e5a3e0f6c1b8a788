"""How much of everything a page shows at most, so that a browser bears it and a mail takes it."""

from dataclasses import dataclass

MOST_BYTES = 8_000_000  # of a page


@dataclass(frozen=True)
class Limits:
    """What is shown of a run at most; report.json and the tables beside it have all.

    Attributes:
        sections: Models × tasks with a section of their own.
        charted: Models × tasks, and tasks, with charts; a chart takes about 0.05 s and 6 kB.
        levels: Rows of a table.
        columns: Columns of a table.
        pairs: Rows of a table that has one for each model and task, and notes.
        flips: Flipping items with their texts.
        conditions: Conditions of a task whose prompts are shown.
        characters: Of a text.
    """

    sections: int = 60
    charted: int = 16
    levels: int = 200
    columns: int = 40
    pairs: int = 100
    flips: int = 200
    conditions: int = 16
    characters: int = 4000


# From the usual limits to those of a page that would be too large with them.
LADDER = (
    Limits(),
    Limits(sections=30, levels=60, columns=20, pairs=60, flips=60, conditions=8, characters=2500),
    Limits(sections=12, charted=12, levels=30, columns=12, pairs=30, flips=20, conditions=4, characters=1000),
)
