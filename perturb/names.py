"""What to say about a name that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(kind: str, name: str, known: Iterable[str]) -> ValueError:
    """An error that names the nearest valid name, and all of them.

    Args:
        kind: What the name was to be the name of ("perturbation").
        name: The name that was not found.
        known: The valid names.

    Returns:
        The error, to be raised by the caller.

    >>> print(unknown("grader", "short_exakt", ["short_exact", "choice_letter"]))
    unknown grader 'short_exakt'; did you mean 'short_exact'? There are: choice_letter, short_exact
    """
    names = sorted(known)
    nearest = get_close_matches(name, names, n=1, cutoff=0.0)
    hint = f"; did you mean {nearest[0]!r}? There are: {', '.join(names)}" if nearest else ""
    return ValueError(f"unknown {kind} {name!r}{hint}")
