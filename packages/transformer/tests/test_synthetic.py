import pytest
import torch
from ectype_transformer.checkpoints import average_checkpoints, write_model
from ectype_transformer.evaluation import exact_match
from ectype_transformer.presets import SearchSettings
from ectype_transformer.synthetic import REVERSAL, reversal_pairs
from ectype_transformer.token_pairs import END, SPECIAL_TOKENS
from ectype_transformer.training import Training, initial_model

accelerate = pytest.importorskip("accelerate")

GREEDY = SearchSettings(beam=1)


def sides(pairs):
    return [tuple(tuple(side[row].tolist()) for side in (pairs.source, pairs.target)) for row in range(len(pairs))]


def test_targets_are_the_sources_backwards_and_held_out_ones_are_new():
    train, held_out = (sides(pairs) for pairs in reversal_pairs(3000, held_out=500))
    assert (len(train), len(held_out)) == (3000, 500)
    assert {source for source, _ in train}.isdisjoint(source for source, _ in held_out)
    assert len(set(train + held_out)) == 3500
    for source, target in train + held_out:
        assert source[-1] == target[-1] == END
        assert target[:-1] == tuple(reversed(source[:-1]))
        assert all(token >= len(SPECIAL_TOKENS) for token in source[:-1])


def test_the_seed_decides():
    assert sides(reversal_pairs(50, seed=1)[0]) == sides(reversal_pairs(50, seed=1)[0])
    assert sides(reversal_pairs(50, seed=1)[0]) != sides(reversal_pairs(50, seed=2)[0])


@pytest.mark.parametrize(
    ("settings", "received"),
    [
        ({"count": 0}, "count=0"),
        ({"count": 5, "held_out": -1}, "held_out=-1"),
        ({"count": 200, "longest": 2}, "count=200, held_out=0, longest=2"),
    ],
)
def test_errors_name_what_was_received(settings, received):
    with pytest.raises(ValueError, match=received):
        reversal_pairs(**settings)


def train_and_average(pairs, folder):
    """Sec. 6.1 in small: the average of the last five checkpoints, written every 40 steps."""
    model = initial_model(REVERSAL.model, seed=0)
    training = Training(model, REVERSAL.training, pairs, accelerate.Accelerator(cpu=True), seed=0)
    checkpoints = []
    while training.done < REVERSAL.training.steps:
        training.step()
        if training.done % 40 == 0:
            checkpoints.append(folder / f"{training.done}.safetensors")
            write_model(checkpoints[-1], model, training.done)
    model.load_state_dict(average_checkpoints(checkpoints[-5:]))
    return model


@pytest.fixture
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
def test_a_small_transformer_solves_the_task(tmp_path):
    train, held_out = reversal_pairs(20_000, held_out=200)
    untrained = initial_model(REVERSAL.model, seed=0)
    assert exact_match(untrained, held_out, search=GREEDY) == 0
    model = train_and_average(train, tmp_path)
    assert exact_match(model, held_out, search=GREEDY) >= 0.95
    assert exact_match(model, held_out) >= 0.95


@pytest.mark.usefixtures("one_thread")
def test_without_positions_it_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "ectype_transformer.embedding.sinusoidal_positions",
        lambda length, d_model, *, dtype, device: torch.zeros(length, d_model, dtype=dtype, device=device),
    )
    train, held_out = reversal_pairs(20_000, held_out=200)
    assert exact_match(train_and_average(train, tmp_path), held_out, search=GREEDY) <= 0.05
