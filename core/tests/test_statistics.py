"""Verdicts from values per seed: against tables of quantiles, closed forms, and simulated papers with known truth."""

import dataclasses
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ectype.declarations import Target
from ectype.results import TargetRecord
from ectype.statistics import (
    discriminate,
    interquartile_interval,
    interquartile_mean,
    judge,
    judge_scores,
    mean_interval,
    order,
    pilot_sd,
    power,
    prediction_interval,
    rates,
    replayed,
    runs_needed,
    tables,
)
from ectype.statistics.judgements import place
from hypothesis import assume, given
from hypothesis import strategies as st

PAGE = Path(__file__).parents[2] / "docs/statistics.md"
T_95 = {1: 6.314, 2: 2.920, 4: 2.132, 7: 1.895, 14: 1.761}
T_975 = {2: 4.303, 4: 2.776, 7: 2.365}
"""Quantiles of Student's t by degrees of freedom, as printed in any table."""

SINGLE = Target("68.0", runs=1)
CLOSE = [68.1, 67.9, 68.4, 67.5, 68.2]


def around(mean, sd, n):
    """Values with exactly this mean and this sample deviation."""
    raw = np.arange(n) - (n - 1) / 2
    return mean + sd * raw / raw.std(ddof=1)


# Intervals


@pytest.mark.parametrize("freedom", T_95)
def test_the_interval_of_the_mean_is_students(freedom):
    n = freedom + 1
    found = mean_interval(around(10.0, 3.0, n))
    half = T_95[freedom] * 3.0 / math.sqrt(n)
    assert (found.method, found.coverage) == ("t", 0.90)
    assert (found.low, found.high) == pytest.approx((10 - half, 10 + half), abs=0.0005 * 3)


@pytest.mark.parametrize("runs", [1, 5])
@pytest.mark.parametrize("freedom", T_975)
def test_the_prediction_adds_the_spread_of_what_is_predicted(freedom, runs):
    n = freedom + 1
    found = prediction_interval(around(10.0, 3.0, n), runs=runs)
    half = T_975[freedom] * 3.0 * math.sqrt(1 / n + 1 / runs)
    assert (found.method, found.coverage) == ("prediction", 0.95)
    assert (found.low, found.high) == pytest.approx((10 - half, 10 + half), abs=0.0005 * 3 * 1.2)


def test_a_prediction_holds_a_further_mean_as_often_as_it_says():
    rng = np.random.RandomState(1)
    held = 0
    for _ in range(2000):
        found = prediction_interval(rng.standard_normal(4), runs=3)
        held += found.low <= rng.standard_normal(3).mean() <= found.high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)  # three standard errors


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 9, [0.0] * 9, [0.1 + 0.2, 0.3] * 3])
def test_no_spread_no_interval(values):
    assert mean_interval(values) is None
    assert prediction_interval(values) is None


@pytest.mark.parametrize(("n", "coverage"), [(4, None), (5, 1 - 1 / 16), (8, 1 - 1 / 128)])
def test_repeats_are_bounded_by_the_resolution_of_the_metric(n, coverage):
    found = mean_interval([68.3] * n, resolution=0.1)
    if coverage is None:
        assert found is None
    else:
        assert found.method == "median"
        assert (found.low, found.high, found.coverage) == pytest.approx((68.25, 68.35, coverage))


