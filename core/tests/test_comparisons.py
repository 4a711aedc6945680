"""Equations, references and properties: each comparison passes on equal code and fires on every way of being wrong."""

import math

import numpy as np
import pytest
import torch
from ectype import Paper, Sample, equations, properties, references
from ectype.cases import cases, deviation, generator
from ectype.errors import CheckFailedError, NotRunError
from torch import nn


class Affine(nn.Module):
    """y = x W^T + b, halved on request."""

    def __init__(self, width: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width, width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x @ self.weight.mT
        return y if self.bias is None else y + self.bias


def softplus(x: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
    return torch.log1p(torch.exp(beta * x)) / beta


def declared():
    made = Paper("ectype_example", equations=1, tables=1)

    @made.component("layer", of=Affine, settings=[{"width": 3}, {"width": 2, "bias": False}])
    def draw(rng, width, batch=2):
        return torch.randn(batch, width, generator=rng, dtype=torch.float64)

    @draw.limit("zeros")
    def zeros(rng, width):
        return torch.zeros(1, width, dtype=torch.float64)

    @made.component("layer", of=softplus, settings=[{"beta": 0.5}, {"beta": 2.0}])
    def numbers(rng, batch=3):
        return torch.randn(batch, generator=rng, dtype=torch.float64)

    return made


def check_equation(oracle, *, of=Affine, elementwise=False):
    made = declared()
    equation = made.equation("Eq. 1", of=of, elementwise=elementwise)
    equation(oracle)
    return equations.check(equation, made.component_of(of))


def naive(x, weights):
    result = np.zeros((len(x), len(weights["weight"])))
    for i, row in enumerate(x):
        for j, w in enumerate(weights["weight"]):
            result[i, j] = sum(a * b for a, b in zip(row, w, strict=True)) + weights.get("bias", np.zeros(9))[j]
    return result


def test_an_equation_that_equals_its_oracle_passes_and_says_how_closely():
    found = check_equation(naive)
    assert found["deviation"] < 1e-14
    assert found["settings"] == 2
    assert found["draws"] == 2 * (equations.DRAWS + 1)


def test_an_elementwise_oracle_gets_plain_floats_and_settings():
    kinds = set()

    def oracle(x, beta):
        kinds.add((type(x), type(beta)))
        return math.log(1 + math.exp(beta * x)) / beta

    check_equation(oracle, of=softplus, elementwise=True)
    assert kinds == {(float, float)}


@pytest.mark.parametrize(
    ("oracle", "text"),
    [
        (lambda x, weights: naive(x, weights) * 1.0001, "relative deviation"),
        (
            lambda x, weights: naive(x, weights) - weights.get("bias", np.ones(9))[: naive(x, weights).shape[1]],
            "against",
        ),
        (lambda x, weights: naive(x, weights)[:, :1], "shape"),
        (lambda x, weights: naive(x, weights) * np.nan, "nan"),
        (lambda x, weights: (naive(x, weights), naive(x, weights)), "1 values against 2"),
    ],
)
def test_an_equation_that_deviates_fails_naming_setting_draw_and_value(oracle, text):
    with pytest.raises(CheckFailedError, match=text) as caught:
        check_equation(oracle)
    assert "affine(width=3), draw 0" in str(caught.value)


def test_an_oracle_that_is_wrong_only_in_a_limiting_case_is_caught():
    with pytest.raises(CheckFailedError, match="limiting case 'zeros'"):
        check_equation(lambda x, weights: naive(x, weights) + (0 if x.any() else 1))


def test_an_oracle_that_compares_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one number to compare"):
        check_equation(lambda x, weights: np.zeros((0, 3)))


def reference(**changes):
    made = declared()

    @made.reference(of=Affine)
    def torch_linear(width, bias):
        return nn.Linear(width, width, bias=bias)

    for name, value in changes.items():
        setattr(torch_linear, name, value)
    return references.check(torch_linear, made.component_of(Affine), distribution="ectype")


def test_a_reference_that_agrees_reports_what_was_compared():
    found = reference()
    compared = {"values", "input gradients", "parameter gradients", "optimizer steps", "float32", "float32 reference"}
    assert set(found["deviations"]) == compared
    assert all(value < 1e-12 for name, value in found["deviations"].items() if "float32" not in name)


class Scaled(nn.Linear):
    def forward(self, x):
        return super().forward(x) * 1.000001


class NoGradient(nn.Linear):
    def forward(self, x):
        return super().forward(x.detach())


class FrozenBias(nn.Linear):
    def forward(self, x):
        return nn.functional.linear(x, self.weight, None if self.bias is None else self.bias.detach())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"build": lambda width, bias: Scaled(width, width, bias=bias)}, "values: value"),
        ({"build": lambda width, bias: NoGradient(width, width, bias=bias)}, "gradients of the inputs"),
        ({"build": lambda width, bias: FrozenBias(width, width, bias=bias)}, "gradient of bias"),
        ({"build": lambda width, bias: abs}, "must be a module"),
        ({"build": lambda width, bias: None}, "must be able to express at least one setting of affine"),
        (
            {"build": lambda width, bias: nn.Linear(width, width, bias=False)},
            "names that the reference does not have: bias",
        ),
        ({"build": lambda width, bias: nn.Linear(width, width + 1, bias=bias)}, "must fit the reference"),
        (
            {"map_weights": lambda ours: {"weight": ours["weight"]}},
            "parameters of ours that the map does not use: bias",
        ),
        ({"map_weights": lambda ours: {"bias": ours["bias"], "w": ours["weight"]}}, "does not give: weight"),
        ({"map_weights": lambda ours: {k: ours[k].mT if ours[k].ndim == 2 else ours[k] for k in list(ours)}}, "values"),
        ({"adapt_call": lambda module, x: module(x.float()).double()}, "same dtype"),
    ],
)
def test_a_reference_that_differs_fails_naming_the_first_tensor(changes, text):
    with pytest.raises((CheckFailedError, RuntimeError), match=text):
        reference(**changes)


