"""Trials: which runs count for a claim, and the verdict that follows from their values."""

import math

import msgspec
import pytest
from ectype import evidence
from ectype.evidence import Attempted, Completed, Failed, Where
from ectype.reproduction import reproduction
from ectype.results import ClaimRecord, TargetRecord, TrainedRecord
from ectype.trials import Trials

WHERE = Where(python="3.11", platform="Linux", device="cpu", threads=1)
NOW = {"ectype_x.training": "now"}
OLD = {"ectype_x.training": "old"}


def changed(modules):
    return [name for name, digest in modules.items() if digest != "now"]


def claim(*, printed="2.0", **trained):
    values = {
        "of": ["line/ours"],
        "metric": {"": "slope"},
        "seeds": 4,
        "needed": 4,
        "margin": 0.1,
        "control": "line/flat",
        "novel": True,
        "minutes": {},
        **trained,
    }
    names = [*values["of"], values.get("per", ""), values["control"]]
    record = TrainedRecord(**{"arguments": {name: {"a": 1} for name in names if name}, **values})
    kind = "order" if len(record.of) > 1 else "empirical"
    return ClaimRecord(
        id="slope", kind=kind, locator="Tab. 2", text="slope", target=TargetRecord(printed=printed), trained=record
    )


class Recorded:
    """Writes evidence and judges claims by it."""

    def __init__(self, root):
        self.root, self.number = root, 0

    def attempt(self, variant, seed, *, modules=NOW, arguments=None):
        self.number += 1
        id = f"{variant}/{seed}/{self.number}"
        self.add(
            Attempted(
                id=id,
                variant=variant,
                seed=seed,
                arguments=arguments or {"a": 1},
                modules=modules,
                started="",
                command="",
            )
        )
        return id

    def add(self, event):
        evidence.append(self.root, "x", "line", event)

    def run(self, variant, seed, *, modules=NOW, arguments=None, **metrics):
        id = self.attempt(variant, seed, modules=modules, arguments=arguments)
        self.add(Completed(attempt=id, ended="", seconds=1.0, metrics=metrics, modules=modules, where=WHERE))

    def runs(self, variant, *values, **options):
        for seed, value in enumerate(values):
            self.run(variant, seed, slope=value, **options)

    def fail(self, variant, seed):
        self.add(Failed(attempt=self.attempt(variant, seed), ended="", seconds=1.0, reason="broke"))

    def judged(self, **trained):
        return Trials(self.root, "x", changed).judged(claim(**trained))


@pytest.fixture
def recorded(tmp_path):
    made = Recorded(tmp_path)
    made.runs("flat", 0.5, 0.51, 0.52, 0.49)
    return made


GOOD = (2.01, 1.99, 2.0, 2.02)


def test_values_inside_the_margin_reproduce_it(recorded):
    recorded.runs("ours", *GOOD)
    found = recorded.judged()
    assert found.verdict == "reproduced"
    assert found.measured[0].values == list(GOOD)
    assert found.measured[0].value == pytest.approx(sum(GOOD) / 4)
    assert (found.evidence.attempted, found.evidence.completed, found.evidence.of) == (8, 8, 8)


@pytest.mark.parametrize(("values", "better"), [((2.5, 2.51, 2.49, 2.5), "higher"), ((1.5, 1.51, 1.49, 1.5), "higher")])
def test_values_beyond_the_margin_differ_also_where_they_are_better(recorded, values, better):
    recorded.runs("ours", *values)
    assert recorded.judged(better=better).verdict == "differs"


def test_a_control_that_passes_takes_the_verdict_away(tmp_path):
    recorded = Recorded(tmp_path)
    recorded.runs("ours", *GOOD)
    recorded.runs("flat", 2.0, 2.01, 1.99, 2.0)
    assert recorded.judged().verdict == "does not discriminate"


def test_without_its_control_nothing_is_reproduced(tmp_path):
    recorded = Recorded(tmp_path)
    recorded.runs("ours", *GOOD)
    assert recorded.judged().verdict == "inconclusive"


def test_the_authors_own_seeds_replay_and_do_not_reproduce(recorded):
    recorded.runs("ours", 2.001, 1.999, 2.0, 2.0)
    assert recorded.judged(replays=True).verdict == "replayed"
    assert recorded.judged(replays=True, control="line/ours").verdict == "does not discriminate"


def test_fewer_seeds_than_declared_are_inconclusive_even_where_they_look_right(recorded):
    recorded.runs("ours", *GOOD[:3])
    assert recorded.judged().verdict == "inconclusive"


def test_power_can_ask_for_more_than_the_seeds(recorded):
    recorded.runs("ours", *GOOD)
    assert recorded.judged(needed=9).verdict == "inconclusive"


def test_seeds_beyond_the_declared_ones_do_not_count(recorded):
    recorded.runs("ours", *GOOD, 99.0)
    assert recorded.judged().measured[0].values == list(GOOD)


def test_the_first_run_of_a_seed_counts_and_a_second_one_changes_nothing(recorded):
    recorded.runs("ours", *GOOD)
    recorded.run("ours", 0, slope=7.0)
    assert recorded.judged().measured[0].values == list(GOOD)


def test_a_failed_run_is_an_error_and_not_left_out(recorded):
    recorded.runs("ours", *GOOD[:3])
    recorded.fail("ours", 3)
    found = recorded.judged()
    assert found.verdict == "error"
    assert found.evidence.failed == 1


