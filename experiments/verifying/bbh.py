"""BIG-Bench Hard (Suzgun et al. 2022, arXiv 2210.09261): code-davinci-002, answers at once against CoT.

The repository suzgunmirac/BIG-Bench-Hard has what the model answered to each of 6,511 questions, both times
with three examples.
"""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments.report.numerals import count, interval, points
from experiments.verifying.check import Check, Section
from experiments.verifying.files import DATA, VerifyError, read_table
from stats.compare import Effect, paired_effect

PAPER = "Suzgun et al. (2022), arXiv 2210.09261, average of all 23 tasks"
RELEASED = "accuracies released with suzgunmirac/BIG-Bench-Hard @ 9ee07bd, code-davinci-002-outputs"
OUTPUTS = Path("code-davinci-002-outputs")
COLUMNS = ("task", "item_id", "template_id", "correct")
STYLES = ("direct", "cot")
AVERAGES = {"direct": 56.6, "cot": 73.9}
CUE = "the answer is"
_SIZES = re.compile(r"_(?:three|five|seven)_objects$")


def sections(path: Path) -> tuple[Section, ...]:
    """The paper's two averages with their paired difference, and the 54 released accuracies.

    The averages are over 23 tasks: three sizes of logical deduction count as one, and so do three of tracking
    shuffled objects. (Over all 27 files they would be 52.8 and 73.7.)

    Args:
        path: A checkout of the repository, or a Parquet or CSV file with the columns task, item_id,
            template_id (direct… or cot…) and correct (0 or 1).

    Raises:
        VerifyError: It is neither, or a task or a style is missing.
    """
    answers = _of_checkout(path) if path.is_dir() else _of_table(path)
    released = _released()
    means = answers.groupby(["task", "style"])["correct"].mean().to_dict()
    missing = [f"{task} ({style})" for task, style in released if (task, style) not in means]
    if missing:
        raise VerifyError(f"{path}: no answers to {', '.join(missing[:5])}{', …' if missing[5:] else ''}")
    answers = answers[answers["task"].isin([task for task, _ in released])]
    answers = answers.assign(family=answers["task"].str.replace(_SIZES, "", regex=True))
    by_task, by_item = _effect(answers, "family"), _effect(answers, "item_id")
    obtained = {"cot": 100 * by_task.value_level, "direct": 100 * by_task.value_against}
    averages = tuple(
        Check(f"average of 23 tasks, {style}", PAPER, expected, obtained[style], 0.05)
        for style, expected in AVERAGES.items()
    )
    accuracies = tuple(
        Check(f"{task}, {style}", RELEASED, expected, 100 * float(means[task, style]), 0.005)
        for (task, style), expected in released.items()
    )
    notes = (
        _difference("tasks", "family", by_task),
        _difference("questions", "item_id", by_item),
    )
    return (
        Section("BIG-Bench Hard: averages of code-davinci-002, in percent", averages, notes),
        Section("BIG-Bench Hard: released accuracies of code-davinci-002, in percent", accuracies),
    )


def correct(prediction: str, target: str, style: str) -> int:
    """1 where the answer is the target to the letter, else 0.

    With chain of thought the answer is what follows the last "the answer is", without a full stop; else it is
    the first line.
    """
    if style == "cot":
        answer = prediction.rpartition(CUE)[2].strip().removesuffix(".")
    else:
        answer = prediction.strip().partition("\n")[0]
    return int(answer.strip() == target.strip())


def _released() -> Mapping[tuple[str, str], float]:
    """The released accuracies, in percent, by task and style."""
    with (DATA / "bbh_code_davinci_002.csv").open(encoding="utf-8", newline="") as file:
        return {(row["task"], style): float(row[style]) for row in csv.DictReader(file) for style in STYLES}


def _effect(answers: pd.DataFrame, item: str) -> Effect:
    return paired_effect(answers, value="correct", item=item, factor="style", level="cot", against="direct")


def _difference(what: str, item: str, effect: Effect) -> str:
    found = effect.fixed
    return (
        f"CoT less direct, mean over {count(found.n[item])} {what}, {what} as a sample: "
        f"{points(found.value)} {interval(found, signed=True)}"
    )


def _of_table(path: Path) -> pd.DataFrame:
    table = read_table(path, COLUMNS, number="correct")
    if not table["correct"].isin([0, 1]).all():
        raise VerifyError(f"{path}: column 'correct' holds 0 or 1 in every row")
    style = table["template_id"].astype(str).str.extract("^(direct|cot)", expand=False)
    if style.isna().any():
        odd = table["template_id"][style.isna()].iloc[0]
        raise VerifyError(f"{path}: template_id starts with direct or cot; got {odd!r}")
    names = table["task"].astype(str) + "/" + table["item_id"].astype(str)
    return table.assign(style=style, item_id=names).drop(columns="template_id")


def _of_checkout(path: Path) -> pd.DataFrame:
    """Every answer, graded; both files of a task hold the same questions in the same order."""
    tables: list[pd.DataFrame] = []
    for style in STYLES:
        folder = OUTPUTS / f"code-davinci-002-{style}"
        files = sorted((path / folder).glob("*_few_shot_template_*.json"))
        if not files:
            raise VerifyError(f"{path}: expected answers in {folder}/TASK_few_shot_template_….json")
        tables += [_graded(file, style) for file in files]
    answers = pd.concat(tables, ignore_index=True)
    targets = answers.groupby("item_id")["target"].nunique()
    if (targets > 1).any():
        odd = targets.index[targets > 1][0]
        raise VerifyError(f"{path}: {odd} has another target in the direct file than in the cot file")
    return answers.drop(columns="target")


def _graded(file: Path, style: str) -> pd.DataFrame:
    task = file.name.split("_few_shot_template_")[0]
    try:
        outputs = json.loads(file.read_text(encoding="utf-8"))["outputs"]
        rows = [
            (task, f"{task}/{place}", style, correct(one["prediction"], one["target"], style), one["target"])
            for place, one in enumerate(outputs)
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VerifyError(
            f'{file}: expected {{"outputs": [{{"prediction": …, "target": …}}]}}; {error!r}'
        ) from error
    return pd.DataFrame(rows, columns=["task", "item_id", "style", "correct", "target"])
