"""Models: n-grams, those of transformers, and the two of the measurement (sections 3.4 and 3.6)."""

import inspect
import tempfile
from functools import partial
from pathlib import Path

import torch
from ectype import Sample
from ectype.experiments import Run

from ectype_speculative_decoding.acceptance import acceptance_rate
from ectype_speculative_decoding.cached_model import CachedModel
from ectype_speculative_decoding.claims.shared import distributions, normal, paper, refusal, uniform, whole
from ectype_speculative_decoding.decoding import autoregressive_decode, speculative_decode
from ectype_speculative_decoding.measurement import VOCABULARY, Tokens, matching_step, measure_tokens, pair_of_models
from ectype_speculative_decoding.ngram_model import NgramModel, fit_ngram
from ectype_speculative_decoding.standardized import standardize

# N-grams


@paper.property("Sec. 3.6", "an n-gram model looks up what follows the last tokens of each prefix")
def lookups(rng):
    tokens, found, expected = torch.randint(3, (9,), generator=rng), [], []
    for order in (0, 1, 2, 3):
        table, count = distributions(rng, *[3] * (order + 1)), whole(rng, 1, 4)
        found.append(NgramModel(table)(tokens, count))
        ends = range(len(tokens) - count + 1, len(tokens) + 1)
        expected.append(torch.stack([table[tuple(tokens[end - order : end].tolist())] for end in ends]))
    return found, expected


@paper.property("Sec. 3.6", "counts of what follows what, with something added, make the table", draws=5)
def counts_of_a_text(rng):
    text, found, expected = torch.randint(3, (40,), generator=rng), [], []
    for order in (0, 1, 2):
        counts = torch.full([3] * (order + 1), 0.5, dtype=torch.float64)
        for end in range(order, 40):
            counts[tuple(text[end - order : end + 1].tolist())] += 1
        found.append(fit_ngram(text, 3, order, 0.5).table)
        expected.append(counts / counts.sum(-1, keepdim=True))
    default = fit_ngram(text, 3).table
    return [*found, default], [*expected, fit_ngram(text, 3, 1, 1.0).table]


@paper.property(
    "Sec. 3.6", "even unigram and bigram models of a text are accepted now and then, a bigram model more often", draws=3
)
def trivial_models(rng):
    target = NgramModel(distributions(rng, 6, 6))
    text = autoregressive_decode(target, torch.zeros(1, dtype=torch.long), 600, generator=rng).tokens
    drafts = [fit_ngram(text, 6, order) for order in (0, 1)]
    rates = [float(acceptance_rate(target(text, 500), draft(text, 500)).mean()) for draft in drafts]
    return 0.1 < rates[0] < rates[1] < 1


@paper.property("Sec. 3.6", "an approximation that chooses tokens at random is accepted now and then for any target")
def random_tokens(rng):
    p, even = distributions(rng, 5), torch.full((5,), 0.2).double()
    return bool(0 < acceptance_rate(p, even) < 1)


@paper.property(
    "Sec. 3.6", "tables that are none, orders below zero and counts that may be zero are refused by value", draws=1
)
def tables_are_refused(rng):
    text = torch.zeros(3, dtype=torch.long)
    negative = torch.tensor([[1.5, -0.5], [0.5, 0.5]])
    calls = {
        "received (2, 3)": lambda: NgramModel(distributions(rng, 2, 3)),
        "rows that sum to 2 to 2": lambda: NgramModel(torch.ones(2, 2)),
        "rows that sum to 1 to 1": lambda: NgramModel(negative),
        "order=-1": lambda: fit_ngram(text, 2, -1),
        "smoothing=0.0": lambda: fit_ngram(text, 2, 1, 0.0),
    }
    return all(text in refusal(call) for text, call in calls.items())


# Models of transformers


def language_model(rng, layers, classes=7):
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=classes, n_positions=64, n_embd=16, n_layer=layers, n_head=2, eos_token_id=None)
    config.initializer_range = 0.5  # far from even distributions
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(whole(rng, 0, 2**31 - 1))
        return GPT2LMHeadModel(config).double().eval()


