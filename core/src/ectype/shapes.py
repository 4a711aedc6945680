"""Checking shapes at run time: what jaxtyping's import hook puts on a paper's functions."""

from __future__ import annotations

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_random=False, is_pep484_tower=True))
"""Beartype that leaves Python's global generator alone (a paper's randomness must come from its seed only), and for which
an ``int`` is a ``float``, as it is for type checkers."""

CHECKED = f"{__name__}.checked"
"""Its name, as ``install_import_hook`` takes it; whoever imports this has imported what it names."""
