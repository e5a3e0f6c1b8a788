"""What the charts draw, read back from their specifications."""

from typing import Any

from experiments.baselines.charts import contrast_map, evolution, mark, seesaw_chart, spans
from experiments.baselines.facts import load
from experiments.baselines.lineage import contrasts, published_evolution
from experiments.baselines.results import Result
from experiments.baselines.seesaw import seesaw


def values(spec: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The data of every layer that has some of its own."""
    return [layer["data"]["values"] for layer in spec["layer"] if "data" in layer] or [spec["data"]["values"]]


def test_the_seesaw_begins_with_the_largest_gain_and_ends_with_what_has_no_interval():
    rows = [
        Result(model, task, score, items, lower_is_better=task == "real_toxicity_prompts")
        for task, items, before, after in (
            ("drop", 900, 0.5, 0.3),
            ("mmlu", 900, 0.5, 0.52),
            ("real_toxicity_prompts", None, 0.9, 0.1),
            ("gsm8k", 900, 0.5, 0.8),
        )
        for model, score in (("old", before), ("new", after))
    ]
    figure = seesaw_chart(seesaw(rows, "old", "new"), load().titles)
    drawn = values(figure.spec)[-1]
    assert [row["row"][4:] for row in drawn] == ["▲ GSM8K", "○ MMLU", "▼ DROP", "○ RealToxicityPrompts"]
    assert drawn[-1]["value"] > 0, "less toxicity is a change for the better"
    assert drawn[-1]["low"] is None


def test_the_evolution_has_every_model_of_the_graph_once_and_every_edge():
    facts = load()
    layers = values(evolution(published_evolution(facts)).spec)
    edges = next(rows for rows in layers if "row2" in rows[0])
    nodes = next(rows for rows in layers if "row2" not in rows[0])
    assert len(edges) == len(facts.edges)
    names = [node["row"] for node in nodes]
    assert len(names) == len(set(names)) == len(facts.edges) + 1
    assert names == sorted(names)
    assert {node["row"][4:] for node in nodes if not node["scored"]} == {
        "ChatGPT", "GPT-4", "GPT-4 Code Interpreter",
    }  # fmt: skip
    assert [node["row"][4:] for node in nodes if node["x"] % 1] == ["code-cushman-001"]


def test_the_map_of_steps_has_a_cell_for_every_change():
    facts = load()
    steps = [one for one in contrasts(facts) if len(one.seesaw.changes) == 24]
    cells = values(contrast_map(steps, facts.titles).spec)[0]
    assert len(cells) == 24 * len(steps)
    sft = {cell["row"][4:]: cell for cell in cells if cell["column"] == "00001"}
    assert (sft["LAMBADA"]["text"], sft["LAMBADA"]["better"], sft["LAMBADA"]["apart"]) == ("−40", False, True)
    assert not sft["RealToxicityPrompts"]["apart"]


def test_marks_follow_the_verdict():
    rows = [Result(model, "t", score, 900) for model, score in (("old", 0.5), ("up", 0.7), ("same", 0.51))]
    ups = seesaw(rows, "old", "up").changes[0], seesaw(rows, "up", "old").changes[0]
    assert [mark(one, 0.95) for one in (*ups, seesaw(rows, "old", "same").changes[0])] == ["▲", "▼", "○"]


def test_spans_start_and_end_in_percent():
    drawn = values(spans([("a", 0.1, 0.6)], "x", "title", "description").spec)[0]
    assert (drawn[0]["start"], drawn[0]["end"]) == (10, 60)
