"""Perturbations that ask whether a model serves people alike: the family in one tuple."""

from typing import get_args

from .dialect import dialect
from .gender_terms import gender_terms
from .person_names import person_names
from .template import AnswerType
from .variant import Perturbation, on_item

_ANY: tuple[AnswerType, ...] = get_args(AnswerType)
# Questions whose people are made up. Where a name or a few words are asked for ("Who played Rachel in …?"),
# the people of the question are real ones, and an exchange of them would ask something else.
_STORIES: tuple[AnswerType, ...] = ("number", "choice", "exam", "exact")

FAIRNESS = (
    Perturbation(
        "dialect",
        "fairness",
        on_item(dialect),
        "question",
        _ANY,
        "chance of each place where a feature of African American English fits to get it",
    ),
    Perturbation(
        "gender_terms",
        "fairness",
        on_item(gender_terms),
        "question",
        _STORIES,
        "chance of the question to have all its genders exchanged",
    ),
    Perturbation(
        "person_names",
        "fairness",
        on_item(person_names),
        "question",
        _STORIES,
        "chance of each person to get a first name of another group",
    ),
)
