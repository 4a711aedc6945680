"""Adapters into and out of models, and what is stored (sections 4.1 and 4.2)."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file
from torch import nn

from ectype_lora.adapter_weights import adapter_state, load_adapter, load_adapter_state, save_adapter
from ectype_lora.claims.shared import TINY, at_random, decoder_on_meta, fresh, normal, paper, refusal, seeded, trained
from ectype_lora.decoder import Decoder
from ectype_lora.injection import adapt, adapters, merge, subtract
from ectype_lora.low_rank_embedding import LowRankEmbedding
from ectype_lora.low_rank_linear import LowRankLinear
from ectype_lora.presets import GPT3

AROUND = partial(LowRankLinear.around, r=2, alpha=3.0)


def tokens(rng):
    return torch.randint(11, (2, 5), generator=rng)


def adapted(rng, model, targets=("query", "value")):
    """Adapters with noise in their factors."""
    seeded(rng, lambda: adapt(model, targets, AROUND))
    for _, adapter in adapters(model):
        with torch.no_grad():
            for factor in (adapter.A, adapter.B):
                factor += 0.2 * normal(rng, *factor.shape)
    return model


@paper.property("Sec. 4.2", "adapters go around the layers that are named, and everything else is frozen", draws=1)
def named_layers(rng):
    model = fresh(rng, lambda: Decoder(TINY))
    adapt(model, ["query", "value"], AROUND)
    names = [name for name, _ in adapters(model)]
    expected = [f"layers.{layer}.attention.{name}" for layer in (0, 1) for name in ("query", "value")]
    trains = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    return names == expected and trains == {f"{name}.{factor}" for name in names for factor in "AB"}


@paper.property(
    "Sec. 4.2", "a name counts from a dot on: part of a word is none, and a whole path is one layer", draws=1
)
def names_from_a_dot(rng):
    one = fresh(rng, lambda: Decoder(TINY))
    adapt(one, ["1.attention.output"], AROUND)
    two = nn.ModuleDict({"query": nn.Linear(2, 2), "subquery": nn.Linear(2, 2)})
    adapt(two, ["query", "query"], AROUND)
    return [name for name, _ in adapters(one)] == ["layers.1.attention.output"] and [n for n, _ in adapters(two)] == [
        "query"
    ]


@paper.property("Sec. 4.1", "an adapted model gives at the start bit for bit what the model gives", draws=3)
def adapted_model_at_the_start(rng):
    model, x = at_random(rng, lambda: Decoder(TINY)), tokens(rng)
    before = model(x)
    seeded(rng, lambda: adapt(model, ["query", "key", "value", "output", "inner", "outer"], AROUND))
    adapt_tokens = partial(LowRankEmbedding.around, r=1, alpha=1.0)
    seeded(rng, lambda: adapt(model, ["positions"], adapt_tokens))
    return torch.equal(model(x), before)


@paper.property("Sec. 4.1", "merged, a model has the layers and names it had, and computes what it did with adapters")
def merged_model(rng):
    model, x = at_random(rng, lambda: Decoder(TINY)), tokens(rng)
    names, plain = list(model.state_dict()), model(x)
    expected = adapted(rng, model)(x)
    merge(model)
    assert list(model.state_dict()) == names
    assert not list(adapters(model))
    assert not torch.allclose(expected, plain)
    return model(x), expected


@paper.property(
    "Sec. 4.1", "the pre-trained weights are recovered by subtracting BA, and another task put in their place"
)
def other_task(rng):
    model, x = at_random(rng, lambda: Decoder(TINY)), tokens(rng)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    expected = adapted(rng, model)(x)
    task = {name: value.clone() for name, value in adapter_state(model).items()}
    other = {name: value.flip(0) for name, value in task.items()}
    merge(model)
    adapt(model, ["query", "value"], AROUND)
    load_adapter_state(model, task)
    subtract(model)
    assert not any(adapter.weight.requires_grad for _, adapter in adapters(model))
    back, again = {name: model.state_dict()[name] for name in weights}, model(x)
    load_adapter_state(model, other)
    return [back, again, model(x) - again + 1], [
        weights,
        expected,
        other_outputs(rng, weights, other, x) - expected + 1,
    ]


def other_outputs(rng, weights, factors, x):
    """What the pre-trained model gives with other factors, added by hand."""
    model = Decoder(TINY).double().eval()
    changed = dict(weights)
    for name in factors:
        layer, _, factor = name.rpartition(".")
        if factor == "A":
            changed[f"{layer}.weight"] = weights[f"{layer}.weight"] + 3.0 / 2 * factors[f"{layer}.B"] @ factors[name]
    model.load_state_dict(changed)
    return model(x)


@paper.property("Sec. 4.2", "what is stored are the factors alone, and they come back from a file", draws=1)
def stored_factors(rng):
    model, other = (adapted(rng, fresh(rng, lambda: Decoder(TINY))) for _ in range(2))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "task.safetensors"
        save_adapter(model, path)
        names = set(load_file(path))
        load_adapter(other, path)
    factors = {name: value.clone() for name, value in adapter_state(other).items()}
    assert not any(value.requires_grad for value in adapter_state(model).values())
    assert names == {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    return factors, adapter_state(model)


@paper.property(
    "Sec. 4.2", "factors of another rank, and those of other layers, are refused by name and shape", draws=1
)
def other_factors(rng):
    model = adapted(rng, fresh(rng, lambda: Decoder(TINY)))
    state = adapter_state(model)
    first = next(iter(state))
    wrong = {
        f"{first}: nothing for (2, 8)": {name: value for name, value in state.items() if name != first},
        f"{first}: (1, 8) for (2, 8)": state | {first: state[first][:1]},
        "more.A: (2, 2) for nothing": state | {"more.A": torch.zeros(2, 2)},
    }
    before = {name: value.clone() for name, value in state.items()}
    refused = [
        refusal(lambda s=s: load_adapter_state(model, s)).endswith(f"received {text}") for text, s in wrong.items()
    ]
    return all(refused) and all(torch.equal(state[name], before[name]) for name in state)


@paper.property("Sec. 4.2", "targets that are no layers, and layers that are adapted, are refused by name", draws=1)
def targets_are_refused(rng):
    model = fresh(rng, lambda: Decoder(TINY))
    missing = refusal(lambda: adapt(model, ["query", "uery", "w_q"], AROUND))
    untouched = all(parameter.requires_grad for parameter in model.parameters()) and not list(adapters(model))
    adapt(model, ["query"], AROUND)
    again = refusal(lambda: adapt(model, ["query", "value"], AROUND))
    names = "layers.0.attention.query, layers.1.attention.query"
    return missing.endswith("received uery, w_q") and untouched and again.endswith(f"received {names}")


# What section 4.2 prints about storage


def factors_of_gpt3():
    """Trained parameters of GPT-3 with factors of rank 4 beside queries and values."""
    model = decoder_on_meta.__wrapped__(GPT3)
    adapt(model, ["query", "value"], partial(LowRankLinear.around, r=4, alpha=4.0))
    return trained(model)


BYTES = 2  # Sec. 7.1: stored in FP16

unit = paper.disagreement(
    "size of a checkpoint",
    "The paper stores 18M parameters, r = 4 on queries and values of GPT-3, in 'roughly 35MB'. They are 18.9 million, of two "
    "bytes each: more than 35 of either unit.",
    at="Sec. 4.2, Sec. 7.1",
    follow="megabytes",
)


@unit.reading("megabytes", source="Sec. 4.2: MB")
def _():
    return 10**6


@unit.reading("mebibytes", source="what file managers call MB")
def _():
    return 2**20


@unit.measure("the checkpoint that is roughly 35MB")
def _(reading):
    return BYTES * factors_of_gpt3() / reading()


@paper.claim("Sec. 4.2", "checkpoint of all of GPT-3", printed="350", unit="GB")
def whole_checkpoint():
    return BYTES * 175_255.8e6 / 1e9


@paper.claim("Sec. 4.2", "how many times smaller, roughly", printed="1e4")
def times_smaller():
    return 175_255.8e6 / factors_of_gpt3()


@paper.claim("Fn. 5", "100 adapted models with LoRA", printed="354", unit="GB")
def hundred_models():
    return 350 + 100 * 35 / 1000


@paper.claim("Fn. 5", "100 models fine-tuned in full", printed="35", unit="TB")
def hundred_full_models():
    return 100 * 350 / 1000


@paper.claim("Sec. 2", "share of trained parameters, as small as", printed="0.01", unit="%")
def share():
    return 100 * factors_of_gpt3() / 175_255.8e6


@paper.claim("Abstract", "GPU memory is reduced by", printed="3", unit="times")
def memory():
    return 1.2e12 / 350e9


@paper.claim(
    "Sec. 4.2",
    "memory of training all of GPT-3 with Adam",
    printed="1.2",
    unit="TB",
    missing="how many bytes a weight, its gradient and its two moments have; here two each",
)
def memory_with_adam():
    return 4 * BYTES * 175_255.8e6 / 1e12


@paper.property("Sec. 4.2", "the optimizer keeps two numbers for each trained parameter, none for frozen ones", draws=1)
def states_of_adam(rng):
    model = adapted(rng, fresh(rng, lambda: Decoder(TINY)))
    adam = torch.optim.AdamW([parameter for parameter in model.parameters() if parameter.requires_grad])
    model(tokens(rng)).square().sum().backward()
    adam.step()
    kept = sum(value.numel() for state in adam.state.values() for name, value in state.items() if name != "step")
    return kept, 2 * trained(model)


speed = paper.disagreement(
    "speedup of training",
    "Sec. 4.2 prints a 25% speedup, Fn. 6 the throughputs 32.5 and 43.1 tokens/s: a third more tokens in the same time, and a "
    "quarter less time for the same tokens.",
    at="Sec. 4.2, Fn. 6",
    follow="time",
)


@speed.reading("time", source="Fn. 6: time for the same number of tokens")
def _():
    return 1 - 32.5 / 43.1


@speed.reading("throughput", source="Fn. 6: tokens in the same time")
def _():
    return 43.1 / 32.5 - 1


@paper.claim("Sec. 4.2", "speedup of training GPT-3", printed="25", unit="%", under=speed)
def speedup(reading):
    return 100 * reading()