@pytest.mark.parametrize("sd", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("offset", [0.0, 0.3, 0.499])
def test_repeats_seldom_hide_the_median_outside_of_their_step(sd, offset):
    hidden = 0
    for values in np.round(offset + sd * np.random.RandomState(2).standard_normal((20_000, 5))):
        if np.ptp(values) == 0:
            found = mean_interval(values + 10, resolution=1.0)
            hidden += not found.low <= offset + 10 <= found.high
    assert hidden / 20_000 <= 2**-4


def test_no_interval_is_narrower_than_the_resolution():
    found = mean_interval([68.3] * 9 + [68.3001], resolution=0.1)
    assert found.method == "t"
    assert (found.low, found.high) == pytest.approx((68.25, 68.35), abs=1e-4)


@pytest.mark.parametrize("resolution", [-0.1, float("nan"), float("inf")])
def test_a_resolution_is_a_step(resolution):
    with pytest.raises(ValueError, match=f"received {resolution}"):
        mean_interval(CLOSE, resolution=resolution)


def test_a_published_number_stands_for_a_run():
    with pytest.raises(ValueError, match="received 0"):
        judge(CLOSE, Target("68", runs=0), margin=1.0)


# Verdicts


@pytest.mark.parametrize(
    ("values", "options", "verdict", "direction"),
    [
        (CLOSE, {}, "reproduced", ""),
        (around(68.0, 1.0, 5), {"margin": 0.954}, "reproduced", ""),  # 2.132 / sqrt(5) = 0.9535
        (around(68.0, 1.0, 5), {"margin": 0.953}, "inconclusive", ""),
        (around(69.96, 1.0, 5), {"margin": 1.0}, "differs", "higher"),
        (around(69.95, 1.0, 5), {"margin": 1.0}, "inconclusive", ""),
        (around(80.0, 1.0, 5), {"better": "higher"}, "differs", "better"),
        (around(80.0, 1.0, 5), {"better": "lower"}, "differs", "worse"),
        (around(50.0, 1.0, 5), {"better": "higher"}, "differs", "worse"),
        (around(50.0, 1.0, 5), {"better": "lower"}, "differs", "better"),
        (around(50.0, 1.0, 5), {}, "differs", "lower"),
        (CLOSE, {"needed": 6}, "inconclusive", ""),
        (around(50.0, 1.0, 5), {"needed": 6}, "inconclusive", ""),
        (CLOSE, {"needed": 5}, "reproduced", ""),
        ([68.0], {}, "inconclusive", ""),
        ([68.0] * 5, {}, "inconclusive", ""),
        ([68.0] * 5, {"resolution": 0.1}, "reproduced", ""),
        ([50.0] * 5, {"resolution": 0.1}, "differs", "lower"),
        ([68.0] * 4, {"resolution": 0.1}, "inconclusive", ""),
        ([*CLOSE, float("nan")], {}, "error", ""),
        ([*CLOSE, float("inf")], {"needed": 9}, "error", ""),
        ([float("nan")], {}, "error", ""),
        ([], {"needed": 5}, "not run", ""),
    ],
)
def test_verdict(values, options, verdict, direction):
    found = judge(values, SINGLE, **{"margin": 1.5, **options})
    assert (found.verdict, found.direction) == (verdict, direction)
    assert found.sentence.startswith(verdict)


def test_an_interval_that_ends_on_the_margin_is_inside_and_one_that_begins_there_is_not_disjoint():
    low = np.array([0.0, 1.0, -1.0, 1.5, -2.0, -1.0])
    found = place(low, low + np.array([1.0, 1.0, 1.0, 1.0, 1.0, 3.0]), 0.5, 0.5)
    assert found.tolist() == ["reproduced", "inconclusive", "inconclusive", "differs", "differs", "inconclusive"]


def test_a_judgement_holds_what_a_page_shows():
    found = judge(CLOSE, SINGLE, margin=1.5, better="higher", needed=5)
    assert (found.n, found.needed, found.target, found.margin) == (5, 5, 68.0, 1.5)
    assert found.mean == pytest.approx(68.02)
    assert found.sd == pytest.approx(0.3421, abs=1e-4)
    assert found.predicted
    assert found.sentence == (
        "reproduced: our mean 68.02 over 5 runs, 90 % t interval [67.69, 68.35], inside 68.0 ± 1.5; as a single run the "
        "published number lies inside our 95 % prediction interval [66.98, 69.06]"
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.verdict = "differs"


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        ([*CLOSE, float("nan")], {}, "error: our mean over 6 runs (1 not finite) against 68.0 ± 1.5"),
        (CLOSE[:3], {"needed": 5}, "of the 5 that the declared power asks for"),
        ([68.0] * 5, {}, "see that the seed reaches the run, or declare the metric's resolution"),
        ([68.0], {}, "over 1 run (one run shows no spread)"),
        ([68.0] * 5, {"resolution": 0.1}, "93.8 % interval of the median [67.95, 68.05], inside"),
        (around(80, 1, 5), {"better": "lower"}, "differs (worse): our mean 80 over 5 runs"),
        (around(80, 1, 5), {}, "lies outside our 95 % prediction interval"),
    ],
)
def test_the_sentence_gives_the_reason(values, options, words):
    assert words in judge(values, SINGLE, margin=1.5, **options).sentence


