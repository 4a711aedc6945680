"""Ectype: papers declare what they say, the harness measures what the code does, the site shows the difference."""

from ectype.declarations import Sample, Target
from ectype.errors import CheckFailedError, EctypeError, NotApplicableError, NotRunError
from ectype.hookspecs import API_VERSION, hookimpl
from ectype.paper import Paper

__all__ = [
    "API_VERSION",
    "CheckFailedError",
    "EctypeError",
    "NotApplicableError",
    "NotRunError",
    "Paper",
    "Sample",
    "Target",
    "hookimpl",
]
