"""The training procedure (appendix D.3) on generated tasks."""

import json
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from ectype.traits import Overfits
from torch.nn import functional as F

from ectype_lora.adaptation import Adaptation, perplexity
from ectype_lora.adapter_weights import adapter_state
from ectype_lora.claims import oracles
from ectype_lora.claims.shared import TINY, at_random, paper, refusal
from ectype_lora.decoder import Decoder
from ectype_lora.injection import adapt
from ectype_lora.low_rank_linear import LowRankLinear
from ectype_lora.objective import CONTEXT
from ectype_lora.presets import DART, E2E, TABLE_11, WEBNLG, AdaptationSettings
from ectype_lora.schedule import linear_rate
from ectype_lora.token_task import generated_task, read_task, token_task

EVERYTHING = ("query", "key", "value", "output", "inner", "outer")
FEW = AdaptationSettings(
    targets=EVERYTHING, r=4, alpha=8.0, dropout=0.0, smoothing=0.0, rate=3e-2, warmup=2, epochs=200, batch=4
)


def few_examples(examples=4, seed=0):
    return generated_task(examples, 3, vocabulary=11, length=3, seed=seed)


def tiny(rng):
    return at_random(rng, lambda: Decoder(replace(TINY, d_model=16)))


@paper.component("procedure", of=Adaptation, traits=[Overfits(steps=150)])
def model_settings_and_task(rng):
    return tiny(rng).float(), FEW, few_examples()


# The learning rate

RATES = [{"highest": 2e-4, "warmup": 500, "steps": 2000}, {"highest": 1.0, "warmup": 0, "steps": 10}]


@paper.component("schedule", of=linear_rate, settings=RATES)
def a_step(rng, steps):
    return int(torch.randint(steps + 1, (), generator=rng))


a_step.limit("the first step")(lambda rng: 0)
a_step.limit("the peak")(lambda rng, warmup: warmup)
a_step.limit("the end")(lambda rng, steps: steps)
paper.equation("App. D.3", of=linear_rate, elementwise=True)(oracles.linear_rate)


@paper.reference(of=linear_rate, needs="transformers")
def transformers(step, highest, warmup, steps):
    from transformers import get_linear_schedule_with_warmup

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=highest)
    return highest * get_linear_schedule_with_warmup(optimizer, warmup, steps).lr_lambdas[0](step)


@paper.property("App. D.3", "steps and rises that no schedule can have are refused by value", draws=1)
def steps_are_refused(rng):
    right = {"step": 1, "highest": 1.0, "warmup": 2, "steps": 5}
    wrong = [{"step": -1}, {"warmup": -1}, {"warmup": 5}, {"highest": -1.0}]
    found = []
    for change in wrong:
        [(name, value)] = change.items()
        found.append(f"{name}={value}" in refusal(partial(linear_rate, **right | change)))
    return all(found) and linear_rate(9, 1.0, 4, 5) == 0


# Steps


@paper.property(
    "App. D.3", "a step is AdamW's on the factors, at the rate of the schedule, on the smoothed loss", draws=2
)
def steps_are_adamws(rng):
    settings = replace(FEW, smoothing=0.1, warmup=3, epochs=2, weight_decay=0.3)
    task, model, other = few_examples(12), tiny(rng), Decoder(replace(TINY, d_model=16)).double()
    other.load_state_dict(model.state_dict())
    adaptation = Adaptation(model, settings, task, seed=5)
    adapt(other, EVERYTHING, partial(LowRankLinear.around, r=4, alpha=8.0))
    other.load_state_dict(model.state_dict())
    frozen = {name: value.clone() for name, value in model.state_dict().items() if name[-2:] not in (".A", ".B")}
    factors = [parameter for parameter in other.parameters() if parameter.requires_grad]
    adam = torch.optim.AdamW(factors, lr=0.0, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.3)
    losses, expected, seen = [], [], []
    for step in range(6):
        adam.param_groups[0]["lr"] = oracles.linear_rate(step, 3e-2, 3, 6)
        rows = rows_of(adaptation, step)
        seen.append(rows.tolist())
        logits = other(task.tokens[rows])
        answers = task.targets[rows] != CONTEXT
        loss = F.cross_entropy(logits[answers], task.targets[rows][answers], label_smoothing=0.1)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(adaptation.step())
        expected.append(loss.detach())
    epochs = [sorted(chain(*seen[:3])), sorted(chain(*seen[3:]))]
    assert epochs == [list(range(12))] * 2
    assert seen[:3] != seen[3:]
    after = {name: model.state_dict()[name] for name in frozen}
    return [losses, adapter_state(model), after, adaptation.steps], [expected, adapter_state(other), frozen, 6]


