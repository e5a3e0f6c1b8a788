import pytest

from perturb.references import movable, names_labels, says_none


@pytest.mark.parametrize(
    "choices",
    [
        ("ant", "bee", "A and B"),
        ("ant", "bee", "both (A) and (B)"),
        ("ant", "none of the above", "bee"),
        ("ant", "bee", "option A"),
        ("all of the below", "ant", "bee"),
        ("蚂蚁", "以上都不对", "蜜蜂"),
        ("蚂蚁", "蜜蜂", "A和B"),
        ("蚂蚁", "蜜蜂", "A、B均正确"),
        (),
    ],
)
def test_options_that_name_others_do_not_move(choices: tuple[str, ...]):
    assert movable(choices) == []


@pytest.mark.parametrize(
    "last", ["None of the above", "all of the above.", "以上说法都不对", "上述方法都可以", "以上均是"]
)
def test_a_last_option_about_the_others_stays(last: str):
    assert movable(("ant", "bee", last)) == [0, 1]


@pytest.mark.parametrize(
    "text",
    [
        "altitude above sea level",
        "air below freezing",
        "the previous year",
        "vitamin C",
        "f(a)",
        "Rule 404(a)",
        "$\\sqrt{x}(2)$",
        "50dB(A)",
        "60岁以上的老人",
        "经1/10以上的全国人大代表提议",
        "",
        "\ud800",
    ],
)
def test_words_that_only_look_like_references(text: str):
    assert movable(("ant", text, "bee")) == [0, 1, 2]
    assert not names_labels((text,))


def test_none():
    assert says_none("None of these")
    assert says_none("三个都不对")
    assert not says_none("Neither white nor red flowers")
    assert not says_none("凡是学生都不是免费师范生")
