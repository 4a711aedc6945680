"""Verdicts of trained numbers: what our values per seed say about a published one.

``judge`` compares a mean over seeds with target plus-minus margin, ``judge_scores`` an interquartile mean; ``discriminate``
adds the control that must fail, ``replayed`` the authors' own seeds, ``order`` judges which is larger, and ``runs_needed``
says how many seeds that takes. Distributions, tests and resampling are scipy's. The error rates are measured in
``rates`` and stated in the documentation.
"""

from ectype.statistics.controls import Discrimination, discriminate
from ectype.statistics.intervals import COVERAGE, Interval, mean_interval, prediction_interval
from ectype.statistics.judgements import Better, Judgement, Published, Verdict, judge
from ectype.statistics.orders import Order, Pair, order
from ectype.statistics.power import pilot_sd, power, runs_needed
from ectype.statistics.replays import replayed
from ectype.statistics.scores import interquartile_interval, interquartile_mean, judge_scores

__all__ = [
    "COVERAGE",
    "Better",
    "Discrimination",
    "Interval",
    "Judgement",
    "Order",
    "Pair",
    "Published",
    "Verdict",
    "discriminate",
    "interquartile_interval",
    "interquartile_mean",
    "judge",
    "judge_scores",
    "mean_interval",
    "order",
    "pilot_sd",
    "power",
    "prediction_interval",
    "replayed",
    "runs_needed",
]
