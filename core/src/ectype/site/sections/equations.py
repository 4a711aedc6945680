"""Equations: the formula, the lines of code that say they are it, and the oracle beside them."""

from __future__ import annotations

import ast

from ectype.locators import Kind, Locator, parse_locator
from ectype.results import ComponentRecord, EquationRecord
from ectype.site import badges
from ectype.site.excerpt import Definition, Excerpt, body_of, cited, definition, function, line_link, show
from ectype.site.markup import Markup, block, code, command, counted, heading, spread, text
from ectype.site.mathematics import displayed
from ectype.site.publication import Publication

AT_MOST = 3
"""Excerpts that are shown for one equation, and further places that are named."""


def section(paper: Publication) -> str:
    """Return the equations of a paper."""
    result = paper.measured
    if result is None or not result.equations:
        return ""
    components = {component.id: component for component in result.components}
    mark = next((mark.text for mark in result.marks if mark.name == "equations"), "")
    ordered = sorted(result.equations, key=_order)
    shown = [_equation(paper, equation, components.get(equation.component)) for equation in ordered]
    return "\n\n".join([heading(2, text("Equations"), "equations"), text(f"Counted: {mark}."), *shown])


def _order(equation: EquationRecord) -> tuple[bool, Locator, str]:
    """Numbered equations come first."""
    place = parse_locator(equation.locator)
    return place.kind is not Kind.EQUATION, place, equation.id


def _equation(paper: Publication, equation: EquationRecord, component: ComponentRecord | None) -> str:
    name = f"equation-{equation.id.replace('/', '-')}"
    found = definition(paper, component.of) if component else None
    excerpts = cited(paper, equation.locator)
    chosen = _nearest(paper, excerpts, component)
    oracle = function(paper, equation.oracle)
    ours = [show(paper, excerpt, label="Code") for excerpt in chosen] or ["No line of the code cites it."]
    theirs = [show(paper, oracle, label="Oracle, float64")] if oracle else [_no_oracle(equation)]
    sides = [block("\n\n".join(side), name="side") for side in (ours, theirs)]
    elsewhere = [excerpt for excerpt in excerpts if excerpt not in chosen]
    return "\n\n".join(
        [
            heading(3, Markup(f"{text(equation.locator)} {code(equation.component)}"), name),
            block(_outcome(paper, equation), name="note"),
            *_formulas(found),
            block("\n\n".join(sides), name="sides"),
            *_again(paper, equation, elsewhere),
        ]
    )


def _nearest(paper: Publication, excerpts: list[Excerpt], component: ComponentRecord | None) -> list[Excerpt]:
    """Return the excerpts inside the definition of the component, else that definition, else the first of all."""
    own = body_of(paper, component.of) if component else None
    found = definition(paper, component.of) if component else None
    if own is None or found is None:
        return excerpts[:AT_MOST]
    file, node = found
    last = node.end_lineno or node.lineno
    inside = [e for e in excerpts if e.file == file and e.last >= node.lineno and e.first <= last]
    return inside[:AT_MOST] or [own]


def _outcome(paper: Publication, equation: EquationRecord) -> Markup:
    outcome = paper.outcome(f"equation/{equation.id}")
    if outcome is None:
        return badges.status("unchecked")
    facts = [badges.status(outcome.status, outcome.summary)]
    if "deviation" in outcome.data:
        facts.append(Markup(f"largest relative deviation {badges.figure(outcome.data['deviation'])}"))
        facts.append(
            text(f"{counted(outcome.data['draws'], 'comparison')} over {counted(outcome.data['settings'], 'setting')}")
        )
    return spread(facts)


def _formulas(found: tuple[str, Definition] | None) -> list[str]:
    source = ast.get_docstring(found[1], clean=False) if found else None
    if found is None or source is None:
        return []
    formulas = displayed(source, file=found[0], line=found[1].body[0].lineno)
    return [f'<div class="formula">{formula}</div>' for formula in formulas]


def _again(paper: Publication, equation: EquationRecord, elsewhere: list[Excerpt]) -> list[str]:
    """Return where else the code cites an equation, and the command that checks it again."""
    also = [line_link(paper, e.file, e.first, code(f"{e.file.partition('/')[2]}:{e.first}")) for e in elsewhere]
    more = f" and {len(also) - AT_MOST} more places" if len(also) > AT_MOST else ""
    said = [block(Markup(f"Also cited in {', '.join(also[:AT_MOST])}{more}"), name="note")] if also else []
    return [*said, *([command(f"ectype verify {paper.slug} --only equation/{equation.id}")] if equation.oracle else [])]


def _no_oracle(equation: EquationRecord) -> str:
    if equation.oracle is None:
        return "No oracle was declared: nothing checks this formula."
    return "The oracle has moved since it was verified: verify again to see it here."
