"""What does not apply says why."""

import pytest
import torch
from conformance import component, normal, rows, tanh
from ectype.checks import BuiltIn, gradients, numerics, purity, settings, unique
from ectype.errors import NotApplicableError
from torch import nn


def layer(of, draw=rows):
    return component("layer", of, draw)


def integers(rng):
    return torch.arange(3)


@pytest.mark.parametrize(
    ("check", "made", "reason"),
    [
        (gradients.parameter_gradients, layer(tanh), "is a function"),
        (gradients.parameter_gradients, layer(nn.Tanh), "no parameter"),
        (gradients.gradients_match_differences, layer(lambda x: x + 1, integers), "neither parameters nor inputs"),
        (gradients.gradients_match_differences, layer(lambda x: x > 0), "returns no real numbers"),
        (numerics.types_kept, layer(lambda x: x + 1, integers), "neither parameters nor inputs"),
        (numerics.large_inputs, layer(lambda x: x.sqrt(), lambda rng: normal(rng, 9).abs()), "its domain is not known"),
        (purity.strided_inputs, layer(lambda length: torch.arange(length), lambda rng: 3), "takes no tensor"),
        (settings.invalid_settings, layer(tanh), "no declared setting"),
    ],
)
def test_says_why_it_does_not_apply(check, made, reason):
    with pytest.raises(NotApplicableError, match=reason):
        check.function(made)


@pytest.mark.parametrize("check", [c for c in unique(BuiltIn().ectype_checks()) if c.trait], ids=lambda c: c.name)
def test_without_its_trait_a_check_is_not_owed(check):
    plain = component(min(check.kinds), tanh, rows)
    assert not check.owed_by(plain)
    with pytest.raises(NotApplicableError, match=f"declares no trait {check.trait.__name__}"):
        check.function(plain)
