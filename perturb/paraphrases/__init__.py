"""Paraphrases of instructions: at least twelve a kind of answer, half of them tasks and half of them roles.

Written for this package.
"""

from collections.abc import Mapping
from types import MappingProxyType

from perturb.template import AnswerType

from .mathematics import EXPRESSION, NUMBER
from .options import CHOICE, EXAM
from .paraphrase import Paraphrase as Paraphrase
from .paraphrase import Style as Style
from .paraphrase import paraphrases
from .questions import EXACT, SHORT, SPAN
from .texts import COMPLETION, PROGRAM, TEXT, WORD

# For code, those that ask for a whole program; `COMPLETIONS` ask to go on with the beginning of one.
LIBRARY: Mapping[AnswerType, tuple[Paraphrase, ...]] = MappingProxyType(
    {
        "short": paraphrases(SHORT),
        "number": paraphrases(NUMBER),
        "expression": paraphrases(EXPRESSION),
        "choice": paraphrases(CHOICE),
        "exam": paraphrases(EXAM),
        "exact": paraphrases(EXACT),
        "span": paraphrases(SPAN),
        "word": paraphrases(WORD),
        "code": paraphrases(PROGRAM),
        "text": paraphrases(TEXT),
    }
)
COMPLETIONS: tuple[Paraphrase, ...] = paraphrases(COMPLETION)
