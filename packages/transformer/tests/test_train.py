import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from ectype.errors import UsageError
from ectype.experiments.tensors import read_tensors, write_tensors
from ectype_transformer import train
from ectype_transformer.checkpoints import average_checkpoints, read_model, write_model
from ectype_transformer.evaluation import cross_entropy
from ectype_transformer.extras import require
from ectype_transformer.presets import BASE, BIG, TrainingSettings
from ectype_transformer.synthetic import REVERSAL, reversal_pairs
from ectype_transformer.tasks import load_task, preset
from ectype_transformer.token_pairs import PADDING
from ectype_transformer.train import main
from ectype_transformer.training import Training, initial_model
from ectype_transformer.training_run import checkpoint_interval
from torch.nn import functional as F

for library in ("rich", "tokenizers"):
    pytest.importorskip(library)
accelerate = pytest.importorskip("accelerate")

TINY = replace(REVERSAL.model, d_model=16, heads=2, layers=1, d_ff=32, dropout=0.1)
BRISK = TrainingSettings(steps=20, warmup=10, source_tokens=128, target_tokens=128)
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def training(seed=0, parts=1, dtype=torch.float32, **changes):
    pairs, _ = reversal_pairs(500)
    model = initial_model(replace(TINY, **changes), seed).to(dtype)
    return Training(model, BRISK, pairs, accelerate.Accelerator(cpu=True), seed=seed, parts=parts)


def weights(of):
    return torch.cat([parameter.detach().flatten() for parameter in of.model.parameters()])


def distance(one, other):
    """Distance of the weights relative to the way they went; in norm, as Adam blows up gradients that are mere rounding."""
    way = weights(one) - weights(training(dtype=torch.float64, dropout=0.0))
    return float((weights(one) - weights(other)).norm() / way.norm())


# The procedure


def test_steps_are_those_of_adam_written_out():
    ours, theirs = (training(dtype=torch.float64, dropout=0.0) for _ in range(2))
    model, moments = theirs.model.train(), {}
    for number in range(1, 6):
        step = ours.step()
        batch = theirs.pairs.batch(theirs.order.batch(number))
        loss = F.cross_entropy(
            model(batch.source, batch.previous).flatten(0, 1),
            batch.target.flatten(),
            ignore_index=PADDING,
            label_smoothing=0.1,
        )
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        rate = 16**-0.5 * min(number**-0.5, number * 10**-1.5)
        assert (float(step.loss), step.rate, step.target_tokens) == (
            pytest.approx(loss.item(), rel=1e-12),
            pytest.approx(rate),
            int((batch.target != PADDING).sum()),
        )
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                mean, square = moments.get(parameter, (0, 0))
                mean, square = 0.9 * mean + 0.1 * gradient, 0.98 * square + 0.02 * gradient**2
                moments[parameter] = mean, square
                parameter -= rate * mean / (1 - 0.9**number) / ((square / (1 - 0.98**number)).sqrt() + 1e-9)
    assert distance(ours, theirs) < 1e-6


def test_a_batch_in_parts_gives_the_same_step():
    whole, parts = training(dtype=torch.float64, dropout=0.0), training(dtype=torch.float64, dropout=0.0, parts=3)
    for _ in range(5):
        assert float(whole.step().loss) == pytest.approx(float(parts.step().loss), rel=1e-10)
    assert distance(whole, parts) < 1e-6


def test_parts_without_rows_count_for_nothing():
    # More parts than there are rows in any batch.
    whole, parts = training(dtype=torch.float64, dropout=0.0), training(dtype=torch.float64, dropout=0.0, parts=40)
    assert len(whole.order.batch(1)) < 40
    assert float(whole.step().loss) == pytest.approx(float(parts.step().loss), rel=1e-10)
    assert distance(whole, parts) < 1e-6


def test_a_resumed_training_is_bit_identical(tmp_path):
    through = training()
    for step in range(8):
        if step == 3:
            through.save(tmp_path / "state.safetensors")
        through.step()
    resumed = training(seed=0)
    torch.rand(5)
    resumed.load(tmp_path / "state.safetensors")
    fresh_moments = training(seed=0)
    fresh_moments.load(tmp_path / "state.safetensors")
    fresh_moments.adam.state.clear()
    for _ in range(5):
        resumed.step()
        fresh_moments.step()
    assert resumed.done == through.done
    assert weights(resumed).equal(weights(through))
    assert not weights(fresh_moments).equal(weights(through))


def test_the_seed_decides():
    runs = [training(seed) for seed in (0, 0, 1)]
    for run in runs:
        run.step()
    assert weights(runs[0]).equal(weights(runs[1]))
    assert not weights(runs[0]).equal(weights(runs[2]))


