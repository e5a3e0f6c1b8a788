"""Items, templates and perturbations: pure functions from a question to the text a model sees."""

from .draft import Draft as Draft
from .draft import Edited as Edited
from .draft import Rewrite as Rewrite
from .exemplars import check_apart as check_apart
from .exemplars import draw as draw
from .item import Item as Item
from .item import Program as Program
from .prompt import Form as Form
from .prompt import Message as Message
from .prompt import Prompt as Prompt
from .registry import PERTURBATIONS as PERTURBATIONS
from .registry import Applied as Applied
from .registry import apply as apply
from .registry import perturbation as perturbation
from .template import AnswerType as AnswerType
from .template import Template as Template
from .template import answer_of as answer_of
from .template import continuations as continuations
from .template import render as render
from .variant import Perturbation as Perturbation
from .variant import Variant as Variant
