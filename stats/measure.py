"""One measure of sensitivity: raw, the noise floor, what is left, and the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from stats.estimate import record


@dataclass(frozen=True)
class Sensitivity:
    """One measure of template sensitivity.

    Attributes:
        metric: Its short name, such as "sigma_template", "spread" or "pdr".
        label: The metric in words.
        raw: What the observations give, noise included.
        floor: What noise alone would be expected to give, were all templates truly equal; NaN where the
            table cannot tell.
        corrected: The estimate with the noise taken out, kept within the metric's own range; NaN where the
            floor is.
        low: Lower end of the interval around `corrected`, or around `raw` where nothing could be corrected.
        high: Upper end.
        level: Nominal coverage of the interval.
        p_value: Of this metric's own test that templates are equal; NaN where there is no test.
        detectable: For metrics of scores the verdict on templates as a whole, the same for all of them:
            whether the p value of sigma_template is below 1 - level. For metrics of answers and
            probabilities, whether their own p value is; None where there is no test.
        method: How `corrected`, the interval and the p value were made, in words.
        note: A warning for the reader; empty when there is nothing to warn of.
        signed: What exceeds the noise before anything is cut off or shrunk, so that its mean is 0 when all
            templates are truly equal: `raw` - `floor`, of the variances where the metric is a standard
            deviation. It is not an estimate of the effect's size unless the metric's documentation says so.
            None where there is no floor.
    """

    metric: str
    label: str
    raw: float
    floor: float
    corrected: float
    low: float
    high: float
    level: float
    p_value: float
    detectable: bool | None
    method: str
    note: str = ""
    signed: float | None = None

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold; a number that is not finite becomes None."""
        return record(self)


def to_frame(measures: Sequence[Sensitivity]) -> pd.DataFrame:
    """One row a measure, its fields as columns."""
    return pd.DataFrame([asdict(measure) for measure in measures])
