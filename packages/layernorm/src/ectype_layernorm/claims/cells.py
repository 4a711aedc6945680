"""Recurrent cells (section 3.1 and the supplement)."""

from functools import partial

import numpy as np
import torch
from ectype.traits import Causal
from torch import nn

from ectype_layernorm.claims import oracles
from ectype_layernorm.claims.shared import at_random, normal, paper, refusal, seeded
from ectype_layernorm.gru import GRUCell, LayerNormGRUCell
from ectype_layernorm.layer_norm import LayerNorm
from ectype_layernorm.lstm import CellNormLSTMCell, LayerNormLSTMCell, LSTMCell
from ectype_layernorm.recurrent import LayerNormRNNCell, check_sizes, unroll

SIZES = [{"inputs": 3, "hidden": 5}]
NORMED = [*SIZES, {"inputs": 2, "hidden": 3, "eps": 0.03}]


def input_and_state(rng, inputs, hidden, batch=3):
    return normal(rng, batch, inputs), normal(rng, batch, hidden)


def input_and_two_states(rng, inputs, hidden, batch=3):
    return normal(rng, batch, inputs), normal(rng, batch, hidden), normal(rng, batch, hidden)


paper.component("layer", of=LayerNormRNNCell, settings=NORMED)(input_and_state)
paper.equation("Eq. 4", of=LayerNormRNNCell)(oracles.rnn_cell)

paper.component("layer", of=LSTMCell, settings=SIZES)(input_and_two_states)
paper.component("layer", of=LayerNormLSTMCell, settings=NORMED)(input_and_two_states)
paper.component("layer", of=CellNormLSTMCell, settings=NORMED)(input_and_two_states)
for locators, of in (((17, 18, 19), LSTMCell), ((20, 21, 22), LayerNormLSTMCell), ((29, 30, 31), CellNormLSTMCell)):
    for number in locators:
        paper.equation(f"Eq. {number}", of=of)(oracles.lstm)

paper.component("layer", of=GRUCell, settings=SIZES)(input_and_state)
paper.component("layer", of=LayerNormGRUCell, settings=NORMED)(input_and_state)
for locators, of in (((23, 24, 25), GRUCell), ((26, 27, 28), LayerNormGRUCell)):
    for number in locators:
        paper.equation(f"Eq. {number}", of=of)(oracles.gru)


@paper.reference(of=LSTMCell)
def torch_lstm(inputs, hidden):
    return without_bias(nn.LSTMCell(inputs, hidden), "bias_hh")


@torch_lstm.weights
def _(ours):
    def gates(name):  # torch's order is input, forget, candidate, output
        forget, into, out, candidate = ours[name].chunk(4)
        return torch.cat((into, forget, candidate, out))

    matrices = {"weight_hh": gates("recurrent.weight"), "weight_ih": gates("input.weight")}
    return {**matrices, "bias_ih": gates("bias"), "bias_hh": 0 * ours["bias"]}


@torch_lstm.call
def _(reference, x, h, c):
    return reference(x, (h, c))


@paper.reference(of=GRUCell)
def torch_gru(inputs, hidden):
    return nn.GRUCell(inputs, hidden, bias=False)


@torch_gru.weights
def _(ours):
    def gates(both, new):  # torch's order is reset, update, candidate, and its update gate keeps the old state
        update, reset = ours[both].chunk(2)
        return torch.cat((reset, -update, ours[new]))

    return {
        "weight_hh": gates("gates_recurrent.weight", "recurrent.weight"),
        "weight_ih": gates("gates_input.weight", "input.weight"),
    }


def without_bias(module, name):
    """A module of torch that does not train one of its biases."""
    getattr(module, name).requires_grad_(False)
    return module


def leak(x, h):
    """A cell with nothing to learn."""
    return torch.tanh(0.5 * h + x)


@paper.component("layer", of=unroll, settings=[{"cell": leak}], traits=[Causal("length")])
def sequences(rng, batch=2, length=3, units=4):
    return normal(rng, batch, length, units), normal(rng, batch, units)


