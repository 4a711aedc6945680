"""Layers: what is measured of a component's modules is what a person would count by hand."""

import msgspec
import pytest
import torch
from conformance import component, normal, rows, tanh
from ectype import layers
from ectype.results import ComponentRecord, LayersRecord
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


class Twice(nn.Module):
    """Calls its second part first, its first part twice, and one part never."""

    def __init__(self, width: int = 64, depth: int = 2) -> None:
        super().__init__()
        self.idle = nn.Linear(3, 3)
        self.inner = nn.Linear(4, 4)
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(4, width), nn.ReLU()) for _ in range(depth))
        self.outer = nn.Linear(4, 4, bias=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.inner(self.inner(self.outer(x)))
        return x, sum(block(x) for block in self.blocks)


def measured(of, *settings, draw=rows, kind="model") -> LayersRecord:
    found = layers.measure(component(kind, of, draw, *settings))
    assert found is not None
    return found


def test_modules_are_listed_as_they_were_called_with_shapes_parameters_and_multiply_adds():
    found = measured(Twice)
    lines = {layer.name: layer for layer in found.layers}
    assert list(lines) == [
        *(
            "",
            "outer",
            "inner",
            "blocks",
            "blocks.0",
            "blocks.0.0",
            "blocks.0.1",
            "blocks.1",
            "blocks.1.0",
            "blocks.1.1",
        ),
        "idle",
    ]
    outer, inner, block, idle = (lines[name] for name in ("outer", "inner", "blocks.0", "idle"))
    assert (outer.inputs, outer.outputs) == ([[2, 3, 4]], [[2, 3, 4]])
    assert (outer.parameters, outer.multiply_adds, outer.calls) == (16, 2 * 3 * 4 * 4, 1)
    assert (inner.parameters, inner.multiply_adds, inner.calls) == (20, 2 * 96, 2)
    assert (block.parameters, block.multiply_adds) == (4 * 64 + 64, 2 * 3 * 4 * 64)
    assert (idle.parameters, idle.multiply_adds, idle.calls, idle.outputs) == (12, 0, 0, [])
    assert lines[""].outputs == [[2, 3, 4], [2, 3, 64]]
    assert lines[""].multiply_adds == 3 * 96 + 2 * block.multiply_adds
    assert lines[""].parameters == sum(parameter.numel() for parameter in Twice().parameters())
    assert outer.kind == "torch.nn.modules.linear.Linear"


def test_the_sizes_are_those_of_the_defaults_and_not_of_the_settings_of_the_checks():
    assert measured(Twice, {"width": 5}, {"width": 7}).setting == "specimen()"
    assert measured(Twice, {"width": 5}).layers[0].outputs[1] == [2, 3, 64]


class Reads(nn.Module):
    """Looks at a value, which nothing on the device meta has."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.linear = nn.Linear(4, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x) if float(x.detach().sum()) < 1e9 else x


def test_a_component_that_needs_values_is_measured_in_its_first_setting():
    found = measured(Reads, {"width": 5}, {"width": 7})
    assert found.setting == "specimen(width=5)"
    assert found.layers[1].outputs == [[2, 3, 5]]


class Gradient(nn.Module):
    """Gives the derivative of what it computes."""

    def __init__(self) -> None:
        super().__init__()
        self.energy = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.requires_grad_()
        return torch.autograd.grad(self.energy(x).sum(), x)[0]


def test_what_a_module_differentiates_is_counted_too():
    gradient, energy, *_ = measured(Gradient).layers
    assert energy.multiply_adds == 2 * 3 * (4 * 8 + 8)
    assert gradient.multiply_adds == 2 * energy.multiply_adds


@pytest.mark.parametrize(
    ("of", "draw"),
    [
        (lambda: nn.GRU(4, 3, batch_first=True), rows),
        (lambda: nn.Conv2d(3, 5, 3), lambda rng, batch=2: normal(rng, batch, 3, 8, 8)),
        (lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), rows),
        (lambda: nn.MultiheadAttention(4, 2), lambda rng, batch=2: (normal(rng, 3, batch, 4),) * 3),
    ],
)
def test_operations_are_those_that_torch_counts(of, draw):
    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = of()

        def forward(self, *x):
            return self.part(*x)

    built = Whole().double().eval()
    made = component("model", Whole, draw)
    drawn = draw(torch.Generator())
    with FlopCounterMode(display=False) as counter:
        built(*(drawn if isinstance(drawn, tuple) else (drawn,)))
    found = layers.measure(made)
    assert found is not None
    assert found.layers[0].multiply_adds == counter.get_total_flops() // 2 > 0


def test_what_is_no_module_or_cannot_be_called_has_no_layers(monkeypatch):
    class Fails(nn.Module):
        def forward(self, x):
            raise RuntimeError("on purpose")

    assert layers.measure(component("layer", tanh, rows)) is None
    assert layers.measure(component("model", Fails, rows)) is None
    monkeypatch.setattr(layers, "MOST", 3)
    assert layers.measure(component("model", Twice, rows)) is None


def test_measuring_leaves_the_random_state_of_torch_alone():
    class Noisy(nn.Module):
        def forward(self, x):
            return x + torch.randn(x.shape, dtype=x.dtype)

    before = torch.random.get_rng_state()
    assert layers.measure(component("model", Noisy, rows)) is not None
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_record_without_layers_is_read_as_before():
    old = {"id": "a", "kind": "model", "of": "m.A", "summary": "", "place": "", "settings": []}
    assert msgspec.convert(old, ComponentRecord).layers is None
    new = msgspec.convert(old | {"layers": msgspec.to_builtins(measured(Twice))}, ComponentRecord)
    assert new.layers == measured(Twice)
