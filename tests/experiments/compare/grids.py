"""Simulated grids of two models whose true difference and template effects are known."""

import numpy as np
import pandas as pd

from experiments.compare.pairing import BASELINE, NEW, Paired


def grid(
    rng: np.random.Generator,
    *,
    gain: float = 0.0,
    sigmas: tuple[float, float] = (0.04, 0.04),
    items: int = 300,
    templates: int = 20,
    mean: float = 0.6,
    higher_is_better: bool = True,
) -> Paired:
    """One task: answers are right with probability mean + item + template (+ gain on the new side).

    Args:
        rng: Makes the draws.
        gain: True mean difference of the new side.
        sigmas: Standard deviations of the template effects, new and baseline; the two models' effects are
            independent.
        items: Number of items.
        templates: Number of templates.
        mean: True mean of the baseline.
        higher_is_better: As in `Paired`.
    """
    ease = rng.normal(0, 0.15, (items, 1))
    frames: list[pd.DataFrame] = []
    for side, sigma, shift in ((NEW, sigmas[0], gain), (BASELINE, sigmas[1], 0.0)):
        chance = np.clip(mean + shift + ease + rng.normal(0, sigma, (1, templates)), 0, 1)
        scores = (rng.random((items, templates)) < chance).astype(float)
        frames.append(
            pd.DataFrame(
                {
                    "item_id": np.repeat([f"i{place:04d}" for place in range(items)], templates),
                    "template": np.tile([f"t{place:02d}" for place in range(templates)], items),
                    "condition": 0,
                    "side": side,
                    "score": scores.ravel(),
                }
            )
        )
    rows = pd.concat(frames, ignore_index=True)
    return Paired("task", "Task", "accuracy", higher_is_better, rows, asked=items * templates)
