import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as reference_kappa

from stats.kappa import fleiss_kappa


def test_it_equals_statsmodels_and_is_nan_without_variety():
    grid = np.random.default_rng(6).integers(0, 3, (40, 5))
    item, template = np.indices(grid.shape).reshape(2, -1)
    table = pd.DataFrame({"item": item, "template": template, "score": grid.ravel()})
    found = fleiss_kappa(table, answer="score", item="item", template="template")
    assert found.value == pytest.approx(float(reference_kappa(aggregate_raters(grid)[0])))
    assert found.low < found.value < found.high
    always = fleiss_kappa(table.assign(score="A"), answer="score", item="item", template="template")
    assert np.isnan(always.value)
    assert "chance agreement is certain" in always.note
    with pytest.raises(ValueError, match="3 levels of 'item'"):
        fleiss_kappa(table[table["item"] < 2], answer="score", item="item", template="template")