def rows_of(adaptation, step):
    """Examples of a step, from the tokens that the model sees in it."""
    seen = []
    handle = adaptation.model.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    done, factors = adaptation.done, {name: v.clone() for name, v in adapter_state(adaptation.model).items()}
    state = adaptation.state_dict()
    copy = {"state": {k: {n: v.clone() for n, v in s.items()} for k, s in state["adam"]["state"].items()}}
    adaptation.step()
    adaptation.load_state_dict(
        {"done": done, "seed": adaptation.seed, "factors": factors, "adam": state["adam"] | copy}
    )
    handle.remove()
    tokens = adaptation.task.tokens
    return torch.stack([(tokens == row).all(dim=1).nonzero()[0, 0] for row in seen[0]])


@paper.property(
    "App. D.3", "factors, order of examples and dropout come from the seed, each from a stream of its own", draws=1
)
def streams_of_their_own(rng):
    model = tiny(rng)
    found = []
    for seed in (0, 0, 1):
        other = Decoder(model.settings).double()
        other.load_state_dict(model.state_dict())
        adaptation = Adaptation(other, replace(FEW, dropout=0.5), few_examples(12), seed=seed)
        first = next(iter(adapter_state(other).values())).clone()
        found.append((first, rows_of(adaptation, 0).tolist(), float(adaptation.step()), float(adaptation.step())))
    same, other = found[0], found[2]
    repeats = torch.equal(same[0], found[1][0]) and same[1:] == found[1][1:]
    return (
        repeats and not torch.equal(same[0], other[0]) and all(x != y for x, y in zip(same[1:], other[1:], strict=True))
    )


@paper.property("Sec. 4.2", "a checkpoint holds factors and moments, and none of the pre-trained weights", draws=1)
def small_checkpoint(rng):
    adaptation = Adaptation(tiny(rng), FEW, few_examples())
    adaptation.step()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.safetensors"
        adaptation.save(path)
        from safetensors.torch import load_file

        stored = load_file(path)
    names = {".".join(name.split(".")[1:3]) for name in stored}
    numbers = sum(value.numel() for value in stored.values())
    factors = sum(value.numel() for value in adapter_state(adaptation.model).values())
    return names <= {"factors.layers", "adam.state"} and 3 * factors <= numbers < 3 * factors + 100


@paper.property("App. D.3", "dropout is on in training, off in evaluation, and the rate is what was set", draws=1)
def dropout_in_training(rng):
    adaptation = Adaptation(tiny(rng), replace(FEW, dropout=0.25), few_examples())
    rates = {module.p for module in adaptation.model.modules() if isinstance(module, torch.nn.Dropout)}
    adaptation.step()
    during = adaptation.model.training
    perplexity(adaptation.model, adaptation.task)
    return rates == {0.25} and during and not adaptation.model.training


@paper.property("Sec. 5.4", "a model on another device is trained there", draws=1)
def trained_elsewhere(rng):
    adaptation = Adaptation(tiny(rng).to("meta"), FEW, few_examples())
    return adaptation.step().is_meta and all(value.is_meta for value in adapter_state(adaptation.model).values())


@paper.property("Sec. 2", "perplexity is e to the mean loss of the answers alone", draws=3)
def perplexity_of_answers(rng):
    model, task = tiny(rng), few_examples(5)
    total = oracles.log_likelihood(model(task.tokens).detach().numpy(), task.targets.numpy())
    return perplexity(model, task), float(torch.tensor(-total / (5 * 3)).exp())


