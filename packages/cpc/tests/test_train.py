"""The command line: it reads recordings, trains, reports, and goes on with a run that was interrupted."""

import json
import wave

import numpy as np
import pytest
import torch
from ectype_cpc.train import main, recordings
from safetensors.torch import load_file

LITTLE = ["--window", "3200", "--channels", "4", "--hidden", "4", "--batch", "2"]


def write(path, samples, rate=16_000, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.asarray(samples, dtype="<i2").tobytes())


@pytest.fixture
def audio(tmp_path):
    folder = tmp_path / "audio"
    folder.mkdir()
    write(folder / "a.wav", np.random.RandomState(0).randint(-9000, 9000, 30_000))
    return folder


def test_it_trains_and_goes_on(audio, tmp_path, capsys):
    command = ["--audio", str(audio), *LITTLE]
    assert main([*command, "--out", str(tmp_path / "whole"), "--updates", "4"]) == 0
    whole = capsys.readouterr().out
    assert 0 < float(whole.split()[1]) < 10
    main([*command, "--out", str(tmp_path / "parts"), "--updates", "2"])
    capsys.readouterr()
    assert main([*command, "--out", str(tmp_path / "parts"), "--updates", "4"]) == 0
    assert capsys.readouterr().out == whole
    last = json.loads((tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"{last['loss']:.4f}" == whole.split()[1]
    saved = [load_file(tmp_path / run / "training.safetensors") for run in ("whole", "parts")]
    assert all(saved[0][name].equal(saved[1][name]) for name in saved[0])


def test_no_updates_give_no_loss(audio, tmp_path, capsys):
    assert main(["--audio", str(audio), *LITTLE, "--out", str(tmp_path / "none"), "--updates", "0"]) == 0
    assert capsys.readouterr().out == "loss: nan nats\n"


def test_recordings_are_cut_into_pieces(tmp_path):
    write(tmp_path / "b.wav", np.arange(100))
    write(tmp_path / "a.wav", -np.arange(50))
    found = recordings(tmp_path, 10)
    assert found.shape == (3, 40)
    assert torch.equal(found[1] * 2**15, torch.arange(40.0))
    assert torch.equal(found[2] * 2**15, torch.arange(40.0, 80.0))
    assert float(found[0, 39]) * 2**15 == -39


@pytest.mark.parametrize(
    ("samples", "rate", "more", "received"),
    [
        (30_000, 8_000, [], "(1, 16, 8000)"),
        (100, 16_000, [], "at least 12800 samples; received none"),
        (30_000, 16_000, ["--batch", "0"], "batch must be at least 1; received 0"),
        (30_000, 16_000, ["--seed", "-1"], "-1"),
    ],
)
def test_wrong_use_is_one_line(tmp_path, capsys, samples, rate, more, received):
    write(tmp_path / "a.wav", np.zeros(samples), rate)
    assert main(["--audio", str(tmp_path), "--out", str(tmp_path / "out"), *LITTLE, *more]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert received in err
