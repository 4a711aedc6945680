"""The sections of a paper's page, one module each; a new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable

from ectype.site.publication import Publication
from ectype.site.sections import (
    analysis,
    architecture,
    citing,
    claims,
    conformance,
    curves,
    departures,
    disagreements,
    environment,
    equations,
    faults,
    history,
    properties,
    references,
    scope,
)

Section = Callable[[Publication], str]

SECTIONS: tuple[Section, ...] = (
    analysis.contribution,
    claims.section,
    curves.section,
    disagreements.section,
    departures.section,
    architecture.section,
    equations.section,
    references.section,
    properties.section,
    conformance.section,
    faults.section,
    scope.section,
    analysis.section,
    history.section,
    environment.section,
    citing.section,
)
"""In the order of the page; each gives an empty text where there is nothing to say."""
