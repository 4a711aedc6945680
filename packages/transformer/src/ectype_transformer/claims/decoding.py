"""Beam search (section 6.1)."""

import itertools
import math

import torch
from torch import nn

from ectype_transformer.beam_search import beam_search, length_penalty, translate
from ectype_transformer.claims import oracles
from ectype_transformer.claims.shared import at_random, elsewhere, normal, paper, refusal
from ectype_transformer.claims.stacks import source_and_target
from ectype_transformer.transformer import Transformer, TransformerSettings

# Decoding (section 6.1)


class PrefixModel:
    """A next-token model: its logits are a sum of rows of random tables, one for each item, place and token."""

    def __init__(self, tables):
        self.tables = tables  # batch place token vocabulary

    def __call__(self, tokens):
        items = torch.arange(len(tokens)) // (len(tokens) // len(self.tables))
        rows = self.tables[items.unsqueeze(-1), torch.arange(tokens.shape[1]), tokens]
        return rows.sum(dim=1).log_softmax(dim=-1)

    def log_p(self, item, prefix):
        logits = sum(self.tables[item, place, token] for place, token in enumerate(prefix)).tolist()
        log_sum = math.log(sum(math.exp(logit) for logit in logits))
        return [logit - log_sum for logit in logits]


paper.component("layer", of=length_penalty, settings=[{"penalty": 0.6}, {"penalty": 0.0}, {"penalty": 2.0}])(
    lambda rng, length=1: length
)
paper.equation("Sec. 6.1", of=length_penalty, elementwise=True)(oracles.length_penalty)


@paper.component(
    "layer",
    of=beam_search,
    settings=[
        {"max_length": 5},
        {"max_length": 4, "beam": 1, "penalty": 0.0},
        {"max_length": 6, "beam": 2, "penalty": 3.0},
        {"max_length": 1, "beam": 3},
    ],
    expected_failures={"compiles": "the search stops as soon as no hypothesis can improve, which depends on the data"},
)
def next_tokens(rng, max_length, sentences=2, vocabulary=4):
    tables = 1.5 * normal(rng, sentences, max_length, vocabulary, vocabulary)
    return PrefixModel(tables), torch.randint(vocabulary, (sentences,), generator=rng), vocabulary - 1


@next_tokens.limit("an end that is never likely")
def _(rng, max_length):
    step, start, end = next_tokens.draw(rng, max_length)
    step.tables[..., end] -= 50
    return step, start, end


@next_tokens.limit("an end that is always likely")
def _(rng, max_length):
    step, start, end = next_tokens.draw(rng, max_length)
    step.tables[..., end] += 5
    return step, start, end


@next_tokens.limit("two sentences, neither of which has to wait for the other")
def _(rng, max_length):
    step, start, end = next_tokens.draw(rng, max_length)
    step.tables[:, 0] = torch.tensor([[0.35, 0.03, 0.02, 0.6], [0.22, 0.2, 0.18, 0.4]]).double().log().unsqueeze(1)
    return step, start, end


paper.equation("Sec. 6.1", of=beam_search)(oracles.beam_search)


