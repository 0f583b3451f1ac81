"""The list of faults: each is a function that brings one about and returns what happened, or raises."""

from dataclasses import dataclass
from typing import Callable


class Skip(Exception):
    """The fault cannot be brought about here, and why."""


@dataclass
class Case:
    """One row of the table."""

    fault: str
    expected: str
    body: Callable
    # Cases that need both processors, or measure, run alone.
    is_alone: bool = False


CASES = []


def case(fault, expected, is_alone=False):
    """Makes the function that follows a case; it is given a `Place` and the chance of this row."""

    def register(body):
        CASES.append(Case(fault, expected, body, is_alone))
        return body

    return register