@pytest.mark.parametrize(
    "map_weights",
    [
        lambda ours: dict(ours.items()),
        lambda ours: dict(zip(ours.keys(), ours.values(), strict=True)),
        lambda ours: {name: ours.get(name) for name in list(ours)},
        lambda ours: {name: ours.pop(name) for name in list(ours)},
    ],
)
def test_a_map_may_take_our_tensors_in_any_way_that_a_dictionary_has(map_weights):
    assert reference(map_weights=map_weights)["deviations"]["values"] < 1e-12


class SilentEval(nn.Linear):
    """Like loralib's, whose ``train`` and so ``eval`` return nothing."""

    def train(self, mode=True):
        super().train(mode)


def test_a_reference_whose_eval_returns_nothing_is_compared():
    assert reference(build=lambda width, bias: SilentEval(width, width, bias=bias))["draws"] > 0


def scaled(x, factor):
    return factor * x


def test_a_setting_that_is_a_function_is_shown_by_its_name():
    made = Paper("ectype.tests", equations=0, tables=0)
    made.component("layer", of=scaled, settings=[{"factor": scaled}])(lambda rng, width=3: ())
    (case,) = cases(made.components[0])
    assert str(case) == "scaled(factor=scaled)"


def function_reference(build):
    made = Paper("ectype.tests", equations=0, tables=0)

    @made.component("layer", of=scaled, settings=[{"factor": 1.0}, {"factor": 2.0}])
    def draw(rng, width=3):
        return (torch.randn(2, width, generator=rng, dtype=torch.float64),)

    compared = made.reference(of=scaled)(build)
    return references.check(compared, made.component_of(scaled), distribution="ectype")


def test_a_function_that_returns_none_cannot_express_the_setting():
    found = function_reference(lambda x, factor: x + x if factor == 2.0 else None)
    assert found["inexpressible settings"] == 1
    with pytest.raises(CheckFailedError, match="at least one setting of scaled"):
        function_reference(lambda x, factor: None)


def test_a_setting_that_a_reference_cannot_express_is_counted():
    found = reference(build=lambda width, bias: nn.Linear(width, width) if bias else None)
    assert found["inexpressible settings"] == 1