@sequences.limit("one step")
def _(rng):
    return normal(rng, 2, 1, 4), normal(rng, 2, 4)


@paper.equation("Sec. 3.1", of=unroll)
def leaks(sequence, state):
    states = []
    for step in range(sequence.shape[1]):
        state = np.tanh(0.5 * state + sequence[:, step])
        states.append(state)
    return np.stack(states, axis=1)


@paper.property(
    "Sec. 3.1", "one set of gain and bias parameters serves all steps, and sequences of any length", draws=5
)
def any_length(rng):
    cell = at_random(rng, lambda: LayerNormRNNCell(3, 4))
    short, state = normal(rng, 2, 3, 3), normal(rng, 2, 4)
    long = torch.cat((short, normal(rng, 2, 50, 3)), dim=1)
    same = unroll(long, state, cell)[:, :3] == unroll(short, state, cell)
    return same.all() & torch.tensor(sum(p.numel() for p in cell.parameters()) == 4 * 4 + 4 * 3 + 2 * 4)


@paper.property("Sec. 3.1", "it is invariant to re-scaling all of the summed inputs to a layer")
def rescaled_recurrence(rng):
    cell = at_random(rng, lambda: LayerNormRNNCell(3, 4, 0.0))
    sequence, state = normal(rng, 2, 5, 3), normal(rng, 2, 4)
    before = unroll(sequence, state, cell)
    with torch.no_grad():
        cell.recurrent.weight *= 7
        cell.input.weight *= 7
    return before, unroll(sequence, state, cell)


@paper.property("Sec. 3.1", "a standard RNN is not", holds=False)
def rescaled_standard_recurrence(rng):
    weights, (sequence, state) = normal(rng, 4, 4), (normal(rng, 2, 5, 4), normal(rng, 2, 4))
    cells = [lambda x, h, s=s: torch.tanh(s * (h @ weights + x)) for s in (1, 7)]
    return tuple(unroll(sequence, state, cell) for cell in cells)


@paper.property("Sec. 6", "all gains begin at one and all biases at zero", draws=1)
def initial_values(rng):
    cells = [LayerNormRNNCell, LayerNormLSTMCell, CellNormLSTMCell, LayerNormGRUCell, LSTMCell, GRUCell]
    made = [seeded(rng, partial(cell, 3, 4)) for cell in cells]
    norms = [[m for m in cell.modules() if isinstance(m, LayerNorm)] for cell in made]
    ones = all(bool((norm.gain == 1).all() and (norm.bias == 0).all()) for found in norms for norm in found)
    biases = all(not cell.bias.any() for cell in made if hasattr(cell, "bias"))
    return ones and biases and [len(found) for found in norms] == [1, 3, 1, 4, 0, 0]


@paper.property("Sec. 6", "the constant under the root is that of every norm, and the authors' unless given", draws=1)
def constants_of_cells(rng):
    cells = (LayerNormRNNCell, LayerNormLSTMCell, CellNormLSTMCell, LayerNormGRUCell)
    found = [
        {norm.eps for norm in cell(3, 4, *eps).modules() if isinstance(norm, LayerNorm)}
        for cell in cells
        for eps in ((), (0.25,))
    ]
    return found == [{1e-5}, {0.25}] * 4


@paper.property("Sec. 3.1", "sizes below one are refused by value", draws=1)
def cells_are_refused(rng):
    cells = (LayerNormRNNCell, LayerNormLSTMCell, CellNormLSTMCell, LayerNormGRUCell, LSTMCell, GRUCell, check_sizes)
    wrong = {"inputs=0": (0, 1), "hidden=0": (1, 0)}
    refused = [text in refusal(partial(cell, *sizes)) for cell in cells for text, sizes in wrong.items()]
    return all(refused) and not any(refusal(partial(cell, 1, 1)) for cell in cells)
