"""Algorithm 1, and generation with it (sections 2.1 and 2.3)."""

import itertools
from unittest.mock import patch

import numpy as np
import torch
from ectype import Sample
from scipy.stats import chisquare

from ectype_speculative_decoding.acceptance import acceptance_rate
from ectype_speculative_decoding.analysis import expected_tokens
from ectype_speculative_decoding.claims import oracles
from ectype_speculative_decoding.claims.shared import (
    bigram,
    distributions,
    normal,
    paper,
    refusal,
    sequences,
    sparse,
    uniform,
    whole,
)
from ectype_speculative_decoding.decoding import autoregressive_decode, speculative_decode
from ectype_speculative_decoding.decoding_step import accepted_guesses, speculative_step
from ectype_speculative_decoding.ngram_model import NgramModel
from ectype_speculative_decoding.speculative_sampling import acceptance_probability, adjusted_distribution

START = torch.zeros(1, dtype=torch.long)

# The number of accepted guesses


@paper.component("layer", of=accepted_guesses)
def guesses_of_a_run(rng, gamma=4, vocabulary=3):
    guesses = torch.randint(vocabulary, (gamma,), generator=rng)
    p, q = distributions(rng, gamma, vocabulary), distributions(rng, gamma, vocabulary)
    return p, q, guesses, uniform(rng, gamma)


@guesses_of_a_run.limit("all accepted")
def _(rng):
    p, _, guesses, _ = guesses_of_a_run.draw(rng)
    return p, p, guesses, torch.ones(4).double()


@guesses_of_a_run.limit("the first one rejected, others not")
def _(rng):
    p, q, guesses, _ = guesses_of_a_run.draw(rng)
    p[0, guesses[0]], q[0, guesses[0]] = 0.1, 0.9
    return p, q, guesses, torch.tensor([0.5, 1e-9, 1e-9, 1e-9]).double()


paper.equation("Alg. 1", of=accepted_guesses)(oracles.accepted_guesses)


@paper.reference(of=accepted_guesses, needs="transformers", id="transformers")
def _(p, q, guesses, uniforms):
    from transformers.generation.utils import _speculative_sampling

    p = torch.cat([p, p[-1:]])  # what follows all guesses does not matter here
    with (
        patch("torch.rand_like", lambda _: uniforms),
        patch("torch.multinomial", lambda *_, **__: torch.zeros(1, 1, dtype=torch.long)),
    ):
        return int(_speculative_sampling(guesses[None], q.log()[None], len(guesses), p.log()[None])[1])


@paper.property("App. A.5", "a lenient test compares p with l q, and is strict unless told otherwise", draws=10)
def lenient_guesses(rng):
    p, q, guesses, uniforms = guesses_of_a_run.draw(rng)
    lenient = accepted_guesses(p, q, guesses, uniforms, 0.3)
    strict = accepted_guesses(p, q, guesses, uniforms, 1.0)
    assert strict == accepted_guesses(p, q, guesses, uniforms)
    return lenient, oracles.accepted_guesses(p.numpy(), 0.3 * q.numpy(), guesses.tolist(), uniforms.tolist())


# A run, exactly


def law_of_a_run(target, draft, start, gamma):
    """Probability of every outcome of Algorithm 1, by summing over all guesses and all that may happen to them."""
    law = {}
    for guesses in sequences(len(target.table), gamma):
        tokens = torch.tensor([start, *guesses])
        p, q = target(tokens, gamma + 1), draft(tokens[:-1], gamma)
        places = torch.arange(gamma), tokens[1:]
        keep = acceptance_probability(p[places], q[places]).tolist()
        chance = float(q[places].prod())
        for n in range(gamma + 1):
            reached = chance * np.prod(keep[:n]) * (1 - keep[n] if n < gamma else 1)
            last = adjusted_distribution(p[n], q[n]) if n < gamma else p[gamma]
            for token, part in enumerate(last.tolist()):
                outcome = (*guesses[:n], token)
                law[outcome] = law.get(outcome, 0.0) + reached * part
    return law


