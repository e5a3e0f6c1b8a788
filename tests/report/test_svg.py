from xml.etree import ElementTree

from experiments.report.plot import Bar, intervals
from experiments.report.svg import render

SPEC_BARS = [Bar("<b>&\"'", 50.0, 40.0, 60.0, reference=True), Bar("b", 55.0, 45.0, 200.0)]


def draw(name: str) -> str:
    spec = intervals(SPEC_BARS, "score", reference=50.0, within=(0, 100))
    return render(spec, name=name, title="<t>", description="a & b")


def test_chart_is_well_formed_named_and_the_same_each_time() -> None:
    first = draw("one")
    root = ElementTree.fromstring(first)
    assert [child.text for child in root[:2]] == ["<t>", "a & b"]
    assert "<b>&\"'" in "".join(root.itertext())
    assert draw("one") == first


def test_ids_of_two_charts_never_meet() -> None:
    ids = [
        {
            element.attrib["id"]
            for element in ElementTree.fromstring(draw(name)).iter()
            if "id" in element.attrib
        }
        for name in ("one", "two")
    ]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_missing_numbers_leave_marks_out() -> None:
    bars = [Bar("a", float("nan"), float("nan"), float("nan")), Bar("b", 1.0, 0.0, float("inf"))]
    spec = intervals(bars, "score", reference=None, within=(0, 100))
    text = render(spec, name="x", title="", description="")
    assert "NaN" not in text
    assert "Infinity" not in text


def test_a_mark_says_its_numbers_under_the_pointer_and_other_marks_nothing() -> None:
    text = draw("one")
    assert "<title>&lt;b&gt;&amp;\"': 50.0 [40.0, 60.0]</title>" in text
    assert "<title>b: 55.0 [45.0, 200.0]</title>" not in text  # the interval was cut to what is possible
    assert "<title>b: 55.0 [45.0, 100.0]</title>" in text
    assert text.count("<title") == 3  # with the chart's own
    assert "hover: " not in text