class Counted:
    """A model that keeps how many tokens it computes."""

    def __init__(self, model):
        self.model, self.lengths = model, []

    def __call__(self, *, input_ids, past_key_values, use_cache):
        self.lengths.append(input_ids.shape[1])
        return self.model(input_ids=input_ids, past_key_values=past_key_values, use_cache=use_cache)


@paper.property(
    "Sec. 3.4",
    "with its cache, cut off where tokens changed, a model gives what it gives without",
    draws=3,
    needs="transformers",
)
def cached_distributions(rng):
    model = language_model(rng, 1)
    cached, found, expected = CachedModel(model), [], []
    texts = [[1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3, 4, 6, 0], [1, 2, 3, 4, 6, 0], [1, 2], [5, 2, 1], [5, 2, 1, 1]]
    for text in texts:
        tokens, count = torch.tensor(text), whole(rng, 1, len(text))
        found.append(cached(tokens, count))
        with torch.no_grad():
            expected.append(model(tokens[None]).logits[0, -count:].softmax(-1))
    return found, expected


@paper.property(
    "Sec. 3.4", "tokens whose keys and values are known are not computed again", draws=1, needs="transformers"
)
def computed_once(rng):
    model = Counted(language_model(rng, 1))
    cached = CachedModel(model)
    calls = {(1, 2, 3): 1, (1, 2, 3, 4, 5): 1, (1, 2, 3, 4, 6): 2, (1, 2, 3, 4, 6, 0): 3, (5,): 1, (5, 1): 1}
    flags = []
    for text, count in calls.items():
        flags.append(cached(torch.tensor(text), count).requires_grad)
    return model.lengths == [3, 2, 2, 3, 1, 1] and not any(flags)


@paper.property(
    "Sec. 2.2",
    "argmax sampling gives the text of transformers' greedy and assisted generation, with fewer runs",
    draws=2,
    needs="transformers",
)
def texts_of_transformers(rng):
    target, draft = language_model(rng, 2), language_model(rng, 1)
    prefix, greedy = torch.tensor([3, 1, 4]), partial(standardize, temperature=0.0)
    ours = speculative_decode(CachedModel(target, greedy), CachedModel(draft, greedy), prefix, 20, 4, generator=rng)
    by_itself = speculative_decode(
        CachedModel(target, greedy), CachedModel(target, greedy), prefix, 20, 4, generator=rng
    )
    settings = {"max_new_tokens": 20, "do_sample": False, "attention_mask": torch.ones(1, 3), "pad_token_id": 0}
    texts = [target.generate(prefix[None], **settings, **more) for more in ({}, {"assistant_model": draft})]
    same = all(text[0, 3:].equal(ours.tokens) for text in texts)
    return same and by_itself.tokens.equal(ours.tokens) and by_itself.runs == 4 <= ours.runs <= 20


# The two models of the measurement