def chance_of(target, tokens, start):
    """Probability with which the target gives tokens one after the other."""
    return np.prod([float(target.table[a, b]) for a, b in itertools.pairwise((start, *tokens))])


@paper.property(
    "App. A.1",
    "Algorithm 1, all outcomes enumerated: tokens have the probabilities that the target gives them",
    draws=5,
)
def exact_distribution(rng):
    sides = []
    for gamma in (1, 2, 3):
        target, start = bigram(rng), whole(rng, 0, 2)
        draft = NgramModel(sparse(rng, 3, 3))
        law = law_of_a_run(target, draft, start, gamma)
        for tokens in sequences(3, gamma + 1):
            # what a run leaves open, the target continues
            heads = ((tokens[:k], tokens[k:]) for k in range(1, gamma + 2))
            chances = [law.get(head, 0.0) * chance_of(target, rest, head[-1]) for head, rest in heads]
            sides.append((sum(chances), chance_of(target, tokens, start)))
    return [left for left, _ in sides], [right for _, right in sides]


@paper.property(
    "Sec. 3.1", "Eq. 1 is the mean number of tokens of all outcomes, where all prefixes are accepted alike", draws=5
)
def exact_mean(rng):
    rows = distributions(rng, 2, 3)
    target, draft = (NgramModel(row.expand(3, 3)) for row in rows)
    alpha, gamma = float(acceptance_rate(*rows)), whole(rng, 1, 4)
    law = law_of_a_run(target, draft, 0, gamma)
    return sum(len(tokens) * chance for tokens, chance in law.items()), expected_tokens(alpha, gamma)


@paper.property(
    "Sec. 3.1", "Eq. 1 is the mean number of tokens of all outcomes for any two models", holds=False, draws=1
)
def mean_depends_on_more(rng):
    target = NgramModel(torch.tensor([[0.98, 0.02], [0.02, 0.98]]).double())
    draft = NgramModel(torch.tensor([[0.98, 0.02], [0.98, 0.02]]).double())
    law = [law_of_a_run(target, draft, start, 6) for start in (0, 1)]
    alpha = float(acceptance_rate(target.table, draft.table).mean())
    mean = sum(len(tokens) * chance for one in law for tokens, chance in one.items()) / 2
    return mean, expected_tokens(alpha, 6)


# A run, sampled


@paper.component("sampler", of=speculative_step, settings=[{"gamma": 1}, {"gamma": 3}, {"gamma": 2, "lenience": 0.5}])
def models_and_prefix(rng):
    return bigram(rng, 5), bigram(rng, 5), torch.randint(5, (4,), generator=rng)


def chi_square(counts, law):
    """Whether counted outcomes are those of a law; outcomes that are rare are taken together."""
    total = sum(counts.values())
    assert counts.keys() <= {tokens for tokens, chance in law.items() if chance > 0}
    often = [tokens for tokens, chance in law.items() if chance * total >= 5]
    seen, expected = [counts.get(tokens, 0) for tokens in often], [law[tokens] * total for tokens in often]
    if (rest := total - sum(expected)) > 1e-6 * total:
        seen, expected = [*seen, total - sum(seen)], [*expected, rest]
    return bool(chisquare(seen, expected).pvalue > 1e-4)


def counted(draw, count):
    counts = {}
    for _ in range(count):
        tokens = tuple(draw().tolist())
        counts[tokens] = counts.get(tokens, 0) + 1
    return counts


@paper.property("Alg. 1", "runs that are sampled have the outcomes that are enumerated: chi-square", draws=1)
def sampled_runs(rng):
    target, draft, gamma = bigram(rng), bigram(rng), 2
    counts = counted(lambda: speculative_step(target, draft, START, gamma, generator=rng).tokens, 1000)
    return chi_square(counts, law_of_a_run(target, draft, 0, gamma))


