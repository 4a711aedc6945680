"""State: what a module saves is all that it is."""

from __future__ import annotations

import copy
import pickle

from safetensors import torch as safetensors
from torch import nn

from ectype.cases import Case
from ectype.checks import check
from ectype.checks.calls import agree, call, module, must_run
from ectype.errors import CheckFailedError, NotApplicableError


def _stateful(case: Case) -> nn.Module:
    built = module(case, case.perturbed())
    if not built.state_dict():
        raise NotApplicableError(f"{case.component.id} has neither parameters nor buffers that are saved")
    return built


@check("layer", "model", "loss")
def state_through_safetensors(case: Case) -> None:
    """Its state dict, written to safetensors and loaded into one of another seed, gives the same bits.

    What a module drew for itself and does not save is lost in every checkpoint.
    """
    built = _stateful(case)
    inputs = case.inputs("state")
    expected = call(case, built, inputs)
    other = module(case, case.perturbed(seed=1))
    with must_run(f"{case}, state through safetensors"):
        held = {name: value.detach().clone().contiguous() for name, value in built.state_dict().items()}
        other.load_state_dict(safetensors.load(safetensors.save(held)), strict=True)
    agree(case, "its saved state must give the same", call(case, other, inputs), expected, 0.0)


@check("layer", "model", "loss")
def strict_loading(case: Case) -> None:
    """Loading refuses a state with a missing or an unknown name.

    Weights that are skipped in silence leave a model half initialised, and it runs.
    """
    built = _stateful(case)
    held = dict(built.state_dict())
    name = next(iter(held))
    changes = {f"without {name}": {key: held[key] for key in held if key != name}}
    changes["with an unknown name"] = {**held, "no_such_weight": held[name]}
    for what, changed in changes.items():
        try:
            built.load_state_dict(changed, strict=True)
        except RuntimeError:
            continue
        raise CheckFailedError(f"{case}: a state {what} must be refused; it was loaded")


@check("layer", "model", "loss")
def copies(case: Case) -> None:
    """A deep copy and a pickled one give the same bits, and share no memory with it.

    Averages of weights, frozen copies and workers need them; lambdas, open files and tensors of a graph stand in the way.
    """
    built = module(case, case.perturbed())
    inputs = case.inputs("copies")
    expected = call(case, built, inputs)
    with must_run(f"{case}, a copy"):
        made = {"a deep copy": copy.deepcopy(built), "a pickled copy": pickle.loads(pickle.dumps(built))}
    for what, other in made.items():
        agree(case, f"{what} must give the same", call(case, other, inputs), expected, 0.0)
        shared = _addresses(built) & _addresses(other)
        if shared:
            raise CheckFailedError(f"{case}: {what} must share no memory; it shares {len(shared)} tensors")


def _addresses(built: nn.Module) -> set[int]:
    held = [*built.parameters(), *built.buffers()]
    return {value.data_ptr() for value in held if value.numel()}
