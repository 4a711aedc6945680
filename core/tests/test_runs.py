"""Runs: seeded, checkpointed, and resumed bit by bit after being killed at any moment."""

import json
import multiprocessing
import os
import random
import signal
import time

import numpy as np
import pytest
import torch
from ectype.errors import UsageError
from ectype.experiments import Run
from ectype.experiments.run import digest_of
from ectype.experiments.seeds import seed_everything, stream
from ectype.experiments.states import flatten, restore, state_of, unflatten
from ectype.experiments.tensors import read_tensors, write_tensors
from hypothesis import given, settings
from hypothesis import strategies as st

STEPS = 120
FORK = multiprocessing.get_context("fork")


def train(run, pause=0.0):
    """Train with dropout, noise from three generators, momentum, a schedule and a generator of its own."""
    net = torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1)
    )
    adam = torch.optim.AdamW(net.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, STEPS)
    own, numbers = stream(run.seed, "own"), np.random.default_rng(run.seed)
    for step in run.steps(STEPS, model=net, optimizer=adam, schedule=schedule, own=own, numbers=numbers):
        x = torch.randn(8, 6) + torch.randn(8, 6, generator=own) + random.random() + np.random.rand() + numbers.random()
        loss = net(x).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        run.log(step, loss=loss.item())
        time.sleep(pause)
    for _ in run.steps(5, name="second loop", model=net):
        net[0].weight.data += torch.randn(8, 6)
    return {"sum": net[0].weight.sum().item()}


def once(folder, pause=0.0, patience=0.01):
    with Run(folder, seed=3, patience=patience) as run:
        return train(run, pause), dict(run.weights), run.curves()


def _in_child(folder):
    signal.alarm(60)
    once(folder, pause=0.004)


def test_killed_at_twenty_random_moments_it_ends_with_the_same_weights(tmp_path):
    expected = once(tmp_path / "whole")
    kills, chance, progress = 0, random.Random(1), set()
    while kills < 20:
        child = FORK.Process(target=_in_child, args=(tmp_path / "killed",))
        child.start()
        time.sleep(chance.uniform(0.01, 0.12))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        kills += child.exitcode == -signal.SIGKILL
        if (tmp_path / "killed" / "training.safetensors").exists():
            progress.add(read_tensors(tmp_path / "killed" / "training.safetensors")[1]["step"])
        if child.exitcode == 0:
            break
    assert len(progress) > 1, "it was never killed in the middle"
    assert once(tmp_path / "killed") == expected


def test_another_seed_gives_other_weights_and_the_same_seed_the_same(tmp_path):
    first, second = once(tmp_path / "a"), once(tmp_path / "b")
    assert first == second
    with Run(tmp_path / "c", seed=4) as run:
        train(run)
    assert run.weights != first[1]


def test_a_finished_run_gives_its_result_again_without_a_step(tmp_path):
    expected = once(tmp_path)
    before = torch.nn.functional.dropout
    torch.nn.functional.dropout = None  # any further step would fail
    try:
        assert once(tmp_path) == expected
    finally:
        torch.nn.functional.dropout = before


def _hold(folder, ready, done):
    with Run(folder, seed=3):
        ready.set()
        done.wait(30)


def test_two_processes_cannot_be_at_one_run(tmp_path):
    ready, done = FORK.Event(), FORK.Event()
    child = FORK.Process(target=_hold, args=(tmp_path, ready, done))
    child.start()
    assert ready.wait(30)
    with pytest.raises(UsageError, match="one process at a time"), Run(tmp_path, seed=3):
        pass
    done.set()
    child.join()
    assert once(tmp_path)


@pytest.mark.parametrize("changed", [{"seed": 4}, {"threads": 2}])
def test_a_run_goes_on_only_with_what_it_began_with(tmp_path, changed):
    once(tmp_path)
    with pytest.raises(UsageError, match="what it began with"), Run(tmp_path, **{"seed": 3, **changed}):
        pass


def test_the_surroundings_are_as_before(tmp_path):
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with Run(tmp_path, seed=0, threads=2):
        assert torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled()
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


