"""The command line, and resumption of a run."""

import json

import pytest
from ectype_resnet import cifar_10, train
from ectype_resnet.presets import CIFAR


def test_a_run_prints_the_error_and_logs_curves(tmp_path, capsys):
    assert train.main(["20", "--out", str(tmp_path / "run"), "--steps", "2"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("test error: ")
    assert printed.out.endswith(" %\n")
    assert "step 2 of 2" in printed.err
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {"loss", "error", "rate"} <= lines[-1].keys()
    assert lines[-1]["rate"] == 0.1


def test_a_run_that_is_started_again_goes_on(tmp_path, capsys):
    def error(folder, steps):
        assert train.main(["20", "--plain", "--seed", "1", "--out", str(tmp_path / folder), "--steps", str(steps)]) == 0
        return capsys.readouterr().out

    error("stopped", 1)
    assert error("stopped", 2) == error("whole", 2)


def test_it_trains_on_the_files_of_cifar_10(tmp_path, capsys):
    # Oracle: where every image is of class 3, training gives a network that says 3.
    for name in (*cifar_10.TRAINING, *cifar_10.TEST):
        (tmp_path / name).write_bytes(bytes([3] + [100] * 3072) * 26)
    assert train.main(["20", "--cifar", str(tmp_path), "--out", str(tmp_path / "run"), "--steps", "3"]) == 0
    assert capsys.readouterr().out == "test error: 0.00 %\n"


@pytest.mark.parametrize(
    ("arguments", "received"),
    [(["--steps", "-2"], "steps=-2"), (["--cifar", "nowhere"], "received 0"), (["--seed", "-1"], "-1")],
)
def test_errors_name_what_was_received(arguments, received, tmp_path, capsys):
    assert train.main(["20", "--out", str(tmp_path / "run"), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert received in error


def test_the_command_line_offers_the_networks_of_table_6():
    assert tuple(CIFAR) == train.DEPTHS
