"""BIG-Bench Hard: averages and accuracies, from a checkout and from a table."""

import csv
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from experiments.verifying.bbh import OUTPUTS, correct, sections
from experiments.verifying.files import DATA, VerifyError

MATRICES = Path(os.environ.get("FATHOM_MATRICES", ""))


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """As many right answers to each task as were released; which ones is made up."""
    with (DATA / "bbh_code_davinci_002.csv").open(encoding="utf-8") as file:
        tasks = list(csv.DictReader(file))
    rows = [
        (
            task["task"],
            place,
            f"{style}_3shot",
            int(place < round(float(task[style]) * int(task["items"]) / 100)),
        )
        for task in tasks
        for style in ("direct", "cot")
        for place in range(int(task["items"]))
    ]
    return pd.DataFrame(rows, columns=["task", "item_id", "template_id", "correct"])


def checkout(folder: Path, answers: pd.DataFrame) -> Path:
    for (task, style), rows in answers.groupby(["task", "template_id"]):
        kind = str(style).removesuffix("_3shot")
        lead = "Let's see: one, two. So the answer is " if kind == "cot" else ""
        outputs = [
            {
                "input": "?",
                "prediction": f"{lead}{'(A)' if right else '(B)'}{'.' if lead else ''}",
                "target": "(A)",
            }
            for right in rows["correct"]
        ]
        file = folder / OUTPUTS / f"code-davinci-002-{kind}" / f"{task}_few_shot_template_0-255000.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"canary": "?", "outputs": outputs}))
    return folder


def test_released_accuracies_give_the_averages_of_the_paper(tmp_path: Path, answers: pd.DataFrame) -> None:
    answers.to_parquet(tmp_path / "answers.parquet")
    averages, accuracies = sections(tmp_path / "answers.parquet")
    assert averages.agrees
    assert [check.obtained for check in averages.checks] == pytest.approx([56.61, 73.93], abs=0.01)
    assert accuracies.agrees
    assert len(accuracies.checks) == 54
    by_task, by_item = averages.notes
    assert by_task.startswith("CoT less direct, mean over 23 tasks, tasks as a sample: 17.3\u00a0points [+")
    assert by_item.startswith(
        "CoT less direct, mean over 6,511 questions, questions as a sample: 21.6\u00a0points"
    )


def test_a_checkout_is_graded_and_gives_the_same(tmp_path: Path, answers: pd.DataFrame) -> None:
    averages, accuracies = sections(checkout(tmp_path, answers))
    assert averages.agrees
    assert accuracies.agrees


def test_one_answer_more_is_told(tmp_path: Path, answers: pd.DataFrame) -> None:
    wrong = answers.index[(answers["task"] == "snarks") & (answers["correct"] == 0)][0]
    answers.assign(correct=answers["correct"].where(answers.index != wrong, 1)).to_csv(tmp_path / "a.csv")
    averages, accuracies = sections(tmp_path / "a.csv")
    assert averages.agrees
    assert [check.name for check in accuracies.checks if not check.agrees] == ["snarks, direct"]


@pytest.mark.parametrize(
    ("prediction", "target", "style", "right"),
    [
        ("One and one.\nSo the answer is (B).", "(B)", "cot", 1),
        ("Is the answer is no? So the answer is 4.", "4", "cot", 1),
        ("So the answer is apple pear.", "apple pear", "cot", 1),
        ("So the answer is (B) or (A).", "(B)", "cot", 0),
        ("The thing went on and on and", "on", "cot", 0),
        (" 6\n\nQ: next?", "6", "direct", 1),
        ("6 fruits", "6", "direct", 0),
    ],
)
def test_an_answer_is_right_to_the_letter(prediction: str, target: str, style: str, right: int) -> None:
    assert correct(prediction, target, style) == right


def test_what_is_missing_is_named(tmp_path: Path, answers: pd.DataFrame) -> None:
    with pytest.raises(VerifyError, match=r"expected answers in .*code-davinci-002-direct"):
        sections(tmp_path)
    path = tmp_path / "a.csv"
    answers[answers["task"] != "snarks"].to_csv(path)
    with pytest.raises(VerifyError, match=r"no answers to snarks \(direct\), snarks \(cot\)$"):
        sections(path)
    answers.assign(template_id="other").to_csv(path)
    with pytest.raises(VerifyError, match="template_id starts with direct or cot; got 'other'"):
        sections(path)
    answers.assign(correct=0.5).to_csv(path)
    with pytest.raises(VerifyError, match="'correct' holds 0 or 1 in every row"):
        sections(path)
    folder = checkout(tmp_path, answers[answers["task"] == "snarks"])
    file = next((folder / OUTPUTS).glob("*cot/snarks*"))
    text = file.read_text()
    file.write_text(text.replace('"target": "(A)"', '"target": "(C)"', 1))
    with pytest.raises(VerifyError, match="snarks/0 has another target"):
        sections(folder)
    file.write_text(text.replace("prediction", "said"))
    with pytest.raises(VerifyError, match=r"snarks_few_shot.*expected .*prediction.*KeyError"):
        sections(folder)


@pytest.mark.skipif("FATHOM_MATRICES" not in os.environ, reason="FATHOM_MATRICES names no folder")
def test_the_released_answers_give_the_published_numbers() -> None:
    averages, accuracies = sections(MATRICES / "bbh_codex_cot_vs_direct" / "responses.parquet")
    assert averages.agrees
    assert accuracies.agrees