def test_small_and_large_numbers_are_shown_to_the_digits_that_matter():
    small = judge([3.11e-5, 3.2e-5, 2.9e-5], Target("3.1e-5"), margin=1e-5).sentence
    assert "our mean 3.07e-05 over 3 runs, 90 % t interval [2.81e-05, 3.33e-05], inside 3.1e-5 ± 1e-05" in small
    assert "our mean 0 over 2 runs" in judge([-1.0, 1.0], Target("0"), margin=9).sentence


@pytest.mark.parametrize(("runs", "words"), [(None, None), (1, "as a single run"), (5, "as a mean of 5 runs")])
def test_the_prediction_is_for_what_the_paper_did(runs, words):
    found = judge(CLOSE, TargetRecord(printed="68.7", runs=runs), margin=1.5)
    assert (found.prediction is None) == (words is None)
    assert found.predicted is {None: None, 1: True, 5: False}[runs]
    assert words is None or words in found.sentence


@pytest.mark.parametrize("margin", [0, -1.0, float("nan"), float("inf")])
def test_a_margin_is_a_positive_number(margin):
    with pytest.raises(ValueError, match=f"must be a positive number; received {margin}"):
        judge(CLOSE, SINGLE, margin=margin)


def test_values_are_one_list():
    with pytest.raises(ValueError, match=r"received an array of shape \(1, 5\)"):
        judge([CLOSE], SINGLE, margin=1.0)


numbers = st.lists(st.integers(-1000, 1000).map(lambda value: value / 8), min_size=2, max_size=9)
margins = st.integers(1, 4000).map(lambda value: value / 8)
RANK = {"differs": 0, "inconclusive": 1, "reproduced": 2}


@given(numbers, margins, margins)
def test_a_wider_margin_never_makes_a_verdict_worse(values, margin, more):
    narrow, wide = (judge(values, Target("3"), margin=width).verdict for width in (margin, margin + more))
    assert RANK[narrow] <= RANK[wide]


@given(numbers, margins, st.integers(-20, 20), st.booleans())
def test_the_unit_does_not_matter(values, margin, exponent, flip):
    factor = 2.0**exponent * (-1 if flip else 1)
    ours = judge(values, Target("3"), margin=margin, better="higher")
    scaled = judge(
        [value * factor for value in values],
        Target(f"{3 * factor:.30f}"),
        margin=margin * abs(factor),
        better="lower" if flip else "higher",
    )
    edges = [] if ours.interval is None else [ours.interval.low, ours.interval.high]
    assume(all(abs(edge - 3 - side * margin) > 1e-9 for edge in edges for side in (-1, 1)))
    assert (scaled.verdict, scaled.direction) == (ours.verdict, ours.direction)


@given(st.permutations(CLOSE))
def test_the_order_of_the_seeds_does_not_matter(values):
    assert judge(values, SINGLE, margin=0.4) == judge(CLOSE, SINGLE, margin=0.4)


@given(numbers, margins, st.lists(st.just(float("nan")), min_size=1, max_size=2))
def test_a_value_that_is_missing_is_never_dropped(values, margin, missing):
    assert judge(values + missing, Target("3"), margin=margin).verdict == "error"