@paper.property(
    "Sec. 6.1", "what is found first stays where a longer one is only as good, and ends the search", draws=1
)
def ties_end_the_search(rng):
    certain = torch.eye(3).double()[[1, 2]]  # the first sentence goes on with 1, the second ends with 2
    first = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]).double()

    def step(tokens):
        chances = first if tokens.shape[1] == 1 else certain
        return chances[-len(tokens) // 2 :].repeat_interleave(2, dim=0).log()

    both, alone = (
        beam_search(step, torch.zeros(n, dtype=torch.long), 2, beam=2, penalty=0.0, max_length=3) for n in (2, 1)
    )
    return both[0].tolist() == [[1, 1, 1], [2, 2, 2]] and alone[0].tolist() == [[2]]


@paper.property("Sec. 6.1", "a search runs where its start tokens are", draws=1)
def search_runs_where_it_starts(rng):
    step, start, end = next_tokens.draw(rng, 4)
    here = beam_search(step, start, end, max_length=4)

    def rows(tokens):
        with torch.device("cpu"):
            return step(tokens)

    with elsewhere():
        there = beam_search(rows, start, end, max_length=4)
    return [there[0].device.type == "cpu", *there], [True, *here]


@paper.property("Sec. 6.1", "a beam as wide as the tree finds the best of all sequences", draws=5)
def wide_beam_is_exhaustive(rng):
    step, start, end = next_tokens.draw(rng, 3, 1, 3)
    tokens, score = beam_search(step, start, end, beam=27, penalty=0.6, max_length=3)

    def score_of(sequence):
        log_p = sum(step.log_p(0, [int(start), *sequence[:i]])[token] for i, token in enumerate(sequence))
        return log_p / oracles.length_penalty(len(sequence), 0.6)

    ended = [[*body, end] for n in range(3) for body in itertools.product(range(end), repeat=n)]
    best = max(ended, key=score_of)
    return [*tokens[0].tolist(), float(score)], [*(best + [end] * 3)[: tokens.shape[1]], score_of(best)]


SEARCHED = TransformerSettings(vocabulary=5, d_model=4, heads=2, layers=1, d_ff=6)


@paper.component(
    "layer",
    of=translate,
    settings=[{"start": 1, "end": 2, "beam": 2, "penalty": 1.5, "extra_length": 1}],
    expected_failures={"compiles": "the search stops as soon as no hypothesis can improve, which depends on the data"},
)
def model_and_source(rng, sentences=1, length=2):
    model = at_random(rng, lambda: Transformer(SEARCHED))
    return model, source_and_target.draw(rng, 5, 0, sentences, length)[0]


paper.equation("Sec. 6.1", of=translate)(oracles.translation)


@paper.property("Sec. 6.1", "beam size 4, length penalty 0.6, at most 50 tokens more than the input", draws=1)
def default_search(rng):
    model, source = model_and_source.draw(rng)
    never_ending = 10 * model.embedding.weight.detach()[1]
    model.embedding.weight.data[2] = 0
    model.decoder = decoder = Constant(never_ending)
    tokens, scores = translate(model, source, start=1, end=2)
    explicit = translate(model, source, start=1, end=2, beam=4, penalty=0.6, extra_length=50)[1]
    return [tokens.shape[1], decoder.rows, *scores.tolist()], [2 + 50, 4, *explicit.tolist()]


class Constant(nn.Module):
    """In place of a stack: gives one vector everywhere, and remembers how many sequences it was last asked for."""

    def __init__(self, vector):
        super().__init__()
        self.vector, self.rows = vector, 0

    def forward(self, x, *_):
        self.rows = len(x)
        return self.vector.expand_as(x)


@paper.property("Sec. 6.1", "with beam 1 and no penalty it takes the most probable token at each step", draws=5)
def beam_of_one_is_greedy(rng):
    model, source = model_and_source.draw(rng)
    target = torch.tensor([[1]])
    while target.shape[1] < 5 and int(target[0, -1]) != 2:
        target = torch.cat((target, model(source, target)[:, -1:].argmax(dim=-1)), dim=1)
    tokens, score = translate(model, source, start=1, end=2, beam=1, penalty=0.0, extra_length=2)
    log_p = model(source, target[:, :-1]).log_softmax(dim=-1).gather(-1, target[:, 1:, None]).sum()
    return [tokens.double(), score], [target[:, 1:].double(), log_p.unsqueeze(0)]


@paper.property("Sec. 6.1", "a model whose dropout would act and tokens that it does not have are refused", draws=1)
def translation_is_refused(rng):
    model, source = model_and_source.draw(rng)

    def of(model, start=0, end=4):
        return refusal(lambda: translate(model, source, start=start, end=end, extra_length=0))

    wrong = [of(model, start=-1), of(model, start=5), of(model, end=-1), of(model, end=5)]
    named = [text.endswith(f"start={start}, end={end}") for text, (start, end) in zip(wrong, WRONG, strict=True)]
    return all([*named, of(model) == of(model, 4, 0) == "", "training mode" in of(model.train())])


WRONG = [(-1, 4), (5, 4), (0, -1), (0, 5)]
