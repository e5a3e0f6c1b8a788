"""Template strings: literal text with named placeholders, taken apart once and filled with data as it is."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import lru_cache
from string import Formatter


@lru_cache(maxsize=4096)
def parts(pattern: str) -> tuple[tuple[str, str], ...]:
    """Takes a pattern apart.

    Args:
        pattern: Text with placeholders such as "{question}"; "{{" and "}}" are literal braces.

    Returns:
        Pairs of literal text and the name of the placeholder that follows it; "" where none follows.

    Raises:
        ValueError: A brace without its partner, or a placeholder that is more than a name.
    """
    found: list[tuple[str, str]] = []
    for literal, name, spec, conversion in Formatter().parse(pattern):
        if spec or conversion or (name is not None and not name.isidentifier()):
            raise ValueError(f"{{{name}{'!' + conversion if conversion else ''}}} is not a plain {{name}}")
        found.append((literal, name or ""))
    return tuple(found)


def fill(pattern: str, values: Mapping[str, str]) -> str:
    """Puts values in a pattern's places. Braces in a value are data and stay as they are.

    >>> fill("Q: {question}", {"question": "What does {x} mean in f'{x}'?"})
    "Q: What does {x} mean in f'{x}'?"
    """
    return "".join([literal + values[name] if name else literal for literal, name in parts(pattern)])


def check(pattern: str, allowed: Collection[str], required: Collection[str], where: str) -> None:
    """Checks that a pattern holds the placeholders it needs and no others.

    Args:
        pattern: The pattern.
        allowed: Names of the placeholders that will have a value.
        required: Those of them that must occur, exactly once.
        where: Names the pattern in messages: "template 'qa/q_a', question".

    Raises:
        ValueError: Naming the pattern, the placeholder and the nearest valid one.
    """
    try:
        names = [name for _, name in parts(pattern) if name]
    except ValueError as error:
        raise ValueError(
            f"{where}: {pattern!r} is not a valid pattern ({error}); a literal brace is written twice"
        ) from None
    for name in names:
        if name not in allowed:
            nearest = get_close_matches(name, list(allowed), n=1, cutoff=0.0)
            hint = f"did you mean {{{nearest[0]}}}?" if nearest else "nothing is filled in here."
            raise ValueError(
                f"{where}: unknown placeholder {{{name}}}; {hint} Literal braces are written twice: "
                f"{{{{{name}}}}}"
            )
    for name in required:
        if names.count(name) != 1:
            raise ValueError(
                f"{where}: {pattern!r} holds {{{name}}} {names.count(name)} times, expected exactly once"
            )