def test_a_checkpoint_of_other_things_is_refused(tmp_path):
    net = torch.nn.Linear(1, 1)
    with Run(tmp_path, seed=0) as run:
        list(run.steps(3, model=net))
    with Run(tmp_path, seed=0) as run, pytest.raises(UsageError, match="received one of"):
        list(run.steps(3, net=net))
    with Run(tmp_path, seed=0) as run, pytest.raises(UsageError, match="at most 2 steps"):
        list(run.steps(2, model=net))
    with Run(tmp_path, seed=0) as run, pytest.raises(TypeError, match="received int"):
        list(run.steps(9, name="other", model=3))


@pytest.mark.parametrize(("total", "name"), [(-1, "training"), (3, "../x"), (3, "")])
def test_a_loop_needs_a_total_and_a_name(tmp_path, total, name):
    with Run(tmp_path, seed=0) as run, pytest.raises(ValueError, match=r"received"):
        list(run.steps(total, name=name))


def test_metrics_have_no_step_twice_after_a_kill(tmp_path):
    with Run(tmp_path, seed=0, patience=1e9) as run:
        for step in run.steps(10):
            run.log(step, loss=float(step))
            if step == 7:
                break  # nothing was saved yet
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"loop": "training", "st')  # cut off
    with Run(tmp_path, seed=0) as run:
        for step in run.steps(10):
            run.log(step, loss=float("nan") if step == 9 else float(step))
    assert [line["step"] for line in run.curves()] == list(range(1, 11))
    assert run.curves()[8]["loss"] is None
    assert list((tmp_path / "tensorboard" / "training").glob("events*"))


def test_observers_see_the_last_step_and_the_metrics(tmp_path):
    seen = []
    with Run(tmp_path, seed=0, observe=seen.append) as run:
        for step in run.steps(3):
            run.log(step, loss=1.0 / step)
    assert seen[-1] == {"loop": "training", "step": 3, "of": 3, "loss": pytest.approx(1 / 3)}


def test_data_is_known_by_its_digest(tmp_path):
    with Run(tmp_path, seed=0) as run:
        run.uses(x=torch.arange(3), y=np.arange(3))
        assert run.data["x"] == digest_of({"x": torch.arange(3)})
        assert run.data["x"] != digest_of({"x": torch.arange(3).float()})


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(ValueError, match=str(seed)):
        seed_everything(seed)


def test_seeding_reaches_every_generator():
    def drawn():
        return random.random(), np.random.rand(), torch.rand(1).item()

    seed_everything(5)
    first = drawn()
    seed_everything(5)
    assert drawn() == first
    seed_everything(6)
    assert not any(a == b for a, b in zip(drawn(), first, strict=True))


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(PLAIN)
@settings(deadline=None)
def test_states_come_back_as_they_were(tree):
    tensors = {}
    flat = json.loads(json.dumps(flatten({"a": tree, "t": torch.ones(2)}, "state", tensors)))
    back = unflatten(flat, tensors)
    assert back["a"] == tree
    assert type(back["a"]) is type(tree)
    assert back["t"].equal(torch.ones(2))


@pytest.mark.parametrize(
    "made", [lambda: torch.Generator().manual_seed(3), lambda: np.random.default_rng(3), lambda: random.Random(3)]
)
def test_generators_go_on_where_they_were(made):
    def draw(generator):
        return (
            torch.rand(1, generator=generator).item() if isinstance(generator, torch.Generator) else generator.random()
        )

    first, second = made(), made()
    draw(first)
    tensors = {}
    tree = flatten(state_of(first), "g", tensors)
    restore(second, unflatten(json.loads(json.dumps(tree)), tensors))
    assert draw(first) == draw(second)


def test_what_is_no_state_is_refused():
    with pytest.raises(TypeError, match="received set at state"):
        flatten({1, 2}, "state", {})


def test_a_file_of_tensors_is_whole_or_not_there(tmp_path):
    path = tmp_path / "x.safetensors"
    write_tensors(path, {"a": torch.ones(2)}, {"step": 3})
    with pytest.raises(TypeError):
        write_tensors(path, {"a": torch.zeros(2)}, {"step": object()})
    tensors, facts = read_tensors(path)
    assert tensors["a"].equal(torch.ones(2))
    assert facts == {"step": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(UsageError, match="must be a safetensors file"):
        read_tensors(tmp_path / "x.safetensors")
