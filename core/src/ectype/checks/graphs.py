"""Graphs: compiled and exported it computes the same."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import NoneType

import jaxtyping
import torch
from torch import nn

from ectype.cases import Case, tensors, to_dtype
from ectype.checks import check
from ectype.checks.calls import agree, call, fresh, must_run
from ectype.errors import NotApplicableError


@contextmanager
def _graphable() -> Iterator[None]:
    """Switch off what a graph cannot hold: shape checks at run time; and warnings of the compilers about themselves."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", before)
        torch.compiler.reset()


class _Function(nn.Module):
    """A function of tensors as a module, which is what can be exported."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case_call = case.call

    def forward(self, *inputs: object) -> object:
        return self.case_call(*inputs)


@check("layer", "model", "loss", deep=True)
def compiles(case: Case) -> None:
    """``torch.compile`` makes one graph of it without a break, which gives the same to 1e-4 in float32.

    A value that is read out, a branch on data or a library call in the middle stops it, and with it most of the speed.
    What is compared is the graph; that code generated from a graph is right is for torch to test.
    """
    inputs = to_dtype(case.inputs("graph"), torch.float32)
    built = case.perturbed(dtype=torch.float32)
    exact = call(case, built, inputs)
    with _graphable(), must_run(f"{case}, compiled"):
        compiled = torch.compile(built, fullgraph=True, backend="aot_eager")
        found = [value for _, value in tensors(compiled(*fresh(inputs)))]
    agree(case, "compiled it must give the same", found, exact, 1e-4)


@check("layer", "model", "loss", deep=True)
def exports(case: Case) -> None:
    """``torch.export`` makes a program of it that gives the same to 1e-4 in float32.

    Programs without Python are what is deployed.
    """
    inputs = to_dtype(case.inputs("graph"), torch.float32)
    if not any(True for _ in tensors(inputs)):
        raise NotApplicableError(f"{case.component.id} takes no tensor")
    for position, value in enumerate(inputs):
        if not isinstance(value, (torch.Tensor, int, float, str, list, tuple, dict, NoneType)):
            raise NotApplicableError(f"input {position} is a {type(value).__name__}, which a program cannot take")
    built = case.perturbed(dtype=torch.float32)
    exact = call(case, built, inputs)
    exported = built if isinstance(built, nn.Module) else _Function(case)
    with _graphable(), must_run(f"{case}, exported"):
        program = torch.export.export(exported, fresh(inputs)).module()
        found = [value for _, value in tensors(program(*fresh(inputs)))]
    agree(case, "exported it must give the same", found, exact, 1e-4)
