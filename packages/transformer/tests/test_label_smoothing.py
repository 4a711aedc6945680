import math

import pytest
import torch
from ectype_transformer.label_smoothing import (
    label_smoothing_loss,
    label_smoothing_loss_over_others,
    least_attainable_loss,
    least_attainable_loss_over_others,
)


def target(y, classes, smoothing):
    return [(1 - smoothing) * (k == y) + smoothing / classes for k in range(classes)]


def target_over_others(y, classes, smoothing):
    return [1 - smoothing if k == y else smoothing / (classes - 1) for k in range(classes)]


READINGS = [
    (label_smoothing_loss, least_attainable_loss, target),
    (label_smoothing_loss_over_others, least_attainable_loss_over_others, target_over_others),
]


@pytest.mark.parametrize(("loss", "least", "target"), READINGS)
def test_loss_is_the_cross_entropy_with_the_smoothed_target(loss, least, target):
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = torch.tensor([1, 4, 0, 3])
    expected = 0.0
    for row, y in zip(logits.tolist(), targets.tolist(), strict=True):
        normaliser = math.log(sum(math.exp(x) for x in row))
        expected -= sum(q * (x - normaliser) for q, x in zip(target(y, 5, 0.2), row, strict=True)) / 4
    assert loss(logits, targets, 0.2).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("loss", "least", "target"), READINGS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_least_loss_is_attained_at_the_target_and_nowhere_undercut(loss, least, target, smoothing):
    y = torch.tensor([2])
    q = torch.tensor([target(2, 6, smoothing)], dtype=torch.float64)
    bound = least(6, smoothing)
    assert loss(q.clamp(min=1e-300).log(), y, smoothing).item() == pytest.approx(bound, abs=1e-12)
    noise = torch.randn(1000, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert min(loss(row[None], y, smoothing).item() for row in noise) > bound


def test_padding_does_not_count_and_nothing_at_all_is_zero():
    logits = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = torch.tensor([[1, 2, 0], [3, 0, 0]])
    kept = torch.stack((logits[0, 0], logits[0, 1], logits[1, 0]))
    torch.testing.assert_close(
        label_smoothing_loss(logits, targets, padding=0), label_smoothing_loss(kept, torch.tensor([1, 2, 3]))
    )
    assert label_smoothing_loss(logits, torch.zeros_like(targets), padding=0) == 0


def test_gradients_of_the_readings_differ():
    logits = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    over_all = torch.autograd.grad(label_smoothing_loss(logits, torch.tensor([0]), 0.1), logits)[0]
    over_others = torch.autograd.grad(label_smoothing_loss_over_others(logits, torch.tensor([0]), 0.1), logits)[0]
    # The gradient is softmax - target, and the softmax is the same.
    torch.testing.assert_close(over_all[0, 0] - over_others[0, 0], torch.tensor(-0.1 / 4, dtype=torch.float64))


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda: label_smoothing_loss(torch.zeros(1, 3), torch.tensor([0]), 1.5), "1.5"),
        (lambda: label_smoothing_loss_over_others(torch.zeros(1, 2), torch.tensor([0]), 0.6), "smoothing=0.6"),
        (lambda: least_attainable_loss(0), "vocabulary=0"),
        (lambda: least_attainable_loss_over_others(1), "vocabulary=1"),
    ],
)
def test_errors_name_what_was_received(call, received):
    with pytest.raises(ValueError, match=received):
        call()