# Replays


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([68.0], "replayed"),
        ([68.04], "replayed"),
        ([67.98, 68.0, 68.02], "replayed"),
        ([68.2], "inconclusive"),
        (around(68.5, 0.3, 5), "reproduced"),  # their streams did not carry over
        ([50.0, 50.1], "differs"),
        ([float("nan")], "error"),
        ([], "not run"),
    ],
)
def test_the_authors_seeds_giving_their_digits_are_a_replay(values, verdict):
    judged = judge(values, SINGLE, margin=1.5)
    found = replayed(judged, SINGLE)
    assert found.verdict == verdict
    assert dataclasses.replace(found, verdict=judged.verdict, sentence=judged.sentence) == judged


def test_a_replay_says_how_the_digits_came_out():
    words = "replayed: with the authors' seeds our number 68.04 over 1 run prints as 68.0 by rounding"
    assert replayed(judge([68.04], SINGLE, margin=1.5), SINGLE).sentence == words
    told = replayed(judge([66.0], SINGLE, margin=1.5), SINGLE).sentence
    assert told.endswith("the authors' seeds do not give the digits 68.0")


# Controls


@pytest.mark.parametrize(
    ("values", "control", "verdict", "discriminates"),
    [
        (CLOSE, [32.0, 33.0, 34.0], "reproduced", True),
        (CLOSE, [98.0, 99.0, 97.0], "reproduced", True),
        (CLOSE, CLOSE, "does not discriminate", False),
        (CLOSE, [67.0, 68.2, 69.9], "does not discriminate", False),
        (CLOSE, [32.0], "does not discriminate", False),
        (CLOSE, [32.0, float("nan")], "error", False),
        (CLOSE, [], "inconclusive", False),
        (around(80, 1, 5), CLOSE, "differs", False),
        ([68.0], CLOSE, "inconclusive", False),
        ([float("nan")], CLOSE, "error", False),
    ],
)
def test_a_control_must_fail(values, control, verdict, discriminates):
    found = discriminate(values, control, SINGLE, margin=1.5, better="higher")
    assert (found.verdict, found.discriminates) == (verdict, discriminates)
    assert found.sentence.startswith(verdict)
    assert ("fails, as it must" in found.sentence) == discriminates
    assert found.claim == judge(values, SINGLE, margin=1.5, better="higher")


def test_a_replay_needs_a_control_too():
    judged = replayed(judge([68.0], SINGLE, margin=1.5), SINGLE)
    assert discriminate(judged, [32.0, 33.0], SINGLE, margin=1.5).verdict == "replayed"
    assert discriminate(judged, CLOSE, SINGLE, margin=1.5).verdict == "does not discriminate"


# Orders


HIGH, MIDDLE, LOW = [5.0, 6.0, 5.5, 5.2], [3.0, 3.2, 4.0, 3.1], [1.0, 2.0, 1.5, 1.2]


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(
    ("rows", "options", "verdict"),
    [
        ([HIGH, MIDDLE, LOW], {}, "holds"),
        ([HIGH, LOW, MIDDLE], {}, "reversed"),
        ([LOW, MIDDLE, HIGH], {}, "reversed"),
        ([HIGH, HIGH, LOW], {}, "inconclusive"),
        ([HIGH, [5.1, 6.2, 5.2, 5.4]], {}, "inconclusive"),
        ([HIGH, MIDDLE, LOW], {"needed": 5}, "inconclusive"),
        ([HIGH[:1], LOW[:1]], {}, "inconclusive"),
        ([[5.0] * 4, [3.0] * 4], {}, "inconclusive"),
        ([HIGH, [3.0, 3.2, 4.0, float("nan")]], {}, "error"),
    ],
)
def test_order(rows, options, verdict, paired):
    found = order(list(zip("ABC", rows, strict=False)), paired=paired, **options)
    assert found.verdict == verdict
    assert found.sentence.startswith(f"{verdict}: A > B")


