import pytest
import torch
from ectype_transformer.attention import scaled_dot_product_attention
from ectype_transformer.complexity import (
    convolutional_cost,
    recurrent_cost,
    restricted_self_attention_cost,
    self_attention_cost,
    training_cost,
)
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds(run):
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() // 2


@pytest.mark.parametrize(("n", "d"), [(5, 8), (12, 4)])
def test_operations_are_those_that_torch_runs(n, d):
    x = torch.zeros(1, n, d)
    assert multiply_adds(lambda: scaled_dot_product_attention(x, x, x)) == self_attention_cost(n, d).operations
    recurrent = nn.RNN(d, d, batch_first=True)
    assert multiply_adds(lambda: recurrent(x)) == recurrent_cost(n, d).operations
    convolution = nn.Conv1d(d, d, 3, padding="same")
    assert multiply_adds(lambda: convolution(x.mT)) == convolutional_cost(n, d, 3).operations
    window = torch.zeros(1, n, 3, d)  # the neighbourhood of each position
    restricted = lambda: scaled_dot_product_attention(x.unsqueeze(-2), window, window)  # noqa: E731
    assert multiply_adds(restricted) == restricted_self_attention_cost(n, d, 3).operations


def layers_until_connected(n, offsets_of_layer):
    """Layers of the stack until every output position sees every input position, by following the connections."""
    seen, layers = {0}, 0
    while not seen.issuperset(range(1 - n, n)):
        seen, layers = {a + b for a in seen for b in offsets_of_layer(layers)}, layers + 1
    return layers


@pytest.mark.parametrize("n", [2, 5, 9, 14, 40])
@pytest.mark.parametrize("window", [3, 5])
def test_paths_are_those_of_the_connections(n, window):
    reach = range(-(window // 2), window // 2 + 1)
    dilated = lambda layer: [window**layer * offset for offset in reach]  # noqa: E731
    assert layers_until_connected(n, dilated) == convolutional_cost(n, 1, window).path
    assert layers_until_connected(n, lambda layer: reach) == restricted_self_attention_cost(n, 1, window).path


def test_training_cost_is_a_product():
    assert training_cost(10, 8, 1e12) == 8e13


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda: self_attention_cost(0, 4), "length=0"),
        (lambda: recurrent_cost(4, 0), "width=0"),
        (lambda: convolutional_cost(4, 4, 2), "received 2"),
        (lambda: restricted_self_attention_cost(4, 4, 1), "received 1"),
    ],
)
def test_errors_name_what_was_received(call, received):
    with pytest.raises(ValueError, match=received):
        call()