@paper.property(
    "App. D.3", "a task of less than a batch is refused by value; after the last step the rate stays zero", draws=1
)
def small_task(rng):
    text = refusal(lambda: Adaptation(tiny(rng), FEW, few_examples(3)))
    adaptation = Adaptation(tiny(rng), replace(FEW, epochs=3, weight_decay=0.0), few_examples())
    for _ in range(3):
        adaptation.step()
    before = {name: value.clone() for name, value in adapter_state(adaptation.model).items()}
    adaptation.step()
    adaptation.step()
    after = adapter_state(adaptation.model)
    return text.endswith("batch of 4 examples; received 3") and all(torch.equal(before[n], after[n]) for n in before)


# Tasks


@paper.property("Eq. 1", "an answer is predicted from its context and what is before it; the context is not", draws=1)
def targets_of_answers(rng):
    task = token_task([([5, 6, 7], [8, 9]), ([1], [2])])
    nothing = CONTEXT
    found = [task.tokens.tolist(), task.targets.tolist(), len(task)]
    return found == [
        [[5, 6, 7, 8], [1, 0, 0, 0]],
        [[nothing, nothing, 8, 9], [2, nothing, nothing, nothing]],
        2,
    ] and all("none of them empty" in refusal(lambda p=p: token_task(p)) for p in ([], [([], [1])], [([1], [])]))


@paper.property("App. D.3", "a task of the official code is read from lines of context and completion", draws=1)
def read_from_a_file(rng):
    pairs = [([5, 6, 7], [8, 9]), ([1], [2])]
    lines = [json.dumps({"context": context, "completion": completion}) for context, completion in pairs]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "task.jsonl"
        path.write_text("\n".join(lines) + "\n\n")
        read = read_task(path)
    expected = token_task(pairs)
    return torch.equal(read.tokens, expected.tokens) and torch.equal(read.targets, expected.targets)


@paper.property("Sec. 2", "in the generated task every token of the answer is one of the context, moved on", draws=5)
def moved_on(rng):
    shift, vocabulary = (int(torch.randint(1, 9, (), generator=rng)) for _ in range(2))
    vocabulary += 2
    task = generated_task(20, shift, vocabulary=vocabulary, length=3, seed=shift)
    context, answer = task.tokens[:, :3], task.targets[:, 3:]
    other = generated_task(20, shift, vocabulary=vocabulary, length=3, seed=shift + 1)
    assert bool((task.targets[:, :3] == CONTEXT).all())
    assert bool((task.tokens[:, 3] == 0).all())
    assert int(context.min()) >= 1
    assert vocabulary == 2 or not torch.equal(other.tokens, task.tokens)
    return (answer - context - shift) % (vocabulary - 1) == 0


@paper.property("Sec. 2", "16 tokens, 4 in a context, seed 0 unless others are given", draws=1)
def default_task(rng):
    task = generated_task(300, 1)
    same = generated_task(300, 1, vocabulary=16, length=4, seed=0)
    return int(task.tokens.max()) == 15 and task.tokens.shape == (300, 8) and torch.equal(task.tokens, same.tokens)


@paper.property("Tab. 11", "the settings of GPT-2 on E2E", draws=1)
def settings_of_e2e(rng):
    training = (E2E.weight_decay, E2E.dropout, E2E.batch, E2E.epochs, E2E.warmup, E2E.smoothing, E2E.rate)
    return training == (0.01, 0.1, 8, 5, 500, 0.1, 0.0002) and (E2E.r, E2E.alpha) == (4, 32)


@paper.property(
    "Tab. 11", "WebNLG as E2E; DART without weight decay, dropout and smoothing; queries and values", draws=1
)
def other_settings(rng):
    dart = replace(E2E, weight_decay=0.0, dropout=0.0, smoothing=0.0)
    return (
        WEBNLG == E2E
        and dart == DART
        and E2E.targets == ("query", "value")
        and {"e2e": E2E, "webnlg": WEBNLG, "dart": DART} == TABLE_11
        and (E2E.beta2, E2E.epsilon) == (0.999, 1e-6)
    )