def test_a_failed_run_that_was_repeated_counts_as_what_it_gave_then(recorded):
    recorded.runs("ours", *GOOD[:3])
    recorded.fail("ours", 3)
    recorded.run("ours", 3, slope=GOOD[3])
    assert recorded.judged().verdict == "reproduced"


def test_an_attempt_that_was_interrupted_is_counted_and_gives_no_value(recorded):
    recorded.runs("ours", *GOOD[:3])
    recorded.attempt("ours", 3)
    found = recorded.judged()
    assert found.verdict == "inconclusive"
    assert (found.evidence.attempted, found.evidence.completed) == (8, 7)


def test_a_missing_metric_is_an_error(recorded):
    recorded.runs("ours", *GOOD)
    assert recorded.judged(metric={"": "loss"}).verdict == "error"


def test_repeats_of_one_number_give_no_interval(recorded):
    recorded.runs("ours", 2.0, 2.0, 2.0, 2.0)
    found = recorded.judged()
    assert found.verdict == "inconclusive"
    assert found.measured[0].interval is None


def test_runs_with_other_arguments_do_not_count(recorded):
    recorded.runs("ours", *GOOD, arguments={"a": 2})
    assert recorded.judged().verdict == "not run"


def test_runs_on_older_code_count_and_are_stale(tmp_path):
    recorded = Recorded(tmp_path)
    recorded.runs("ours", *GOOD, modules=OLD)
    recorded.runs("flat", 0.5, 0.51, 0.52, 0.49, modules=OLD)
    found = recorded.judged()
    assert found.verdict == "reproduced"
    assert found.evidence.stale == ["ectype_x.training"]


def test_runs_on_the_code_as_it_is_replace_those_on_older_code(recorded):
    recorded.runs("ours", *GOOD, modules=OLD)
    recorded.runs("ours", 2.5, 2.51)
    found = recorded.judged()
    assert found.measured[0].values == [2.5, 2.51]
    assert not found.evidence.stale


def test_code_that_was_changed_back_has_its_runs_again(recorded):
    recorded.runs("ours", *GOOD)
    recorded.runs("ours", 2.5, 2.51, 2.5, 2.49, modules=OLD)
    found = recorded.judged()
    assert found.measured[0].values == list(GOOD)
    assert not found.evidence.stale


def test_a_ratio_is_taken_seed_by_seed(recorded):
    for seed in range(4):
        recorded.run("ours", seed, slope=GOOD[seed] * (seed + 1))
        if seed != 2:
            recorded.run("base", seed, slope=seed + 1.0)
    assert recorded.judged(per="line/base").measured[0].values == pytest.approx([GOOD[0], GOOD[1], GOOD[3]])


def test_every_reading_has_a_verdict_and_the_paper_comes_first(recorded):
    for seed, value in enumerate(GOOD):
        recorded.run("ours", seed, slope=value, other=value + 1)
    for seed in range(4):
        recorded.run("flat", seed, slope=0.5, other=0.5 + seed / 100)
    right = recorded.judged(metric={"paper": "slope", "notebook": "other"})
    wrong = recorded.judged(metric={"paper": "other", "notebook": "slope"})
    assert right.verdict == "reproduced"
    assert [m.verdict for m in right.measured] == ["reproduced", "differs"]
    assert wrong.verdict == "reproduced only under notebook"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((3.0, 3.1, 2.9), "holds"), ((1.0, 1.1, 0.9), "reversed"), ((2.0, 2.1, 1.9), "inconclusive")],
)
def test_orders(recorded, values, verdict):
    recorded.runs("ours", 2.01, 1.93, 2.05)
    recorded.runs("steep", *values)
    found = recorded.judged(of=["line/steep", "line/ours"], seeds=3, needed=3, margin=None, control="")
    assert found.verdict == verdict
    assert "steep" in found.measured[0].text


def test_a_paired_order_takes_seeds_that_both_have(recorded):
    for seed in (0, 1, 3):
        recorded.run("ours", seed, slope=float(seed))
    for seed in (0, 2, 3):
        recorded.run("steep", seed, slope=seed + 1.0 + seed / 50)
    found = recorded.judged(of=["line/steep", "line/ours"], needed=2, margin=None, control="", paired=True)
    assert "1.03" in found.measured[0].sentence


def test_nothing_recorded_is_not_run(tmp_path):
    found = Recorded(tmp_path).judged()
    assert found.verdict == "not run"
    assert found.measured == []
    assert found.evidence.attempted == 0


def test_a_wheel_has_no_evidence():
    assert Trials(None, "x", changed).judged(claim()).verdict == "not run"


def test_what_cannot_be_read_is_said(recorded):
    recorded.runs("ours", *GOOD)
    file = evidence.path(recorded.root, "line")
    file.write_text(file.read_text().replace("2.01", "2.00", 1))
    found = recorded.judged()
    assert "an edit by hand" in found.evidence.problems[0]
    assert found.verdict == "inconclusive"
    assert not any(math.isnan(value) for value in found.measured[0].values)


def test_a_claim_that_has_begun_and_has_no_number_yet_says_so_in_the_header(recorded):
    found = msgspec.structs.replace(recorded.judged(), headline=True, data="line")  # only its control has run
    assert found.measured
    [line] = reproduction([found])
    assert (line.achieved, line.verdict) == ("not run", "not run")
