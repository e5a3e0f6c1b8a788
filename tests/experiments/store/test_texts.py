import json
import math

import pytest

from experiments.store.texts import json_text, storable


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert storable("a\ud800b 水 🙂") == "a?b 水 🙂"
    assert json.loads(json_text({"text": "\udfff", "number": 0.5})) == {"text": "?", "number": 0.5}


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text([math.nan])
