"""Plans as one HTML page: no script, nothing fetched, everything of strangers escaped."""

from collections.abc import Sequence
from pathlib import Path

from experiments.planning.answer import Answer
from experiments.planning.charts import curve_chart
from experiments.planning.questions import COMPUTED, TITLES
from experiments.planning.sentences import cost_in_words, lead, sentences, sizes_in_words, value
from experiments.report.page import Pen, environment

TEMPLATE = "plan.html.j2"


def to_html(answers: Sequence[Answer], command: str) -> str:
    """The page of one question's plans.

    Args:
        answers: At least one.
        command: The command line that made it.
    """
    pen = Pen()
    question = answers[0].question
    return (
        environment(Path(__file__).parent)
        .get_template(TEMPLATE)
        .render(
            title=TITLES[question],
            computed=COMPUTED[question],
            plans=[(one, pen.draw(curve_chart(one))) for one in answers],
            bars=answers[0].bars,
            command=command,
            lead=lead,
            sentences=sentences,
            value=value,
            sizes_in_words=sizes_in_words,
            cost_in_words=cost_in_words,
        )
    )
