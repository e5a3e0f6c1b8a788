"""Runs programs that a model wrote, where they can do no harm, and finds out whether they are right."""

from .jail import Jail as Jail
from .jail import Limits as Limits
from .jail import SandboxError as SandboxError
from .jail import available as available
from .jail import check as check
from .run import Outcome as Outcome
from .run import run as run
from .verdict import Verdict as Verdict
from .verdict import judge as judge
