from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from experiments.report.shot_charts import MOST_LINES, cot_forest, shot_panel, spread_apart
from experiments.report.shots import CotGain, ShotCurve, ShotPoint
from experiments.report.svg import render
from stats.estimate import Estimate


def estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.1, value + 0.1, 0.95, "", ("item",), {"item": 9}, None)


def curve(model: str, start: float) -> ShotCurve:
    points = [ShotPoint(shots, estimate(start + 0.02 * shots), None, None, None) for shots in (0, 1, 5)]
    return ShotCurve(model, "t", "Trivia <b>", "0", tuple(points))


def test_a_panel_has_a_line_a_model_with_its_name_and_what_marks_say() -> None:
    figure = shot_panel([curve("first", 0.4), curve("<i>second</i>", 0.41)])
    svg = render(figure.spec, name="x", title=figure.title, description=figure.description)
    assert ">first</text>" in svg
    assert ">&lt;i&gt;second&lt;/i&gt;</text>" in svg
    assert "<title>first, 5 shots: 50.0 [40.0, 60.0]</title>" in svg
    assert svg.count("shots: ") == 6
    assert figure.note == ""


def test_more_models_than_can_be_told_apart_are_left_out_and_counted() -> None:
    figure = shot_panel([curve(f"m{place}", 0.1 * place) for place in range(8)])
    assert figure.note == f"the first {MOST_LINES} of 8 models are drawn"
    svg = render(figure.spec, name="x", title="", description="")
    assert "m5" in svg
    assert "m6" not in svg


def test_gains_are_drawn_around_no_difference() -> None:
    gain = CotGain("m", "t", "T", 0.5, 0.4, estimate(-0.1), 0.2, False)
    svg = render(cot_forest([gain]).spec, name="x", title="", description="")
    assert "<title>m · T: −10.0 [−20.0, 0.0]</title>" in svg


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6), st.floats(0.1, 15))
def test_names_are_set_apart_in_order_and_below_the_top(places: list[float], gap: float) -> None:
    moved = spread_apart(places, gap, 100.0)
    order = sorted(range(len(places)), key=lambda number: places[number])
    assert max(moved) <= 100.0
    for before, after in pairwise(order):
        assert moved[after] - moved[before] >= gap - 1e-9
