"""What needs no files: every number agrees, and none does so whatever the data."""

from types import ModuleType

import pytest

from experiments.verifying import (
    brennan,
    city,
    ishigami,
    newcombe,
    paired,
    related_samples,
    shrout_fleiss,
)
from experiments.verifying.oracles import oracles
from stats.paired_binary import Counts


def test_every_number_agrees() -> None:
    found = oracles()
    assert {section.title: len(section.checks) for section in found} == {
        "Generalisability, persons × items": 13,
        "Generalisability, persons × items × occasions": 9,
        "Intraclass correlations of four judges": 10,
        "Intervals of a proportion": 24,
        "Paired proportions": 13,
        "Friedman's test and Cochran's Q": 4,
        "Sobol indices of the Ishigami function": 6,
        "pass@k": 9,
        "Bootstrap intervals of the growth of ten cities": 5,
    }
    assert [check for section in found for check in section.checks if not check.agrees] == []
    names = [(section.title, check.name) for section in found for check in section.checks]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("module", "name", "changed", "title"),
    [
        (brennan, "SET_1", ("001000000000", *brennan.SET_1[1:]), "Generalisability, persons × items"),
        (
            brennan,
            "SET_3",
            (("2676", "2555"), *brennan.SET_3[1:]),
            "Generalisability, persons × items × occasions",
        ),
        (
            shrout_fleiss,
            "RATINGS",
            ((9, 2, 5, 9), *shrout_fleiss.RATINGS[1:]),
            "Intraclass correlations of four judges",
        ),
        (newcombe, "EXAMPLES", (((82, 263), newcombe.EXAMPLES[0][1]),), "Intervals of a proportion"),
        (paired, "APPROVAL", Counts(794, 151, 86, 570), "Paired proportions"),
        (paired, "AIRWAYS", Counts(1, 1, 6, 12), "Paired proportions"),
        (
            related_samples,
            "ROUNDING_TIMES",
            ((5.6, 5.5, 5.55), *related_samples.ROUNDING_TIMES[1:]),
            "Friedman's test and Cochran's Q",
        ),
        (
            related_samples,
            "MEDIA",
            (((1, 1, 1, 1), 4), ((1, 1, 0, 1), 3), *related_samples.MEDIA[2:]),
            "Friedman's test and Cochran's Q",
        ),
        (ishigami, "LEVELS", 4, "Sobol indices of the Ishigami function"),
        (city, "CITIES", ((138, 144), *city.CITIES[1:]), "Bootstrap intervals of the growth of ten cities"),
    ],
)
def test_other_data_do_not_agree(
    module: ModuleType, name: str, changed: object, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, changed)
    found = module.sections() if hasattr(module, "sections") else (module.section(),)
    assert [section.agrees for section in found if section.title == title] == [False]