def test_an_error_in_float32_beyond_the_references_own_is_caught():
    made = declared()

    def coarse(x: torch.Tensor) -> torch.Tensor:
        return x.double() * 2 if x.dtype == torch.float64 else (x.half() * 2).float()

    component = made.component("layer", of=coarse)
    component(lambda rng: torch.randn(5, generator=rng, dtype=torch.float64))
    ref = made.reference(of=coarse)(lambda x: 2 * x)
    with pytest.raises(CheckFailedError, match="values in float32: our error"):
        references.check(ref, component, distribution="ectype")


def test_a_missing_reference_is_not_run_and_says_what_to_install():
    made = declared()
    ref = made.reference(of=softplus, needs="no_such_library")(lambda x, beta: x)
    with pytest.raises(
        NotRunError, match="needs no_such_library, which is not installed: `pip install no-such-library`"
    ):
        references.check(ref, made.component_of(softplus), distribution="ectype")


def judge(function, **options):
    made = declared()
    made.property("Sec. 1", "the statement", **options)(function)
    return properties.check(made.properties[0])


def test_properties_hold_in_every_form():
    assert judge(lambda rng: True)["draws"] == 20
    assert judge(lambda rng: torch.rand(3, generator=rng) < 1)["deviation"] == 0
    assert judge(lambda rng: (torch.ones(3), torch.ones(3)), draws=3)["draws"] == 3
    assert judge(lambda rng: Sample(torch.randn(5000, generator=rng), 0.0), draws=1)["deviation"] < 0.06
    assert judge(lambda rng: (1.0, 2.0), holds=False)["deviation"] == 0.5


@pytest.mark.parametrize(
    ("function", "options", "text"),
    [
        (lambda rng: False, {}, "must hold"),
        (lambda rng: torch.tensor([True, False]), {}, "true for 1 of 2"),
        (lambda rng: (1.0, 1.0 + 1e-9), {}, "deviation 1e-09, allowed 1e-10"),
        (lambda rng: (1.0, 1.001), {"holds": False}, "must not hold"),
        (lambda rng: True, {"holds": False}, "must not hold"),
        (lambda rng: Sample(torch.randn(5000, generator=rng), 0.2), {}, "standard errors apart"),
        (lambda rng: Sample([1.0, 2.0], 1.5), {}, "at least 1,000 values; received 2"),
        (lambda rng: None, {}, "received NoneType"),
        (lambda rng: torch.zeros(0, dtype=torch.bool), {}, "received an empty tensor"),
        (lambda rng: (torch.zeros(0), torch.zeros(0)), {}, "at least one number"),
        (lambda rng: (1.0, float("nan")), {}, "nan"),
    ],
)
def test_properties_fail_in_both_directions_and_when_nothing_is_tested(function, options, text):
    with pytest.raises(CheckFailedError, match=text):
        judge(function, **options)


def test_draws_are_the_same_in_every_order_and_differ_by_name():
    first = torch.rand(3, generator=generator("a", 1))
    torch.manual_seed(0)
    assert torch.equal(first, torch.rand(3, generator=generator("a", 1)))
    assert not torch.equal(first, torch.rand(3, generator=generator("a", 2)))


def test_building_a_case_leaves_the_global_generator_alone():
    state = torch.random.get_rng_state()
    cases(declared().components[0])[0].perturbed()
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    ("ours", "theirs", "apart"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        (torch.tensor([1.0, 4.0]), np.array([1.0, 2.0]), 1.0),
        ({"a": 1, "b": (2.0, 3)}, {"a": 1, "b": (2.0, 3)}, 0.0),
        (float("-inf"), float("-inf"), 0.0),
        (float("nan"), float("nan"), 0.0),
        (1e-3, 0.0, 1e-3),
        (float("inf"), 1.0, math.inf),
        (torch.ones(2), torch.ones(3), math.inf),
        (torch.ones(2, dtype=torch.complex128) * 1j, torch.ones(2, dtype=torch.complex128) * 1j, 0.0),
    ],
)
def test_deviation(ours, theirs, apart):
    assert deviation(ours, theirs)[0] == pytest.approx(apart)
