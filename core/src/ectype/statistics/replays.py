"""Replays: the authors' own seeds and streams giving the authors' digits, which is never a reproduction."""

from __future__ import annotations

import dataclasses

from ectype.printed import Printed
from ectype.statistics import wording
from ectype.statistics.judgements import Judgement, Published


def replayed(judged: Judgement, target: Published) -> Judgement:
    """Return the judgement of runs that took the authors' own seeds and streams.

    If our number gives the digits printed it is ``replayed``, one run being enough, and never ``reproduced``: nothing
    independent happened. If it does not, the streams did not carry over and the runs are judged as any others.

    Args:
        judged: what the values alone say.
        target: the published number.
    """
    match = None if judged.mean is None else Printed(target.printed).match(judged.mean)
    if judged.mean is None or match is None:
        said = f"{judged.sentence}; the authors' seeds do not give the digits {target.printed}"
        return dataclasses.replace(judged, sentence=said)
    value = wording.number(judged.mean, judged.margin)
    said = (
        f"replayed: with the authors' seeds our number {value} over {wording.runs(judged.n)} prints as {target.printed}"
    )
    how = "" if match == "exactly" else f" by {match}"
    return dataclasses.replace(judged, verdict="replayed", direction="", sentence=said + how)
