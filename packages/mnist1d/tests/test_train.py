"""The command line: it trains, reports, and goes on with a run that was interrupted."""

import json

import pytest
from ectype_mnist1d.train import main, report

LITTLE = ["--model", "logistic", "--steps", "30", "--batch", "50"]


def test_it_trains_and_prints_the_metrics(tmp_path, capsys):
    assert main([*LITTLE, "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    names = [line.split(":")[0] for line in out.splitlines()]
    assert names == ["test accuracy", "best test accuracy", "train accuracy"]
    assert all(10 < float(line.split()[-2]) < 60 for line in out.splitlines())
    assert "step 31 of 31, test accuracy" in err
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 31]


def test_the_same_command_goes_on(tmp_path, capsys):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    main([*LITTLE, "--out", str(whole)])
    first = capsys.readouterr().out
    main([*LITTLE, "--out", str(parts), "--steps", "11"])
    capsys.readouterr()
    main([*LITTLE, "--out", str(parts)])
    assert capsys.readouterr().out == first


def test_data_and_seed_are_passed_on(tmp_path, capsys):
    outputs = []
    for number, more in enumerate(([], ["--seed", "1"], ["--data", "shuffled labels"], ["--learning-rate", "0.5"])):
        assert main([*LITTLE, "--out", str(tmp_path / str(number)), *more]) == 0
        outputs.append(capsys.readouterr().out)
    assert len(set(outputs)) == 4


@pytest.mark.parametrize(("more", "received"), [(["--steps", "0"], "last_step=0"), (["--seed", "-1"], "-1")])
def test_wrong_options_are_one_line(tmp_path, capsys, more, received):
    assert main([*LITTLE, "--out", str(tmp_path), *more]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert received in err


def test_progress_without_metrics(capsys):
    report({"loop": "training", "step": 0, "of": 5})
    assert capsys.readouterr().err == "\rstep 0 of 5"