@paper.property("Alg. 1", "the new tokens are the accepted guesses and one more, between 1 and gamma + 1")
def tokens_of_a_run(rng):
    gamma = whole(rng, 1, 6)
    target, draft, prefix = models_and_prefix.draw(rng)
    step = speculative_step(target, draft, prefix, gamma, generator=rng)
    return len(step.tokens) == step.accepted + 1 and 0 <= step.accepted <= gamma


class Watched:
    """A model that keeps what it is asked for."""

    def __init__(self, model):
        self.model, self.asked = model, []

    def __call__(self, tokens, count):
        self.asked.append((len(tokens), count))
        return self.model(tokens, count)


@paper.property("Alg. 1", "the target runs once, on the prefix and all guesses; the draft once for each guess", draws=3)
def runs_of_the_models(rng):
    target, draft, prefix = models_and_prefix.draw(rng)
    target, draft, gamma = Watched(target), Watched(draft), whole(rng, 1, 5)
    speculative_step(target, draft, prefix, gamma, generator=rng)
    return target.asked == [(4 + gamma, gamma + 1)] and draft.asked == [(4 + i, 1) for i in range(gamma)]


@paper.property(
    "Sec. 3.6", "whatever the draft, nothing comes that the target cannot give; its own guesses are all kept", draws=5
)
def impossible_tokens(rng):
    target = NgramModel(sparse(rng, 5, 5))
    step = speculative_step(target, bigram(rng, 5), START, 4, generator=rng)
    possible = chance_of(target, step.tokens.tolist(), 0) > 0
    return possible and speculative_step(target, target, START, 4, generator=rng).accepted == 4


@paper.property("App. A.5", "a lenient run accepts guesses at the lenient rate", draws=1)
def lenient_runs(rng):
    rows = distributions(rng, 2, 4)
    target, draft = (NgramModel(row.expand(4, 4)) for row in rows)
    step = lambda: speculative_step(target, draft, START, 1, generator=rng, lenience=0.4)  # noqa: E731
    accepted = torch.tensor([step().accepted for _ in range(1000)]).double()
    return Sample(accepted, float(acceptance_rate(*rows, 0.4)))


@paper.property("Alg. 1", "fewer than one guess, and leniences that are none, are refused by value", draws=1)
def runs_are_refused(rng):
    models = models_and_prefix.draw(rng)
    step = lambda gamma, lenience: speculative_step(*models, gamma, generator=rng, lenience=lenience)  # noqa: E731
    wrong = {"received 0": (0, 1.0), "received -1": (-1, 1.0), "received 1.5": (1, 1.5), "received 0.0": (1, 0.0)}
    return all(text in refusal(lambda given=given: step(*given)) for text, given in wrong.items())


# Generation


@paper.component("sampler", of=autoregressive_decode, settings=[{"count": 5}, {"count": 9, "end": 1}])
def model_and_prefix(rng):
    return bigram(rng, 5), torch.randint(5, (4,), generator=rng)


paper.component(
    "sampler",
    of=speculative_decode,
    settings=[{"count": 6, "gamma": 3}, {"count": 1, "gamma": 2}, {"count": 9, "gamma": 2, "end": 1}],
)(lambda rng: (bigram(rng, 5), bigram(rng, 5), torch.randint(5, (4,), generator=rng)))


def law_of_a_text(target, count, end):
    """Probability of every text that the target generates after token 0."""
    law = {}
    for tokens in sequences(3, count):
        cut = tokens[: tokens.index(end) + 1] if end in tokens else tokens
        law[cut] = chance_of(target, cut, 0)
    return law


@paper.property("Sec. 2.1", "texts are distributed as the target's own, with an end and without: chi-square", draws=1)
def distribution_of_texts(rng):
    target, draft = bigram(rng), bigram(rng)
    found = []
    for end in (None, 2):
        law = law_of_a_text(target, 3, end)
        alone = lambda end=end: autoregressive_decode(target, START, 3, generator=rng, end=end).tokens  # noqa: E731
        guessed = lambda end=end: speculative_decode(target, draft, START, 3, 2, generator=rng, end=end).tokens  # noqa: E731
        found += [chi_square(counted(draw, 400), law) for draw in (alone, guessed)]
    return all(found)