def test_differences_by_seed_give_the_paired_interval_and_share_the_error():
    found = order([("A", HIGH), ("B", MIDDLE), ("C", LOW)], paired=True)
    first = np.array(HIGH) - np.array(MIDDLE)  # 2.0, 2.8, 1.5, 2.1
    half = 3.182 * first.std(ddof=1) / 2  # t(0.975, 3): two pairs, 95 % each
    pair = found.pairs[0]
    assert (pair.larger, pair.smaller, pair.interval.coverage, found.coverage) == ("A", "B", 0.95, 0.90)
    assert pair.difference == pytest.approx(2.1)
    assert (pair.interval.low, pair.interval.high) == pytest.approx((2.1 - half, 2.1 + half), abs=1e-3)


def test_separate_seeds_give_welchs_interval():
    first, second = around(5.0, 1.0, 5), around(3.0, 1.0, 5)  # equal spreads and sizes: 8 degrees of freedom
    pair = order([("A", first), ("B", second)], paired=False).pairs[0]
    half = 1.860 * math.sqrt(2 / 5)  # t(0.95, 8)
    assert (pair.interval.low, pair.interval.high) == pytest.approx((2 - half, 2 + half), abs=1e-3)
    steady = order([("A", first), ("B", around(3.0, 0.001, 9))], paired=False).pairs[0]
    alone = 2.132 / math.sqrt(5)  # only the first varies: t(0.95, 4)
    assert (steady.interval.low, steady.interval.high) == pytest.approx((2 - alone, 2 + alone), abs=1e-3)


def test_constant_differences_count_from_the_resolution_on():
    rows = [("A", np.array(CLOSE) + 2.0), ("B", np.array(CLOSE))]
    assert order(rows, paired=True).verdict == "inconclusive"
    assert order(rows, paired=True, resolution=0.1).verdict == "holds"


def test_an_order_has_values_in_every_row():
    assert order([("A", HIGH), ("B", [])], paired=False).verdict == "not run"
    with pytest.raises(ValueError, match=r"same seeds; received \[4, 3\] values"):
        order([("A", HIGH), ("B", LOW[:3])], paired=True)
    with pytest.raises(ValueError, match=r"two lists of values or more; received shapes \[\(4,\)\]"):
        order([("A", HIGH)], paired=True)


@pytest.mark.parametrize("rows", [2, 4])
@pytest.mark.parametrize("paired", [True, False])
def test_equal_things_are_seldom_put_in_order(rows, paired):
    rng, trials = np.random.RandomState(3), 600
    verdicts = [
        order([(str(i), values) for i, values in enumerate(rng.standard_normal((rows, 5)))], paired=paired).verdict
        for _ in range(trials)
    ]
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)  # 5 % on either side, three standard errors
    assert 0 < verdicts.count("reversed") / trials <= allowed
    assert verdicts.count("holds") / trials <= allowed


# Power


@pytest.mark.parametrize(
    ("n", "margin", "difference"),
    [(2, 4.0, 0.0), (3, 2.0, 0.5), (5, 1.0, 0.0), (8, 1.0, 0.5), (15, 0.7, 0.0), (15, 1.0, 2.0)],
)
def test_power_is_what_simulation_finds(n, margin, difference):
    draws = difference + np.random.RandomState(4).standard_normal((200_000, n))
    half = {2: 6.3138, 3: 2.9200, 5: 2.1318, 8: 1.8946, 15: 1.7613}[n] * draws.std(axis=1, ddof=1) / math.sqrt(n)
    inside = np.abs(draws.mean(axis=1)) + half <= margin
    assert power(n, 1.0, margin, difference=difference) == pytest.approx(
        inside.mean(), abs=0.0034
    )  # three standard errors


def test_power_of_many_seeds_is_the_normal_closed_form():
    n, margin = 100_000, 0.008  # m sqrt(n) - z(0.95) = 0.885
    edge = margin * math.sqrt(n) - 1.644854
    assert power(n, 1.0, margin) == pytest.approx(math.erf(edge / math.sqrt(2)), abs=1e-4)


