"""Simulated sweeps with a known truth, through the simulated model's own probabilities and draws."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.models.protocol import Request
from experiments.models.simulated import Simulated
from experiments.schema import Backend, ModelConfig, SimulatedConfig
from perturb.prompt import Prompt
from stats.sensitivity import sensitivity

PROMPT = Prompt("any")


@dataclass(frozen=True)
class Calibration:
    """A design and its truth."""

    sigma_template: float
    items: int = 100
    templates: int = 10
    sigma_item: float = 0.15
    mean: float = 0.6


@dataclass(frozen=True)
class Found:
    """How often the effect was called detectable, and how often the interval held the true σ."""

    detected: float
    covered: float


def outcomes(design: Calibration, seed: int) -> pd.DataFrame:
    """One respondent's outcomes: one row an item and template."""
    config = SimulatedConfig(
        seed=seed, mean=design.mean, sigma_item=design.sigma_item, sigma_template=design.sigma_template
    )
    model = Simulated(ModelConfig(name="simulated", backend=Backend.simulated, simulated=config))
    cells = [
        (f"i{item}", f"t{template}") for item in range(design.items) for template in range(design.templates)
    ]
    fixed = {"shots": "0", "cot": "false", "exemplar_seed": "0", "severity": "0", "gold": "1", "wrong": "0"}
    requests = [
        Request(f"{item}{template}", PROMPT, 1, tags={**fixed, "item": item, "template": template})
        for item, template in cells
    ]

    async def answers() -> list[float]:
        return [float(done.text) async for done in model.complete(requests)]

    table = pd.DataFrame(cells, columns=["item_id", "template"])
    return table.assign(score=asyncio.run(answers()))


def calibrate(design: Calibration, seeds: Iterable[int]) -> Found:
    """Runs the report's own analysis on one respondent a seed."""
    detected: list[bool] = []
    covered: list[bool] = []
    for seed in seeds:
        table = outcomes(design, seed)
        sigma, *_ = sensitivity(
            table,
            value="score",
            item="item_id",
            template="template",
            rng=np.random.default_rng(seed),
            draws=50,
        )
        detected.append(bool(sigma.detectable))
        covered.append(sigma.low <= design.sigma_template <= sigma.high)
    return Found(float(np.mean(detected)), float(np.mean(covered)))