def test_dropout_differs_from_step_to_step():
    run = training(dropout=0.5)
    batch = run.pairs.batch(run.order.batch(1))
    run.order.batch = lambda step: torch.arange(len(batch.source))
    run.adam.step = lambda closure: None
    assert float(run.step().loss) != float(run.step().loss)


def test_parts_below_one_are_refused():
    with pytest.raises(ValueError, match="parts must be at least 1; received 0"):
        training(parts=0)


# Checkpoints


def test_the_average_of_checkpoints_is_the_mean_of_their_weights(tmp_path):
    paths = []
    for number, value in enumerate((1.0, 2.0, 6.0)):
        paths.append(tmp_path / f"{number}.safetensors")
        write_tensors(paths[-1], {"a": torch.full((2, 2), value), "b": torch.tensor([-value])})
    average = average_checkpoints(paths)
    assert {name: tensor.tolist() for name, tensor in average.items()} == {"a": [[3.0, 3.0], [3.0, 3.0]], "b": [-3.0]}
    assert average["a"].dtype == torch.float32


def test_checkpoints_of_different_models_are_not_averaged(tmp_path):
    write_tensors(tmp_path / "1", {"a": torch.zeros(2), "b": torch.zeros(1)})
    write_tensors(tmp_path / "2", {"a": torch.zeros(3), "b": torch.zeros(1)})
    with pytest.raises(ValueError, match="received number 2, which differs in a"):
        average_checkpoints([tmp_path / "1", tmp_path / "2"])
    with pytest.raises(ValueError, match="received none"):
        average_checkpoints([])


def test_a_written_model_comes_back(tmp_path):
    model = initial_model(TINY, 0).eval()
    write_model(tmp_path / "model.safetensors", model, 7)
    source = torch.tensor([[4, 5, 2]])
    assert read_model(tmp_path / "model.safetensors")(source, source).equal(model(source, source))
    assert read_tensors(tmp_path / "model.safetensors")[1]["step"] == 7


# The command line

SHORT = ["--data", "synthetic", "--cpu", "--steps", "40", "--warmup", "100", "--checkpoint-every", "5"]


