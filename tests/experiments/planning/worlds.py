"""Right-or-wrong answers of models whose true variance components are known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.planning.stated import Stated


@dataclass(frozen=True)
class World:
    """Models, items and templates to be drawn; answers are right with a probability that effects add up to.

    Attributes:
        means: Each model's.
        item: Standard deviation of the item effects, of every model.
        template: Of the template effects.
        shared: Correlation of two models' item effects, and of their template effects.
    """

    means: tuple[float, ...]
    item: float = 0.12
    template: float = 0.04
    shared: float = 0.0

    @property
    def stated(self) -> Stated:
        """Its true components, as a user would state them; the interaction is what is left."""
        return Stated(self.means, self.template, self.item, shared=self.shared)

    def draw(self, rng: np.random.Generator, items: int, templates: int) -> pd.DataFrame:
        """One row an answer: `model`, `item`, `template`, `score`."""
        by_item, by_template = (
            sigma * self._effects(rng, count)
            for sigma, count in ((self.item, items), (self.template, templates))
        )
        chance = np.array(self.means)[:, np.newaxis, np.newaxis] + by_item[:, :, np.newaxis]
        chance = np.clip(chance + by_template[:, np.newaxis], 0, 1)
        scores = (rng.random(chance.shape) < chance).astype(float)
        places = np.indices(scores.shape).reshape(3, -1)
        return pd.DataFrame(
            {
                "model": places[0],
                "item": places[1],
                "template": places[2],
                "score": scores.ravel(),
            }
        )

    def _effects(self, rng: np.random.Generator, count: int) -> np.ndarray:
        common = rng.standard_normal((1, count))
        own = rng.standard_normal((len(self.means), count))
        return np.sqrt(self.shared) * common + np.sqrt(1 - self.shared) * own
