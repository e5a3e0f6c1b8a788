from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from .conftest import Import

MAP = "item=qid,score=correct,template=prompt_id,model=llm,prompt=asked,completion=said"


def write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8")


def table(scores: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "qid": number,
                "correct": score,
                "prompt_id": name,
                "llm": "m",
                "asked": f"{name} {number}?",
                "said": "x",
            }
            for name, row in scores.items()
            for number, score in enumerate(row)
        ]
    )


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_a_table_with_a_map_of_columns_is_a_grid(kind: str, imported: Import) -> None:
    rows = table({"curt": [1, 0, 1, 1], "long": [1, 0, 0, 0.5]})
    if kind == "parquet":
        rows.to_parquet("t.parquet")
    else:
        rows.to_csv(f"t.{kind}", index=False, sep="," if kind == "csv" else "\t")
    run = imported("auto", f"t.{kind}", "--columns", MAP, "--task", "capitals", report=True)
    assert run.levels == {"curt": 0.75, "long": 0.375}
    assert run.requests[["prompt", "completion"]].iloc[0].tolist() == ["curt 0?", "x"]
    assert run.outcomes["status"].tolist()[-1] == "wrong"


def test_columns_of_our_own_names_need_no_map(imported: Import) -> None:
    write(
        "t.csv",
        "item,score,model,task,template,shots,cot,temperature,replicate,subject\n"
        "a,true,m,t,x,5,on,0.7,0,s\n"
        "a,false,m,t,x,5,on,0.7,1,s\n"
        "a,,m,t,y,0,off,0.7,0,s\n",
    )
    outcomes = imported("table", "t.csv").outcomes
    assert outcomes[["template", "shots", "cot", "replicate", "subject"]].values.tolist() == [
        ["x", 5, True, 0, "s"],
        ["x", 5, True, 1, "s"],
        ["y", 0, False, 0, "s"],
    ]
    assert outcomes["status"].tolist() == ["correct", "wrong", "failed"]


def test_a_long_table_has_its_metric_in_a_column(imported: Import) -> None:
    write("t.csv", "item,metric,score\na,em,0\na,f1,0.5\nb,em,1\nb,f1,1\n")
    run = imported("table", "t.csv", "--model", "m", "--task", "t", "--metric", "f1", "--metric", "em")
    assert run.scores("grader") == {"f1": 0.75}
    assert len(run.outcomes) == 4


def test_a_table_without_prompts_has_no_requests_and_its_flips_say_so(imported: Import) -> None:
    write("t.csv", "item,score,template\na,1,x\na,0,y\nb,1,x\nb,1,y\n")
    run = imported("table", "t.csv", "--model", "m", "--task", "t", report=True)
    assert run.requests.empty
    assert "(not recorded)" in (run.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("qid,score\na,1\n", (), "t.csv has no column 'item': say which one it is, as --columns item=COLUMN"),
        ("item,score\na,1\n", ("--columns", "item=quid"), "t.csv has no column 'quid'; it has item, score"),
        ("qid,score\na,1\n", ("--columns", "item=gid"), "did you mean 'qid'?"),
        (
            "item,score\na,1\n",
            ("--columns", "items=item"),
            "there is no column 'items' to fill; did you mean 'item'?",
        ),
        ("item,score\na,1\n", ("--columns", "item"), "--columns item: expected OURS=THEIRS"),
        ("item,score\na,1\nb\n", (), "t.csv, line 3 has 1 field, expected 2; the file may be cut off"),
        ('item,score\n"a\nb",1\nc,x\n', (), "t.csv, line 4, score: the score is 'x', expected a number"),
        ("item,score\n,1\n", (), "t.csv, line 2: there is no item in column 'item'"),
        ("item,score,shots\na,1,few\n", (), "t.csv, line 2: shots is 'few', expected a whole number"),
        ("item,score,cot\na,1,maybe\n", (), "t.csv, line 2: cot is 'maybe', expected on or off"),
        ("item,score\na,1.5\n", (), "t.csv, line 2: score of item a is 1.5, outside 0 to 1"),
        ("item,score\na,inf\n", (), "t.csv, line 2: score of item a is inf, outside 0 to 1"),
        ("item,score\na,-1\n", (), "t.csv, line 2: score of item a is -1, outside 0 to 1"),
        ("item,score\na,1\na,1\n", (), "item a of t was answered twice by m under the same condition"),
        ("item,score\n", (), "there is no score in t.csv"),
        ("", (), "t.csv is empty, expected a line with the columns' names"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    text: str, arguments: tuple[str, ...], said: str, refused: Callable[..., str]
) -> None:
    write("t.csv", text)
    assert said in refused("table", "t.csv", "--model", "m", "--task", "t", *arguments)


def test_other_encodings_and_broken_files_are_named(refused: Callable[..., str]) -> None:
    Path("t.csv").write_bytes("item,score\né,1\n".encode("latin-1"))
    assert "t.csv is no UTF-8 text" in refused("table", "t.csv")
    Path("t.parquet").write_bytes(b"PAR1 cut")
    assert "t.parquet is no Parquet file, or is cut off" in refused("table", "t.parquet")
