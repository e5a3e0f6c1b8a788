"""PromptBench (Zhu et al. 2023, arXiv 2306.04528): performance drop rates under attacks on the prompt.

The repository microsoft/promptbench has, for each model, the accuracies with every prompt before and after an
attack (adv_prompts/MODEL_zeroshot.md and MODEL_fewshot.md), and a table of their mean drop rates.
"""

import csv
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from experiments.verifying.check import Check, Section
from experiments.verifying.files import DATA, VerifyError
from stats.drop_rate import drop_rates

SOURCE = "Zhu et al. (2023), arXiv 2306.04528; microsoft/promptbench @ 5c39be6, docs/leaderboard/advprompt.md"
SHOTS = ("zeroshot", "fewshot")
ATTACKS = ("bertattack", "checklist", "deepwordbug", "stresstest", "textbugger", "textfooler")
TRANSLATIONS = 6  # as many as another attack has prompts: the worst ones count
PRINTED, LISTED = 0.005, 0.005  # half a unit of the table's last digit; of an accuracy's, in percent
_CLEAN = re.compile(r"Acc: ([\d.]+)%, prompt: ")
_ATTACKED = re.compile(r"Original acc: ([\d.]+)%, attacked acc: ([\d.]+)%")
_TRANSLATED = re.compile(r"Language: [^,]+, acc: ([\d.]+)%, prompt: (.*)")


@dataclass
class _Read:
    """What was read of one data set in one file."""

    clean: list[float] = field(default_factory=list[float])
    attacked: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    translated: dict[str, float] = field(default_factory=dict[str, float])

    def pairs(self) -> list[tuple[float, float]]:
        """Accuracies before and after, in percent.

        A translated prompt has no original: it is compared with the best prompt that was not attacked.
        """
        worst = sorted(self.translated.values())[:TRANSLATIONS]
        return self.attacked + [(max(self.clean), one) for one in worst if self.clean]


def section(path: Path) -> Section:
    """The mean drop rate of every model and data set, by `stats.drop_rate`.

    The rate of an attacked prompt is 1 - attacked / original; the table has the mean over all prompts,
    attacks and both numbers of shots. It is rounded to two decimals and the accuracies to a hundredth of a
    percent; the tolerance is what both can do, which matters where accuracies are small (a BLEU of 0.31 %).

    Args:
        path: A checkout of the repository, or the folder with the .md files.

    Raises:
        VerifyError: There are no such files, or of no published model both.
    """
    files = {file.stem: file for file in sorted(path.rglob("*.md")) if file.stem.endswith(SHOTS)}
    published = _published()
    checks: list[Check] = []
    notes: list[str] = []
    for model, rates in published.items():
        missing = [f"{model}_{shots}.md" for shots in SHOTS if f"{model}_{shots}" not in files]
        if missing:
            notes.append(f"{model}: not derived, as there is no {' and no '.join(missing)}")
            continue
        read = [read_file(files[f"{model}_{shots}"]) for shots in SHOTS]
        for task, expected in rates.items():
            if not all(task in one for one in read):
                notes.append(f"{model}, {task}: not derived, as it is not in both files")
                continue
            pairs = [pair for one in read for pair in one[task].pairs()]
            name = f"PDR, {model}, {task}, {len(pairs)} attacked prompts"
            checks.append(Check(name, SOURCE, expected, mean_drop(pairs), PRINTED + rounding(pairs)))
    if not checks:
        raise VerifyError(
            f"{path}: expected adv_prompts/MODEL_zeroshot.md and MODEL_fewshot.md, with MODEL one of "
            f"{', '.join(published)}; there {'is' if len(files) == 1 else 'are'} {', '.join(files) or 'none'}"
        )
    return Section("PromptBench: mean performance drop rates", tuple(checks), tuple(notes))


def read_file(path: Path) -> Mapping[str, _Read]:
    """The accuracies in one file, by data set."""
    found: dict[str, _Read] = {}
    tasks = next(iter(_published().values()))
    task, part = "", ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("# "):
            task, part = line[2:].strip().lower(), ""
        elif line.startswith("## "):
            part = line[3:].strip().lower()
        elif task in tasks:
            read = found.setdefault(task, _Read())
            if part == "10 prompts" and (match := _CLEAN.match(line)):
                read.clean.append(float(match[1]))
            elif part == "translation" and (match := _TRANSLATED.match(line)):
                read.translated[match[2]] = float(match[1])
            elif part in ATTACKS and (match := _ATTACKED.match(line)):
                read.attacked.append((float(match[1]), float(match[2])))
    return found


def mean_drop(pairs: Iterable[tuple[float, float]]) -> float:
    """The mean of 1 - attacked / original; NaN where there are no pairs.

    Each accuracy stands for two items with that score: the rate is one of means and does not change by it.
    """
    by_original: dict[float, list[float]] = {}
    for original, attacked in pairs:
        by_original.setdefault(original, []).append(attacked)
    drops: list[float] = []
    for original, attacked in by_original.items():
        scores = [("original", original), *((f"attack {place}", one) for place, one in enumerate(attacked))]
        table = pd.DataFrame(
            [
                {"item": item, "prompt": prompt, "accuracy": accuracy / 100}
                for prompt, accuracy in scores
                for item in (0, 1)
            ]
        )
        found = drop_rates(table, value="accuracy", item="item", template="prompt", reference="original")
        drops += [row.drop for row in found.rows]
    return sum(drops) / len(drops) if drops else math.nan


def rounding(pairs: Iterable[tuple[float, float]]) -> float:
    """How far the mean drop can be off because accuracies are listed in hundredths of a percent."""
    errors = [LISTED / original * (1 + attacked / original) for original, attacked in pairs if original]
    return sum(errors) / len(errors) if errors else 0.0


def _published() -> Mapping[str, Mapping[str, float]]:
    """The table by model and data set; what it leaves out is left out."""
    with (DATA / "promptbench_pdr.csv").open(encoding="utf-8", newline="") as file:
        return {
            row.pop("model"): {task: float(rate) for task, rate in row.items() if rate}
            for row in csv.DictReader(file)
        }