@paper.property(
    "Sec. 3.1", "the pair of models has one acceptance rate after every token, and tables of all tokens", draws=5
)
def rates_of_the_pair(rng):
    alpha = float(uniform(rng))
    target, draft = pair_of_models(alpha, whole(rng, 0, 10**6))
    sizes = {(VOCABULARY, VOCABULARY), tuple(target.table.shape), tuple(draft.table.shape)}
    assert len(sizes) == 1
    assert bool(((draft.table > 0).sum(-1) == VOCABULARY // 2).all())
    return acceptance_rate(target.table, draft.table), torch.full((VOCABULARY,), alpha, dtype=torch.float64)


@paper.property("Sec. 3.1", "after different tokens, and with different seeds, the models differ", draws=2)
def pairs_differ(rng):
    seed = whole(rng, 0, 10**6)
    (target, draft), (again, _), (other, _) = (pair_of_models(0.5, s) for s in (seed, seed, seed + 1))
    rows = {tuple(row) for row in (draft.table > 0).tolist()}
    spread = draft.table[draft.table > 0]
    uneven = spread.max() > 1.5 * spread.min() and spread.min() > 0.02
    return len(rows) > 4 and bool(uneven) and again.table.equal(target.table) and not other.table.equal(target.table)


@paper.property("Alg. 1", "the rival keeps a guess with the sum of p q, and gives tokens of the target", draws=1)
def rate_of_the_rival(rng):
    rows = distributions(rng, 2, 4)
    models = [NgramModel(row.expand(4, 4)) for row in rows]
    steps = [matching_step(*models, torch.zeros(1, dtype=torch.long), 2, generator=rng) for _ in range(1000)]
    assert all(len(step.tokens) == step.accepted + 1 and 0 <= step.accepted <= 2 for step in steps)
    rate, weights = float(rows.prod(0).sum()), normal(rng, 4)
    length = 1 + rate + rate**2
    last = torch.stack([weights[step.tokens].sum() / length for step in steps])
    return Sample(last, float(rows[0] @ weights))


@paper.property("Alg. 1", "the rival keeps one guess in sum of p q of all", draws=1)
def guesses_of_the_rival(rng):
    rows = distributions(rng, 2, 4)
    models = [NgramModel(row.expand(4, 4)) for row in rows]
    kept = [matching_step(*models, torch.zeros(1, dtype=torch.long), 1, generator=rng).accepted for _ in range(1000)]
    return Sample(torch.tensor(kept).double(), float(rows.prod(0).sum()))


@paper.property("Alg. 1", "runs follow each other on what they generated, and count their tokens", draws=2)
def runs_follow(rng):
    seed, steps = whole(rng, 0, 10**6), []

    def watched(target, draft, prefix, gamma, *, generator):
        step = speculative_step(target, draft, prefix, gamma, generator=generator)
        steps.append((prefix.tolist(), step.tokens.tolist(), gamma))
        return step

    from ectype_speculative_decoding.decoding_step import speculative_step

    tokens = Tokens(0.7, 3, "speculative", seed)
    tokens._step = watched
    for _ in range(20):
        tokens.run()
    starts = [prefix for prefix, *_ in steps]
    follow = starts == [[0], *([new[-1]] for _, new, _ in steps[:-1])]
    return follow and tokens.runs == 20 and tokens.tokens == sum(len(new) for _, new, _ in steps) and steps[0][2] == 3


def measured(seed, **arguments):
    with (
        tempfile.TemporaryDirectory() as folder,
        torch.random.fork_rng(devices=[]),
        Run(Path(folder), seed=seed) as run,
    ):
        return measure_tokens(run, **arguments)["tokens of a run"], run.curves()


@paper.property("Sec. 3.1", "a measurement is the mean of its runs, by its seed and rule", draws=1)
def measurements(rng):
    seed, curves, by_hand = whole(rng, 0, 10**6), {}, {}
    for rule, runs in (("speculative", 1100), ("matching", 100)):
        curves[rule] = measured(seed, alpha=0.7, gamma=3, rule=rule, runs=runs)
        tokens = Tokens(0.7, 3, rule, seed)
        for _ in range(runs):
            tokens.run()
        by_hand[rule] = tokens.tokens / tokens.runs
    mean, curve = curves["speculative"]
    short, other = (measured(s, alpha=0.7, gamma=3, runs=100)[0] for s in (seed, seed + 1))
    logged = [line["step"] for line in curve] == [1000, 1100] and curve[-1]["tokens"] == mean
    same = by_hand == {rule: found for rule, (found, _) in curves.items()}
    return logged and same and mean > by_hand["matching"] and short != other


@paper.property("Sec. 3.1", "4,000 runs of Algorithm 1 are measured unless told otherwise", draws=1)
def default_measurement(rng):
    parameters = inspect.signature(measure_tokens).parameters
    return (parameters["rule"].default, parameters["runs"].default) == ("speculative", 4_000)


@paper.property("Sec. 3.1", "a measurement that is loaded goes on as one that was not stopped", draws=1)
def measurements_go_on(rng):
    first, second = Tokens(0.6, 2, "speculative", 1), Tokens(0.6, 2, "speculative", 1)
    for _ in range(5):
        first.run()
    second.load_state_dict(first.state_dict())
    for _ in range(20):
        first.run()
        second.run()
    return (first.tokens, first.runs) == (second.tokens, second.runs) and first._last.equal(second._last)


@paper.property("Sec. 3.1", "rules that are none are refused by value", draws=1)
def rules_are_refused(rng):
    return "must be one of speculative, matching; received greedy" in refusal(lambda: Tokens(0.5, 1, "greedy", 0))
