"""The command line: it trains, reports, and goes on with a run that was interrupted."""

import json

import pytest
from ectype_roformer.train import main
from safetensors.torch import load_file

LITTLE = ["--d-model", "8", "--layers", "1", "--heads", "2", "--d-ff", "8", "--batch", "2", "--length", "16"]


@pytest.fixture
def command(tmp_path):
    text = tmp_path / "text.txt"
    text.write_bytes(bytes(range(256)) + b"abc" * 50)
    return ["--text", str(text), *LITTLE]


def test_it_trains_and_goes_on(command, tmp_path, capsys):
    assert main([*command, "--out", str(tmp_path / "whole"), "--steps", "4"]) == 0
    whole = capsys.readouterr().out
    assert 0 < float(whole.split()[1]) < 10
    main([*command, "--out", str(tmp_path / "parts"), "--steps", "2"])
    capsys.readouterr()
    assert main([*command, "--out", str(tmp_path / "parts"), "--steps", "4"]) == 0
    assert capsys.readouterr().out == whole
    last = json.loads((tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"{last['loss']:.4f}" == whole.split()[1]
    saved = [load_file(tmp_path / run / "training.safetensors") for run in ("whole", "parts")]
    assert all(saved[0][name].equal(saved[1][name]) for name in saved[0])


def test_options_reach_the_training(command, tmp_path, capsys):
    outputs = []
    for number, more in enumerate(([], ["--seed", "1"], ["--rate", "0.1"], ["--length", "17"])):
        assert main([*command, "--out", str(tmp_path / str(number)), "--steps", "3", *more]) == 0
        outputs.append(capsys.readouterr().out)
    assert len(set(outputs)) == 4


def test_no_steps_give_no_loss(command, tmp_path, capsys):
    assert main([*command, "--out", str(tmp_path / "none"), "--steps", "0"]) == 0
    assert capsys.readouterr().out == "loss: nan nats\n"


@pytest.mark.parametrize(
    ("more", "received"),
    [
        (["--length", "500"], "at least 500 tokens; received 406"),
        (["--batch", "0"], "batch must be at least 1; received 0"),
        (["--heads", "3"], "received d_model=8, heads=3"),
        (["--seed", "-1"], "-1"),
        (["--text", "absent.txt"], "absent.txt"),
    ],
)
def test_wrong_use_is_one_line(command, tmp_path, capsys, more, received):
    assert main([*command, "--out", str(tmp_path / "out"), *more]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert received in err