def metrics(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def command(*arguments, launcher=(sys.executable, "-m")):
    return [*launcher, "ectype_transformer.train", *map(str, arguments)]


def test_a_killed_run_ends_with_the_same_bytes_when_it_is_resumed(tmp_path):
    through, killed = tmp_path / "through", tmp_path / "killed"
    arguments = [*SHORT, "--dropout", "0.1", "--report-every", "5"]
    assert main([*arguments, "--out", str(through)]) == 0
    process = subprocess.Popen(
        command(*arguments, "--out", killed), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    limit = time.monotonic() + 60
    while not (killed / "state.safetensors").exists():
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < limit
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (killed / "model.safetensors").exists()

    assert main([*arguments, "--out", str(killed), "--resume"]) == 0
    for name in ("model.safetensors", "averaged.safetensors"):
        assert (killed / name).read_bytes() == (through / name).read_bytes()
    both = (
        [{k: v for k, v in line.items() if "second" not in k} for line in metrics(run)] for run in (killed, through)
    )
    assert next(both) == next(both)


def test_the_folder_of_a_run_is_not_overwritten_nor_mixed_with_another(tmp_path, capsys):
    arguments = ["--data", "synthetic", "--cpu", "--steps", "2", "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    assert main(arguments) == 2
    assert "without a run" in capsys.readouterr().err
    assert main([*arguments, "--resume", "--seed", "1"]) == 2
    assert "seed 1, which was 0" in capsys.readouterr().err
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    assert main([*arguments, "--resume"]) == 0
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before
    assert main([*arguments, "--resume", "--steps", "4"]) == 0
    assert metrics(tmp_path / "run")[-1]["step"] == 4


def test_as_many_checkpoints_as_are_averaged_are_kept(tmp_path):
    assert main([*SHORT, "--out", str(tmp_path / "run")]) == 0
    kept = sorted((tmp_path / "run" / "weights").iterdir())
    assert [path.name for path in kept] == [f"step-{step:08d}.safetensors" for step in (20, 25, 30, 35, 40)]
    averaged = read_tensors(tmp_path / "run" / "averaged.safetensors")[0]
    assert all(averaged[name].equal(tensor) for name, tensor in average_checkpoints(kept).items())


def test_the_shipped_corpus_is_learned_beyond_word_frequencies(tmp_path):
    folder = tmp_path / "run"
    assert main(["--data", "shipped", "--cpu", "--steps", "180", "--out", str(folder)]) == 0
    task = load_task("shipped", folder / "data")
    # Oracle: token frequencies of the training targets, each count raised by one.
    counts = torch.bincount(task.train.target.tokens.long(), minlength=task.vocabulary).double() + 1
    unigram = float(-(counts / counts.sum()).log()[task.held_out.target.tokens.long()].mean())
    losses = [line["held_out_loss"] for line in metrics(folder) if "held_out_loss" in line]
    assert losses[-1] < unigram / 2
    assert losses[-1] == pytest.approx(cross_entropy(read_model(folder / "model.safetensors"), task.held_out))
    untrained = initial_model(read_model(folder / "model.safetensors").settings, 0)
    assert cross_entropy(untrained, task.held_out) > unigram


def test_two_processes_train_as_one(tmp_path):
    arguments = [*SHORT, "--steps", "10", "--report-every", "1"]
    assert main([*arguments, "--out", str(tmp_path / "one")]) == 0
    program = shutil.which("accelerate", path=Path(sys.executable).parent)
    launcher = [program, "launch", "--multi_gpu", "--num_processes=2", "--num_machines=1", "--main_process_port=0"]
    launcher += ["--mixed_precision=no", "--dynamo_backend=no", "-m"]
    run = subprocess.run(
        command(*arguments, "--out", tmp_path / "two", launcher=launcher),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads((tmp_path / "two" / "run.json").read_text())["environment"]["processes"] == 2
    one, two = ([line["loss"] for line in metrics(tmp_path / name) if "loss" in line] for name in ("one", "two"))
    assert len(one) == 10
    assert two == pytest.approx(one, rel=1e-4)
    assert one[-1] < 0.9 * one[0]


def test_half_precision_trains_to_about_the_same_loss(tmp_path):
    arguments = [*SHORT, "--steps", "10", "--report-every", "1"]
    half = command(*arguments, "--mixed-precision", "bf16", "--out", tmp_path / "half")
    run = subprocess.run(half, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert main([*arguments, "--out", str(tmp_path / "single")]) == 0
    half, single = (
        [line["loss"] for line in metrics(tmp_path / name) if "loss" in line] for name in ("half", "single")
    )
    assert half != single
    assert half == pytest.approx(single, rel=0.01)


def test_help_does_not_need_torch():
    # What the package's own `__init__` imports is not at issue here: a bare package of the same name takes its place.
    script = f"""
import sys, types
package = sys.modules["ectype_transformer"] = types.ModuleType("ectype_transformer")
package.__path__ = [{str(Path(train.__file__).parent)!r}]
from ectype_transformer.train import main
try:
    main(["--help"])
except SystemExit:
    print("torch" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "--mixed-precision" in run.stdout
    assert run.stdout.splitlines()[-1] == "False"


def test_offline_the_error_of_the_command_line_is_one_line(tmp_path):
    arguments = ["--data", "wmt14-en-de", "--out", tmp_path / "run", "--cpu"]
    run = subprocess.run(
        command(*arguments),
        env=ENVIRONMENT | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.startswith("error: wmt/wmt14 (de-en) must be a copy of WMT 2014")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (["--preset", "huge"], "--preset must be one of small with --data synthetic; received huge"),
        (["--steps", "0"], "received steps=0"),
        (["--checkpoint-every", "0"], "received checkpoint_every=0"),
        (["--dropout", "1"], "dropout must be in [0, 1); received 1.0"),
        (["--tokens", "5"], "batch of 5 tokens; received 20000 pairs, the longest of 9"),
    ],
)
def test_errors_name_what_was_received(arguments, received, tmp_path, capsys):
    assert main(["--data", "synthetic", "--cpu", "--out", str(tmp_path / "run"), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert received in error


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(UsageError, match=r"needs accelerate.*pip install 'ectype-transformer\[train\]'"):
        require("accelerate")


# Settings of the paper


def test_rows_and_intervals_are_those_of_the_paper():
    assert preset("wmt14-en-de", None) == BASE
    assert preset("wmt14-en-de", "big") == BIG
    french = preset("wmt14-en-fr", "big").model
    assert (french.vocabulary, french.dropout, french.d_model) == (32_000, 0.1, 1024)
    # Ten minutes at 0.4 s and 1.0 s a step.
    assert checkpoint_interval("wmt14-en-de", BASE) == 1500
    assert checkpoint_interval("wmt14-en-de", BIG) == 600
    assert math.isclose(60 * BASE.training.checkpoint_minutes, 1500 * 0.4)
