"""The command line of the training script, and resumption of a run."""

import json

import numpy as np
import pytest
from ectype_layernorm import train


@pytest.fixture
def data(tmp_path):
    """Images whose class is the half in which they are bright."""
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=60)
    images = rng.integers(100, size=(60, 4, 4)).astype(np.uint8)
    images[:, :, :2] += np.uint8(150) * labels[:, None, None].astype(np.uint8)
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=images[:40], y_train=labels[:40], x_test=images[40:], y_test=labels[40:])
    return path


def arguments(data, folder, *more):
    return ["layer", "--data", str(data), "--out", str(folder), "--hidden", "16", "--batch", "8", *more]


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("model", ["layer", "batch", "baseline"])
def test_each_model_learns_what_can_be_seen(model, data, tmp_path, capsys):
    assert train.main([model, *arguments(data, tmp_path / "run", "--epochs", "20", "--rate", "0.01")[1:]]) == 0
    found = lines(tmp_path / "run")
    assert len(found) == 20
    assert found[-1]["test_error"] <= 0.1
    assert capsys.readouterr().out.splitlines()[0] == f"test error: {found[-1]['test_error']:.4f}"


def test_a_run_ends_alike_whenever_it_is_done(data, tmp_path, capsys):
    printed = []
    for folder in ("first", "second", "second"):
        assert train.main(arguments(data, tmp_path / folder, "--epochs", "2", "--seed", "3")) == 0
        printed.append(capsys.readouterr().out)
    assert len(set(printed)) == 1


@pytest.mark.parametrize(("option", "value", "received"), [("--batch", "0", "batch=0"), ("--hidden", "0", "hidden=0")])
def test_errors_name_what_was_received(option, value, received, data, tmp_path, capsys):
    assert train.main([*arguments(data, tmp_path / "run"), option, value]) == 2
    assert received in capsys.readouterr().err


def test_a_file_without_the_arrays_is_refused(tmp_path, capsys):
    path = tmp_path / "other.npz"
    np.savez(path, x_train=np.zeros((1, 2)))
    assert train.main(arguments(path, tmp_path / "run")) == 2
    assert "['x_test', 'y_test', 'y_train']" in capsys.readouterr().err


def test_images_are_numbers_from_zero_to_one(data):
    images = train.read(data)["x_train"]
    assert images.shape == (40, 16)
    assert images.min() >= 0
    assert 0.5 < images.max() <= 1
