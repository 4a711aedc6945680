"""The command line, and resumption of a run."""

import json

import pytest
from ectype.experiments import Run
from ectype_simclr import train, training

SMALL = {"images": 16, "batch_size": 8, "epochs": 4, "size": 8, "width": 2, "blocks": (1,)}


def arguments(folder, **changes):
    given = {"images": "16", "batch-size": "8", "epochs": "2", "size": "8", "width": "2", "blocks": "1"} | changes
    return ["cifar10", "--out", str(folder), *(word for name, value in given.items() for word in (f"--{name}", value))]


def test_a_run_prints_the_metrics_and_logs_curves(tmp_path, capsys):
    assert train.main(arguments(tmp_path / "run")) == 0
    printed = capsys.readouterr()
    assert [line.split(":")[0] for line in printed.out.splitlines()] == [
        "accuracy untrained",
        "contrastive loss",
        "accuracy",
    ]
    assert "training: step 4 of 4" in printed.err
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {"loss", "rate"} <= lines[-1].keys()


def test_a_run_that_was_interrupted_ends_alike(tmp_path, monkeypatch):
    def metrics(folder):
        with Run(tmp_path / folder, seed=1, patience=0.0) as run:
            return training.train(run, **SMALL)

    whole = metrics("whole")
    step, done = training.Pretraining.step, []

    def interrupted(self):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(self.done)
        return step(self)

    with monkeypatch.context() as patched:
        patched.setattr(training.Pretraining, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            metrics("stopped")
    assert metrics("stopped") == whole


@pytest.mark.parametrize(
    ("changes", "received"),
    [({"images": "4"}, "received 4"), ({"epochs": "0"}, "received 0"), ({"width": "-1"}, "received -1 and (1,)")],
)
def test_errors_name_what_was_received(changes, received, tmp_path, capsys):
    assert train.main(arguments(tmp_path / "run", **changes)) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert received in error


def test_settings_that_are_none_of_the_papers_are_refused(tmp_path):
    with Run(tmp_path, seed=0) as run, pytest.raises(ValueError, match=r"one of imagenet, cifar10; received mnist"):
        training.train(run, "mnist")


def test_the_command_line_offers_the_settings_of_the_paper():
    assert tuple(training.SETTINGS) == train.SETTINGS
