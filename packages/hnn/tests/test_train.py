"""The command line, resumption of a run, and that training does what the table says on a small scale."""

import json

import pytest
from ectype.experiments import Run
from ectype_hnn import train, training


def test_a_run_prints_the_metrics_and_logs_curves(tmp_path, capsys):
    assert train.main(["spring", "hnn", "--out", str(tmp_path / "run"), "--steps", "3"]) == 0
    printed = capsys.readouterr()
    assert [line.split(":")[0] for line in printed.out.splitlines()] == [
        "train loss",
        "test loss",
        "energy",
        "log10 energy",
        "energy from the box",
        "energy of the notebook",
    ]
    assert "step 3 of 3" in printed.err
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {"train_loss", "test_loss"} <= lines[-1].keys()


def test_a_run_that_was_interrupted_ends_alike(tmp_path):
    def metrics(folder):
        with Run(tmp_path / folder, seed=1, patience=0.0) as run:
            return training.train_two_body(run, "hnn", steps=6)

    whole = metrics("whole")
    with Run(tmp_path / "stopped", seed=1, patience=0.0) as run:
        data = training.two_body_data(run.seed)
        network = training.HamiltonianNetwork(8)
        seen = training.Observations(data.train.states.float(), data.train.derivatives.float())
        fit = training.Fit(network, seen, training.presets.TWO_BODY, seed=run.seed)
        for step in run.steps(6, fit=fit):
            fit.step()
            if step == 4:
                break
    assert metrics("stopped") == whole


@pytest.mark.parametrize(
    ("arguments", "received"), [(["--seed", "-1"], "-1"), (["--steps", "-2"], "steps must be at least 0; received -2")]
)
def test_errors_name_what_was_received(arguments, received, tmp_path, capsys):
    assert train.main(["spring", "hnn", "--out", str(tmp_path / "run"), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert received in error


def test_a_model_that_is_none_of_them_is_refused(tmp_path):
    with Run(tmp_path, seed=0) as run, pytest.raises(ValueError, match=r"model must be one of hnn, .*; received cnn"):
        training.train_pendulum(run, "cnn")


def test_the_command_line_offers_what_the_experiments_have():
    assert train.MODELS == training.MODELS


def test_the_true_field_has_no_energy_error_and_the_loss_of_the_noise(tmp_path):
    with Run(tmp_path, seed=0) as run:
        metrics = training.train_spring(run, "true")
    assert metrics["energy of the notebook"] == 0
    # Oracle: H = q^2 + p^2 doubles the noise of 0.1 in either coordinate.
    assert metrics["test loss"] == pytest.approx(4 * 0.1**2, rel=0.1)


def test_a_linear_field_is_right_for_the_spring_and_wrong_for_the_pendulum(tmp_path):
    metrics = {}
    for task in (training.train_spring, training.train_pendulum):
        with Run(tmp_path / task.__name__, seed=0) as run:
            metrics[task] = task(run, "linear")
    assert metrics[training.train_spring]["test loss"] < 0.045
    assert metrics[training.train_pendulum]["test loss"] > 0.15


def test_what_stands_still_has_no_energy_error_but_for_the_tolerance(tmp_path):
    with Run(tmp_path, seed=0) as run:
        metrics = training.train_two_body(run, "still")
    assert metrics["energy"] < 1e-9
    assert metrics["test loss"] > 0.03
