"""The published numbers whose data are small enough to be at hand."""

from experiments.verifying import (
    brennan,
    city,
    ishigami,
    newcombe,
    paired,
    pass_at_k,
    related_samples,
    shrout_fleiss,
)
from experiments.verifying.check import Section


def oracles() -> tuple[Section, ...]:
    """All of them, derived again; a few seconds."""
    return (
        *brennan.sections(),
        shrout_fleiss.section(),
        newcombe.section(),
        paired.section(),
        related_samples.section(),
        ishigami.section(),
        pass_at_k.section(),
        city.section(),
    )
