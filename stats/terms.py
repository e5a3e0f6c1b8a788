"""Which main effects and interactions a table of crossed and nested factors has, and what they are called."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

MOST_FACTORS = 6
RESIDUAL = "residual"
TIMES = " × "

Term = tuple[int, ...]  # the axes of a main effect or interaction, ascending, ancestors included; () is noise


@dataclass(frozen=True)
class Design:
    """The factors of a table, one an axis of its array.

    Attributes:
        factors: Their names.
        parents: For each axis the axes it is nested in, ancestors of ancestors included.
        fixed: The axes whose levels are no sample.
        order: The greatest number of factors in an interaction of its own; higher ones are noise.
    """

    factors: tuple[str, ...]
    parents: tuple[frozenset[int], ...]
    fixed: frozenset[int]
    order: int

    def closure(self, axes: Collection[int]) -> Term:
        """The term that axes belong to: an effect of items within passages is one of passage and item."""
        return tuple(sorted({*axes, *(above for axis in axes for above in self.parents[axis])}))

    def heads(self, term: Term) -> Term:
        """The axes of a term that none of its other axes imply; they give it its name and its order."""
        implied = {above for axis in term for above in self.parents[axis]}
        return tuple(axis for axis in term if axis not in implied)

    def name(self, term: Term) -> str:
        """Factors joined by " × ", ancestors left out; "residual" for the empty term."""
        return TIMES.join(self.factors[axis] for axis in self.heads(term)) or RESIDUAL

    def is_fixed(self, term: Term) -> bool:
        """Whether a term's levels are no sample: all its factors are fixed."""
        return bool(term) and self.fixed.issuperset(term)

    @cached_property
    def full(self) -> Term:
        """The term of all axes, whose levels are the cells."""
        return tuple(range(len(self.factors)))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Main effects, then interactions up to `order`."""
        subsets = (axes for size in self.full for axes in combinations(self.full, size + 1))
        closed = {self.closure(axes) for axes in subsets}
        kept = [term for term in closed if len(self.heads(term)) <= self.order]
        return tuple(sorted(kept, key=lambda term: (len(self.heads(term)), self.heads(term))))


def design(
    factors: Sequence[str],
    *,
    nested: Mapping[str, str | Sequence[str]] | None = None,
    fixed: Collection[str] = (),
    order: int | None = None,
) -> Design:
    """The design of a table.

    Args:
        factors: 1 to 6 columns.
        nested: For a factor the one (or ones) it is nested in, such as {"item": "passage"}.
        fixed: Factors whose levels are no sample.
        order: The greatest number of factors in an interaction of its own; all of them if None.

    Raises:
        ValueError: A name is not among `factors`, nesting goes in a circle, or a number is out of range.
    """
    if not 1 <= len(factors) <= MOST_FACTORS:
        raise ValueError(f"1 to {MOST_FACTORS} factors are possible; got {len(factors)}")
    direct = {
        child: (above,) if isinstance(above, str) else tuple(above) for child, above in (nested or {}).items()
    }
    for name in (*direct, *(above for some in direct.values() for above in some), *fixed):
        if name not in factors:
            raise ValueError(f"nested and fixed name factors; {name!r} is none of {', '.join(factors)}")
    most = len(factors) if order is None else order
    if most < 1:
        raise ValueError(f"order is a number of factors, 1 or more; got {order}")

    def ancestors(name: str, below: tuple[str, ...] = ()) -> set[str]:
        if name in below:
            raise ValueError(f"{TIMES.join(below)} are nested in each other")
        found: set[str] = set()
        for above in direct.get(name, ()):
            found |= {above, *ancestors(above, (*below, name))}
        return found

    axis_of = {name: axis for axis, name in enumerate(factors)}
    parents = tuple(frozenset(axis_of[above] for above in ancestors(name)) for name in factors)
    return Design(tuple(factors), parents, frozenset(axis_of[name] for name in fixed), most)


def levels_of(term: Term, shape: Sequence[int]) -> int:
    """How many levels a term has in an array of this shape."""
    return math.prod(shape[axis] for axis in term)