@given(st.integers(2, 60), st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0, 10))
def test_power_grows_with_seeds_and_margin_and_shrinks_with_the_difference(n, sd, margin, difference):
    base = power(n, sd, margin, difference=difference)
    assert 0 <= base <= 1
    assert power(n, sd, margin * 1.1, difference=difference) >= base - 1e-9
    assert power(n, sd, margin, difference=difference * 1.1) <= base + 1e-9
    assert power(n, sd, margin, difference=-difference) == pytest.approx(base, abs=1e-9)
    assert power(n, 2 * sd, 2 * margin, difference=2 * difference) == pytest.approx(base, abs=1e-9)
    if base >= 0.05:  # below, three seeds can have less than two: their t no longer lets a lucky spread pass
        assert power(n + 1, sd, margin, difference=difference) >= base - 1e-9


@pytest.mark.parametrize(
    ("sd", "margin", "wanted"), [(1.0, 1.0, 0.8), (1.0, 5.0, 0.8), (2.0, 0.3, 0.9), (0.01, 0.01, 0.5)]
)
def test_the_seeds_needed_are_the_fewest_that_reach_the_power(sd, margin, wanted):
    n = runs_needed(sd, margin, wanted=wanted)
    assert power(n, sd, margin) >= wanted > power(n - 1, sd, margin)


def test_one_seed_decides_nothing():
    assert power(1, 1.0, 1e9) == 0.0
    assert runs_needed(1.0, 1e9) == 2


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ({"sd": 0.0, "margin": 1.0}, "sd 0.0, margin 1.0"),
        ({"sd": 1.0, "margin": float("nan")}, "margin nan"),
        ({"sd": 1.0, "margin": 1.0, "wanted": 1.0}, "received power 1.0"),
        ({"sd": 1.0, "margin": 1.0, "wanted": 0.4}, "received power 0.4"),
        ({"sd": 1.0, "margin": 1.0, "difference": -1.0}, "difference -1.0"),
    ],
)
def test_no_number_of_seeds_is_invented(arguments, received):
    with pytest.raises(ValueError, match=received):
        runs_needed(**arguments)


def test_the_deviation_of_a_pilot_is_large_enough_four_times_in_five():
    assert pilot_sd(around(0.0, 1.0, 3)) == pytest.approx(
        math.sqrt(2 / (-2 * math.log(0.8)))
    )  # chi-squared of 2 degrees
    pilots = np.random.RandomState(5).standard_normal((4000, 4))
    enough = np.mean([pilot_sd(pilot) >= 1 for pilot in pilots])
    assert enough == pytest.approx(0.8, abs=0.019)  # three standard errors


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0], [1.0, float("nan")]])
def test_a_pilot_shows_spread(values):
    with pytest.raises(ValueError, match="received"):
        pilot_sd(values)


# Scores


def test_the_interquartile_mean_is_the_mean_of_the_middle_half():
    assert interquartile_mean(np.array([100.0, 1, 2, 3, 4, 5, 6, -50])) == (2 + 3 + 4 + 5) / 4
    assert interquartile_mean(np.array([100.0, 2, 4, 6]), np.array([1.0, 3, 5, -50])) == (2 + 3 + 4 + 5) / 4


def test_runs_are_resampled_within_their_task():
    runs = np.random.RandomState(6).standard_normal((20, 1))
    alone = interquartile_interval(runs)
    far = np.hstack([runs - 1e6, runs, runs, runs + 1e6])  # the middle half is the middle tasks, in every resample
    inside = interquartile_interval(far)
    spread = runs.std() / math.sqrt(40)
    assert (inside.low, inside.high) == pytest.approx(
        (runs.mean() - 1.645 * spread, runs.mean() + 1.645 * spread), abs=0.06
    )
    assert inside.high - inside.low < alone.high - alone.low
    assert (inside.method, inside.coverage) == ("bootstrap", 0.90)


