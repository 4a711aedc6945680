import math

import pytest
import torch
from ectype_transformer.position_dialects import (
    ddpm_positions,
    diffusers_positions,
    fairseq_positions,
    improved_diffusion_positions,
    tensor2tensor_positions,
)
from ectype_transformer.positions import LearnedPositions, geometric_frequencies, sinusoidal_positions

WIDTHS = (4, 7, 8)


def rows(positions, width, exponent, *, cosines_first=False):
    """All sines and all cosines in plain floats, a zero at the end of an odd width."""
    result = []
    for position in positions:
        angles = [position / 10_000 ** exponent(i, width // 2) for i in range(width // 2)]
        halves = [math.sin(a) for a in angles], [math.cos(a) for a in angles]
        first, second = reversed(halves) if cosines_first else halves
        result.append([*first, *second, *[0.0] * (width % 2)])
    return torch.tensor(result, dtype=torch.float64)


def test_sinusoids_are_the_formula():
    expected = [
        [(math.cos if j % 2 else math.sin)(pos / 10_000 ** ((j - j % 2) / 6)) for j in range(6)] for pos in range(3, 12)
    ]
    actual = sinusoidal_positions(9, 6, offset=3, dtype=torch.float64)
    torch.testing.assert_close(actual, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-12)


def test_low_precision_is_rounded_once():
    exact = sinusoidal_positions(5000, 8, dtype=torch.float64)
    assert sinusoidal_positions(5000, 8, dtype=torch.bfloat16).equal(exact.to(torch.bfloat16))
    assert sinusoidal_positions(3, 8).dtype == torch.get_default_dtype()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("dialect", "exponent", "cosines_first"),
    [
        (tensor2tensor_positions, lambda i, n: i / (n - 1), False),
        (fairseq_positions, lambda i, n: i / (n - 1), False),
        (ddpm_positions, lambda i, n: i / (n - 1), False),
        (improved_diffusion_positions, lambda i, n: i / n, True),
        (diffusers_positions, lambda i, n: i / (n - 1), False),
    ],
)
def test_dialects_are_their_formulas(dialect, exponent, cosines_first, width):
    positions = torch.tensor([0.0, 1.0, 2.5, 40.0], dtype=torch.float64)
    expected = rows(positions.tolist(), width, exponent, cosines_first=cosines_first)
    torch.testing.assert_close(dialect(positions, width), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("shift", [0, 1, 0.5])
@pytest.mark.parametrize("width", WIDTHS)
def test_diffusers_dialect_is_that_of_diffusers(flip, shift, width):
    embeddings = pytest.importorskip("diffusers.models.embeddings")
    positions = torch.tensor([0.0, 1.0, 2.5, 40.0])
    expected = embeddings.get_timestep_embedding(positions, width, flip_sin_to_cos=flip, downscale_freq_shift=shift)
    actual = diffusers_positions(positions, width, flip_sin_to_cos=flip, downscale_freq_shift=float(shift))
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-5)


def test_one_frequency_is_one_in_tensor2tensor_and_an_error_in_fairseq():
    position = torch.tensor([2.0], dtype=torch.float64)
    assert tensor2tensor_positions(position, 2).tolist() == [[math.sin(2), math.cos(2)]]
    with pytest.raises(ValueError, match="count=1, shift=1"):
        fairseq_positions(position, 2)


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda: sinusoidal_positions(3, 7), "7"),
        (lambda: sinusoidal_positions(3, 0), "0"),
        (lambda: geometric_frequencies(0), "count=0"),
        (lambda: LearnedPositions(0, 4), "length=0"),
        (lambda: LearnedPositions(5, 4)(6), "5 positions cannot encode 6"),
    ],
)
def test_errors_name_what_was_received(call, received):
    with pytest.raises(ValueError, match=received):
        call()
