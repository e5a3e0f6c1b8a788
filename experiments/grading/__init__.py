"""Graders: from what a model wrote to a score in [0, 1] and a status."""

from .grade import Grade as Grade
from .grade import Status as Status
from .grade import grade as grade
from .registry import GRADERS as GRADERS
from .registry import Grader as Grader
from .registry import grader as grader