@paper.property(
    "Sec. 2.2", "with argmax sampling the text is the same as without guesses, whatever these are", draws=10
)
def greedy_texts(rng):
    target = NgramModel(torch.eye(6)[torch.randperm(6, generator=rng)].double())
    gamma, count = whole(rng, 1, 4), whole(rng, 0, 12)
    alone = autoregressive_decode(target, START, count, generator=rng)
    guessed = speculative_decode(target, bigram(rng, 6), START, count, gamma, generator=rng)
    return alone.tokens.equal(guessed.tokens) and len(alone.tokens) == count == alone.runs


@paper.property(
    "Sec. 2.1", "there are never more runs than tokens, and with perfect guesses (tokens / (gamma + 1)) of them"
)
def runs_of_the_target(rng):
    target, gamma, count = Watched(bigram(rng, 4)), whole(rng, 1, 5), whole(rng, 1, 20)
    worst = speculative_decode(target, bigram(rng, 4), START, count, gamma, generator=rng)
    best = speculative_decode(target.model, target.model, START, count, gamma, generator=rng)
    same = worst.runs == len(target.asked) <= count == len(worst.tokens) == len(best.tokens)
    return same and best.runs == -(-count // (gamma + 1)) and max(size for size, _ in target.asked) <= count


@paper.property(
    "Sec. 2.1", "a text goes on from the prefix, which is not part of it, and ends with the first end token", draws=5
)
def ends_of_texts(rng):
    order = torch.tensor([1, 2, 3, 4, 0])
    target = NgramModel(torch.eye(5)[order].double())
    prefix, gamma = torch.tensor([4, 1]), whole(rng, 1, 6)
    ended = speculative_decode(target, bigram(rng, 5), prefix, 9, gamma, generator=rng, end=4)
    alone = autoregressive_decode(target, prefix, 9, generator=rng, end=4)
    endless = autoregressive_decode(target, torch.tensor([4]), 3, generator=rng, end=4)
    texts = [ended.tokens.tolist(), alone.tokens.tolist(), endless.tokens.tolist()]
    first = [speculative_decode(target, target, prefix, 9, 3, generator=rng, end=2).tokens.tolist()]
    return texts + first == [[2, 3, 4], [2, 3, 4], [0, 1, 2], [2]] and alone.runs == 3


@paper.property("App. A.5", "leniently guessed texts are as lenient as their runs", draws=1)
def lenient_texts(rng):
    rows = distributions(rng, 2, 4)
    target, draft = (NgramModel(row.expand(4, 4)) for row in rows)
    decode = lambda lenience: speculative_decode(target, draft, START, 2, 1, generator=rng, lenience=lenience)  # noqa: E731
    first = torch.stack([decode(0.3).tokens[0] for _ in range(1000)])
    kept = rows[1] * acceptance_probability(*rows, 0.3)
    law, weights = kept + (1 - kept.sum()) * adjusted_distribution(*rows), normal(rng, 4)
    return Sample(weights[first], float(law @ weights))


@paper.property(
    "Sec. 2.1", "negative numbers of tokens, and guesses and leniences that are none, are refused by value", draws=1
)
def texts_are_refused(rng):
    target = bigram(rng)
    decode = lambda count, gamma, l: speculative_decode(target, target, START, count, gamma, generator=rng, lenience=l)  # noqa: E731, E741
    wrong = {
        "received count=-1": (-1, 1, 1.0),
        "gamma=0": (1, 0, 1.0),
        "lenience=2.0": (1, 1, 2.0),
        "lenience=0.0": (1, 1, 0.0),
    }
    found = [text in refusal(lambda given=given: decode(*given)) for text, given in wrong.items()]
    found.append("received -1" in refusal(lambda: autoregressive_decode(target, START, -1, generator=rng)))
    return all(found) and decode(0, 1, 1.0).runs == 0