def test_five_seeds_do_not_carry_a_bootstrap():
    scores = np.random.RandomState(7).normal(1.0, 0.2, (12, 4))
    judged = judge_scores(scores, Target("1.0"), margin=0.2)
    assert (judged.verdict, judged.n, judged.sd) == ("reproduced", 12, None)
    assert judged.mean == interquartile_mean(scores.ravel())
    few = judge_scores(scores[:5], Target("1.0"), margin=0.2)
    assert (few.verdict, few.interval) == ("inconclusive", None)
    assert "a bootstrap needs 10 runs a task" in few.sentence


def test_scores_are_judged_as_values_are():
    scores = np.random.RandomState(7).normal(1.0, 0.2, (12, 4))
    shuffled = np.random.RandomState(8).permutation(scores)
    assert judge_scores(shuffled, Target("1.0"), margin=0.2) == judge_scores(scores, Target("1.0"), margin=0.2)
    assert judge_scores(scores, Target("3.0"), margin=0.2, better="higher").direction == "worse"
    assert judge_scores(scores, Target("1.0"), margin=0.2, needed=13).verdict == "inconclusive"
    assert judge_scores(np.ones((12, 4)), Target("1.0"), margin=0.2).verdict == "inconclusive"
    assert judge_scores(np.empty((0, 4)), Target("1.0"), margin=0.2).verdict == "not run"
    assert judge_scores(np.where(scores > 1.4, np.nan, scores), Target("1.0"), margin=0.2).verdict == "error"
    with pytest.raises(ValueError, match=r"received shape \(4,\)"):
        judge_scores(scores[0], Target("1.0"), margin=0.2)


# Error rates


@pytest.mark.parametrize("shape", rates.SHAPES)
def test_shapes_are_standardised(shape):
    drawn = rates.SHAPES[shape](np.random.RandomState(9), (1_000_000,))
    assert drawn.mean() == pytest.approx(0.0, abs=0.004)
    assert drawn.std() == pytest.approx(1.0, abs=0.02)  # three degrees of freedom converge slowly


@pytest.mark.parametrize("shape", rates.SHAPES)
@pytest.mark.parametrize(("difference", "margin"), [(0.0, 1.0), (0.9, 1.5), (1.5, 1.5), (4.0, 1.5)])
def test_rates_count_what_judge_says(shape, difference, margin):
    trials, shares = 150, {"reproduced": [], "differs": []}
    for side in (difference, -difference):
        verdicts = [
            judge(values + side, Target("0"), margin=margin).verdict for values in rates.values(shape, 5, trials=trials)
        ]
        for name, found in shares.items():
            found.append(verdicts.count(name) / trials)
    rate = rates.verdicts(shape, 5, difference=difference, margin=margin, trials=trials)
    assert rate.reproduced == (max if difference >= margin else min)(shares["reproduced"])
    assert rate.differs == (max if difference <= margin else min)(shares["differs"])


@pytest.mark.parametrize("n", tables.SEEDS)
def test_normal_values_err_at_most_one_time_in_twenty(n):
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / rates.TRIALS)
    for factor in tables.DIFFERENCES.values():
        rate = rates.verdicts("normal", n, difference=2 * factor, margin=2.0)
        assert factor < 1 or rate.reproduced <= allowed
        assert factor > 1 or rate.differs <= allowed


def test_seeds_from_power_reproduce_a_right_number_as_often_as_declared():
    n = runs_needed(1.0, 1.2)
    found = rates.verdicts("normal", n, difference=0.0, margin=1.2).reproduced
    assert found == pytest.approx(power(n, 1.0, 1.2), abs=0.0085)
    assert found >= 0.8


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_documentation_states_what_is_measured(name):
    page = PAGE.read_text(encoding="utf-8")
    assert tables.filled(page, [name]) == page, (
        "write the tables again: python -m ectype.statistics.tables docs/statistics.md"
    )


def test_a_table_without_a_place_is_an_error():
    with pytest.raises(ValueError, match="one place `<!-- table: worst -->`"):
        tables.filled("# Statistics", ["worst"])


def test_statistics_need_no_torch():
    code = "import sys, ectype.statistics.tables; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
