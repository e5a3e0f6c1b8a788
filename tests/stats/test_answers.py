from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.answers import answer_codes, count_pairs

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(["a", "b", None])),
    min_size=4,
    max_size=25,
)


@settings(deadline=None)
@given(ROWS, st.booleans())
def test_pairs_by_enumeration(rows: list[tuple[int, int, str | None]], with_reference: bool):
    table = pd.DataFrame(rows, columns=["item", "template", "answer"])
    reference = table["template"].iloc[0] if with_reference else None
    expected: dict[int, list[int]] = {item: [0, 0, 0, 0] for item in sorted(set(table["item"]))}
    for one, other in combinations(rows, 2):
        if one[0] != other[0]:
            continue
        counts = expected[one[0]]
        if one[1] == other[1]:
            counts[2] += one[2] == other[2]
            counts[3] += 1
        elif reference is None or reference in {one[1], other[1]}:
            counts[0] += one[2] == other[2]
            counts[1] += 1
    if not any(counts[1] for counts in expected.values()):
        with pytest.raises(ValueError, match="no item has answers with two levels"):
            count_pairs(table, "answer", "item", "template", "agree", None, reference)
        return
    found = count_pairs(table, "answer", "item", "template", "agree", None, reference)
    each = np.stack([found.agreeing, found.pairs, found.same_agreeing, found.same_pairs], axis=1)
    assert each.tolist() == list(expected.values())


def test_empty_answers_have_codes_as_told():
    table = pd.DataFrame({"item": 1, "template": [1, 2, 3, 4], "answer": ["a", None, None, "a"]})
    codes = {
        how: answer_codes(table, "answer", "item", "template", how)["answer"].tolist()
        for how in ("agree", "disagree", "drop")
    }
    assert codes == {"agree": [0, 1, 1, 0], "disagree": [0, 1, 2, 0], "drop": [0, 0]}
