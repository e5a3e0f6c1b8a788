"""Generalisability theory: the variance components and coefficients of two synthetic data sets."""

import pandas as pd

from experiments.verifying.check import Section, checks_of
from stats.components import components
from stats.design import d_study, variances_of

SOURCE = "Brennan (2001), Generalizability Theory, synthetic data set {}; further digits: R"
# Set 1: a row a person, a column an item, right or wrong.
SET_1 = (
    "101000000000",
    "111001000000",
    "111110000000",
    "110110010000",
    "111110100000",
    "111011100000",
    "111111100000",
    "111101111100",
    "111111111110",
    "111111111111",
)
# Set 3: a row a person; four items on the first occasion, then on the second.
SET_3 = (
    ("2675", "2555"),
    ("4567", "6757"),
    ("5546", "5455"),
    ("5986", "5776"),
    ("4356", "4564"),
    ("4447", "6478"),
    ("2665", "2775"),
    ("3445", "6664"),
    ("0545", "5553"),
    ("6876", "6886"),
)
EXPECTED_1 = {
    "variance of persons": 0.0574074074,
    "variance of items": 0.0754208754,
    "variance of persons × items": 0.1268518519,
    "Eρ², 5 items": 0.6935123,
    "Φ, 5 items": 0.5866162,
    "Eρ², 10 items": 0.8190225,
    "Φ, 10 items": 0.7394557,
    "Eρ², 12 items": 0.8444948922,
    "Φ, 12 items": 0.7730235194,
    "Eρ², 15 items": 0.8716026,
    "Φ, 15 items": 0.8097839,
    "Eρ², 20 items": 0.9005084,
    "Φ, 20 items": 0.850215,
}
EXPECTED_3 = {
    "variance of persons": 0.5527777778,
    "variance of items": 0.4416666667,
    "variance of occasions": 0.0074074074,
    "variance of persons × items": 0.575,
    "variance of persons × occasions": 0.1009259259,
    "variance of items × occasions": 0.1564814815,
    "variance of persons × items × occasions": 0.9351851852,
    "Eρ², 4 items on 2 occasions": 0.6398713826,
    "Φ, 4 items on 2 occasions": 0.5541246084,
}


def sections() -> tuple[Section, ...]:
    """Both sets by `stats.components` and `stats.design`."""
    return _one_facet(), _two_facets()


def _one_facet() -> Section:
    table = pd.DataFrame(
        [
            {"persons": person, "items": item, "score": int(score)}
            for person, scores in enumerate(SET_1)
            for item, score in enumerate(scores)
        ]
    )
    obtained, variances = _variances(table, ("persons", "items"))
    for items in (5, 10, 12, 15, 20):
        study = d_study(variances, measured="persons", sizes={"items": items})
        obtained[f"Eρ², {items} items"] = study.generalizability
        obtained[f"Φ, {items} items"] = study.dependability
    checks = checks_of(SOURCE.format(1), EXPECTED_1, obtained, 1e-6)
    return Section("Generalisability, persons × items", checks)


def _two_facets() -> Section:
    table = pd.DataFrame(
        [
            {"persons": person, "items": item, "occasions": occasion, "score": int(score)}
            for person, occasions in enumerate(SET_3)
            for occasion, scores in enumerate(occasions)
            for item, score in enumerate(scores)
        ]
    )
    obtained, variances = _variances(table, ("persons", "items", "occasions"))
    study = d_study(variances, measured="persons", sizes={"items": 4, "occasions": 2})
    obtained["Eρ², 4 items on 2 occasions"] = study.generalizability
    obtained["Φ, 4 items on 2 occasions"] = study.dependability
    checks = checks_of(SOURCE.format(3), EXPECTED_3, obtained, 1e-6)
    return Section("Generalisability, persons × items × occasions", checks)


def _variances(table: pd.DataFrame, factors: tuple[str, ...]) -> tuple[dict[str, float], dict[str, float]]:
    """The components by the names they are printed under, and as `stats.design` takes them."""
    found = components(table, value="score", factors=factors)
    return {f"variance of {row.term}": row.value for row in found.rows}, variances_of(found)
