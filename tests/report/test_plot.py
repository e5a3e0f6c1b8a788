from hypothesis import given
from hypothesis import strategies as st

from experiments.report.plot import joined, short


def test_a_long_name_keeps_its_beginning_and_end():
    assert short("qa/bare") == "qa/bare"
    assert short("Web-version GPT-4 Advanced Data Analysis") == "Web-version GP… Data Analysis"


def test_the_shorter_of_two_names_leaves_its_room_to_the_longer():
    assert joined("smollm2 (first run, run 1)", "TriviaMini") == "smollm2 (first run, run 1) · TriviaMini"
    assert joined("gpt-3.5-turbo-instruct-0914 (first run)", "GSM8K").endswith("(first run) · GSM8K")
    assert joined("GSM8K", "gpt-3.5-turbo-instruct-0914 (first run)").startswith("GSM8K · gpt-3.5-turbo")


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_fit_a_label(first: str, second: str):
    assert len(joined(first, second)) <= 40
