"""Six intraclass correlations of four judges and six targets."""

import pandas as pd

from experiments.verifying.check import Section, checks_of
from stats.reliability import intraclass

SOURCE = "Shrout and Fleiss (1979), Psychological Bulletin 86:420, tables 2 and 4; further digits: R's psych"
# Table 2: a row a target, a column a judge.
RATINGS = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))
EXPECTED = {
    "ICC(1,1)": 0.165741768,
    "ICC(2,1)": 0.289763780,
    "ICC(3,1)": 0.714840715,
    "ICC(1,4)": 0.442797134,
    "ICC(2,4)": 0.620050548,
    "ICC(3,4)": 0.909315542,
    "ICC(2,1), lower 95 % limit": 0.018786513,
    "ICC(2,1), upper 95 % limit": 0.761084370,
    "ICC(3,1), lower 95 % limit": 0.3424647,
    "ICC(3,1), upper 95 % limit": 0.9458583,
}


def section() -> Section:
    """The correlations by `stats.reliability`."""
    table = pd.DataFrame(
        [
            {"target": target, "judge": judge, "rating": rating}
            for target, ratings in enumerate(RATINGS)
            for judge, rating in enumerate(ratings)
        ]
    )
    found = intraclass(table, value="rating", subject="target", rater="judge")
    obtained = {
        "ICC(1,1)": found.icc1.value,
        "ICC(2,1)": found.icc2.value,
        "ICC(3,1)": found.icc3.value,
        "ICC(1,4)": found.icc1k.value,
        "ICC(2,4)": found.icc2k.value,
        "ICC(3,4)": found.icc3k.value,
        "ICC(2,1), lower 95 % limit": found.icc2.low,
        "ICC(2,1), upper 95 % limit": found.icc2.high,
        "ICC(3,1), lower 95 % limit": found.icc3.low,
        "ICC(3,1), upper 95 % limit": found.icc3.high,
    }
    return Section("Intraclass correlations of four judges", checks_of(SOURCE, EXPECTED, obtained, 1e-6))
