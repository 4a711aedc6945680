"""Killers: the checks of a paper, as they came out on the code as it is, and what they have killed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ectype.faults.scope import Module
from ectype.faults.seeding import Fault


@dataclass(slots=True)
class Killer:
    """A check that passes on the code as it is.

    ``verdict`` is that of a claim. ``lines`` are those that it runs, by file, and ``detachable`` the faults that would cut
    off a gradient in it; None where that is not known and may be anything.
    """

    verdict: str
    seconds: float
    lines: dict[str, set[int]] | None = None
    detachable: set[str] | None = None
    tried: int = 0
    kills: int = 0
    near: Counter[str] = field(default_factory=Counter)

    def runs(self, fault: Fault, module: Module) -> bool:
        """Return whether the check runs the line of a fault, or may do so."""
        return self.lines is None or fault.is_run(self.lines.get(str(module.file), set()))

    def meets(self, fault: Fault, module: Module) -> bool:
        """Return whether the check runs the line of a fault, and there is a gradient where the fault cuts one off."""
        if fault.operator == "detached" and self.detachable is not None:
            return fault.id in self.detachable
        return self.runs(fault, module)

    def promise(self, kin: str, usual: float) -> float:
        """Return the expected kills a second, for a fault of some kin, where checks of this sort usually kill this share."""
        near = 4 * self.near[kin]
        return (self.kills + near + usual) / (self.tried + near + 1) / (self.seconds + 0.002)

    def count(self, kin: str) -> None:
        """Count a kill."""
        self.kills += 1
        self.near[kin] += 1


def ranked(killers: dict[str, Killer], names: Iterable[str], kin: str) -> list[str]:
    """Return names of checks, the most promising first; what was never tried is judged by checks of its sort.

    Args:
        killers: all of them, by name.
        names: which are ranked.
        kin: of the fault.
    """
    kills: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for name, killer in killers.items():
        kills[sort(name)] += killer.kills
        tried[sort(name)] += killer.tried
    usual = {kind: (kills[kind] + 0.5) / (tried[kind] + 2) for kind in tried}
    return sorted(names, key=lambda name: -killers[name].promise(kin, usual[sort(name)]))


def sort(name: str) -> str:
    """Return what sort of check this is: the conformance check, whatever the component, or the group."""
    group, *_, last = name.split("/")
    return last if group == "component" else group
