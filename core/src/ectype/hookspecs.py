"""What a plugin can add to Ectype: a paper, checks, report formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from ectype.checks import Check
    from ectype.paper import Paper
    from ectype.report import ReportFormat

API_VERSION = 1
"""Version of these hooks; a plugin states the one it was written for as ``api`` (1 where it states none)."""

hookspec = pluggy.HookspecMarker("ectype")
hookimpl = pluggy.HookimplMarker("ectype")


class Hooks:
    """The hooks. ``Paper`` implements the first; other plugins (entry-point group ``ectype.plugins``) the others."""

    @hookspec
    def ectype_paper(self) -> Paper:  # type: ignore[empty-body]
        """Return the paper that this plugin declares."""

    @hookspec
    def ectype_checks(self) -> Iterable[Check]:  # type: ignore[empty-body]
        """Return checks that every component of the kinds they name must pass."""

    @hookspec
    def ectype_report_formats(self) -> Iterable[ReportFormat]:  # type: ignore[empty-body]
        """Return formats for ``ectype verify --report NAME=PATH``."""
