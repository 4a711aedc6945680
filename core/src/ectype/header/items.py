"""The items of the three blocks of a documentation header, read from the text behind ``- ``.

Each reader takes the text and the position of the item in its block, from 1.

Raises:
    UnfitError: everything that is wrong with the text.
"""

from __future__ import annotations

from ectype.header.rules import LOCATED, Fault, UnfitError
from ectype.header.values import Covered, Departure, NotCovered, Reproduced
from ectype.locators import quoted


def read_coverage(text: str, _: int) -> Covered | NotCovered:
    """Read ``[x] <what> (<locators>)`` or ``[ ] <what> (<locators>): <why not>``."""
    box, rest = text[:4], text[4:]
    if box == "[x] ":
        what, opening, at = rest.rpartition(" (")
        if not opening or not at.endswith(")"):
            hint = "A covered item ends with its locator in brackets and needs no reason."
            raise UnfitError([Fault("'- [x] <what> (<locator>)'", quoted(text), hint)])
        return Covered(what, at[:-1])
    if box == "[ ] ":
        located = LOCATED.search(rest)
        if not located:
            hint = "An item that is left out has a locator, and a reason why after the colon."
            raise UnfitError([Fault("'- [ ] <what> (<locator>): <why not>'", quoted(text), hint)])
        return NotCovered(rest[: located.start()], located[1], rest[located.end() :])
    raise UnfitError([Fault("an item that begins with '- [x] ' or '- [ ] '", quoted(f"- {text}"))])


def read_departure(text: str, position: int) -> Departure:
    """Read ``D<position> <what> (<locators>): <why> [moves: <claim ids, or none>]``."""
    id_, _, rest = text.partition(" ")
    body, opening, moves = rest.rpartition(" [moves: ")
    located = LOCATED.search(body)
    if not located or not opening or not moves.endswith("]"):
        form = f"'- D{position} <what> (<locator>): <why> [moves: <claim ids, or none>]'"
        raise UnfitError([Fault(form, quoted(text))])
    wrong = [] if id_ == f"D{position}" else [Fault(f"the departure id D{position} here", quoted(id_))]
    claims = () if moves == "none]" else tuple(moves[:-1].split(", "))
    try:
        departure = Departure(f"D{position}", body[: located.start()], located[1], body[located.end() :], claims)
    except UnfitError as unfit:
        raise UnfitError([*wrong, *unfit.faults]) from None
    if wrong:
        raise UnfitError(wrong)
    return departure


def read_reproduced(text: str, _: int) -> Reproduced:
    """Read ``Dataset: <name> - <achieved> vs <published> [<verdict>]``."""
    dataset, dash, rest = text.removeprefix("Dataset: ").partition(" - ")
    metrics, bracket, verdict = rest.rpartition(" [")
    achieved, versus, published = metrics.partition(" vs ")
    if not (text.startswith("Dataset: ") and dash and versus and bracket and verdict.endswith("]")):
        form = "'- Dataset: <name> - <achieved metric> vs <paper metric> [<verdict>]'"
        raise UnfitError([Fault(form, quoted(text), "This block is written by 'ectype sync'.")])
    return Reproduced(dataset, achieved, published, verdict[:-1])
