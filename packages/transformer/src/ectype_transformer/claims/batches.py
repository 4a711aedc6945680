"""Sentence pairs and the batches that they are trained in (section 5.1)."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import torch

from ectype_transformer.batch_order import BatchOrder, batches
from ectype_transformer.claims.shared import paper, refusal
from ectype_transformer.token_pairs import END, PADDING, START, Batch, Sequences, TokenPairs


def some_lists(rng, count, longest=6):
    """Pairs of sequences of one to so many tokens, as lists."""
    lengths = torch.randint(1, longest + 1, (count, 2), generator=rng).tolist()
    return [tuple(torch.randint(3, 11, (n,), generator=rng).tolist() for n in pair) for pair in lengths]


def some_pairs(rng, count, longest=6):
    """The same as the package stores them."""
    return TokenPairs.of(some_lists(rng, count, longest))


def lists(pairs):
    """What is stored, as lists."""
    return [(pairs.source[row].tolist(), pairs.target[row].tolist()) for row in range(len(pairs))]


# Pairs


@paper.property("Sec. 5.1", "sequences are stored with an end token each, in order, and read back from a file", draws=3)
def pairs_come_back(rng):
    given = [*some_lists(rng, 5), ([], [4]), ([7, 8], [])]
    pairs, none = TokenPairs.of(iter(given)), TokenPairs.of([])
    ended = [([*source, END], [*target, END]) for source, target in given]
    longer = [max(map(len, pair)) for pair in ended]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.safetensors"
        pairs.save(path)
        loaded = TokenPairs.load(path)
    stored = lists(pairs) == lists(loaded) == ended and pairs.lengths.tolist() == loaded.lengths.tolist() == longer
    return stored and len(pairs) == len(loaded) == 7 and len(none) == 0 and lists(none) == []


@paper.property("Sec. 5.1", "there are as many targets as sources", draws=1)
def targets_of_all_sources(rng):
    one, two = (Sequences(torch.tensor([END] * n), torch.arange(1, n + 1)) for n in (1, 2))
    return "received 2 and 1" in refusal(lambda: TokenPairs(two, one)) and len(TokenPairs(two, two)) == 2


@paper.property("Sec. 3.1", "the target that goes in is the one to predict, offset by one position", draws=5)
def shifted_targets(rng):
    given = some_lists(rng, 5)
    rows = torch.randperm(5, generator=rng)[:3]
    batch = TokenPairs.of(given).batch(rows)
    sources, targets = ([given[row][side] + [END] for row in rows.tolist()] for side in (0, 1))

    def filled(sequences):
        longest = max(map(len, sequences))
        return [sequence + [PADDING] * (longest - len(sequence)) for sequence in sequences]

    shifted = [[START, *target[:-1]] for target in filled(targets)]
    return [tokens.tolist() for tokens in batch] == [filled(sources), shifted, filled(targets)]


@paper.property(
    "Sec. 5.1", "a share without pairs is one row of padding, which counts for nothing in the loss", draws=1
)
def no_pairs(rng):
    batch = some_pairs(rng, 2).batch(torch.arange(0))
    return [tokens.tolist() for tokens in batch] == [[[PADDING]], [[START]], [[PADDING]]]


@paper.property("Sec. 5.1", "a batch is copied to a device whole", draws=1)
def batches_move(rng):
    batch = some_pairs(rng, 2).batch(torch.arange(2))
    moved = batch.to("meta")
    return isinstance(moved, Batch) and [(t.device.type, t.shape) for t in moved] == [("meta", t.shape) for t in batch]


# Batches


@paper.component("data", of=batches, settings=[{"tokens": 60, "epoch": 0}, {"tokens": 200, "epoch": 2}])
def some_lengths(rng, pairs=50):
    return torch.randint(1, 61, (pairs,), generator=rng)


def class_of(length):
    """The class of a length: up to 16 tokens, and then each a tenth longer than the one before."""
    bound, number = 16.0, 0
    while bound < length:
        bound, number = bound * 1.1, number + 1
    return number


def sizes_of_batches(lengths, tokens):
    """For each batch its class and how many pairs it has; sorted."""
    classes = {}
    for length in lengths:
        classes.setdefault(class_of(length), []).append(length)
    found = []
    for number, of_class in classes.items():
        full, rest = divmod(len(of_class), tokens // max(of_class))
        found += [(number, tokens // max(of_class))] * full + [(number, rest)] * (rest > 0)
    return sorted(found)


@paper.property(
    "Sec. 5.1",
    "batches are of pairs of about the same length, as many as fit into so many source and so many target tokens",
    draws=5,
)
def full_batches(rng):
    found, expected = [], []
    for longest in (60, 30, 9, 1):
        tokens = int(torch.randint(longest, 400, (), generator=rng))
        lengths = torch.randint(1, longest + 1, (300,), generator=rng)
        made = [lengths[rows].tolist() for rows in batches(lengths, tokens, seed=0, epoch=0)]
        found.append(sorted((number, len(rows)) for rows in made for number in {class_of(n) for n in rows}))
        expected.append(sizes_of_batches(lengths.tolist(), tokens))
    return found == expected


@paper.property("Sec. 5.1", "every epoch has every pair once, in an order of its own that the seed decides", draws=3)
def epochs_of_batches(rng):
    lengths = some_pairs(rng, 60, longest=40).lengths
    order, again, other = (BatchOrder(lengths, 50, seed=seed) for seed in (3, 3, 4))
    count = len(order)
    epochs = [[of.batch(1 + i + e * count).tolist() for i in range(count)] for of in (order, other) for e in range(3)]
    complete = all(sorted(itertools.chain(*epoch)) == list(range(60)) for epoch in epochs)
    of_their_own = (
        len({str(epoch) for epoch in epochs}) == len({str(sorted(map(sorted, epoch))) for epoch in epochs}) == 6
    )
    longest = [[max(lengths[row].item() for row in rows) for rows in epoch] for epoch in epochs]
    mixed = all(of_epoch != sorted(of_epoch) for of_epoch in longest)
    by_step = [again.batch(1 + 2 * count).tolist(), again.batch(2).tolist()] == [epochs[2][0], epochs[0][1]]
    return complete and of_their_own and mixed and by_step


@paper.property("Sec. 5.1", "an epoch is shuffled once, and not again for each of its steps", draws=1)
def shuffled_once(rng):
    with patch.object(torch, "randperm", wraps=torch.randperm) as shuffle:
        order = BatchOrder(some_lengths.draw(rng), 60)
        for step in range(1, 2 * len(order) + 1):
            order.batch(step)
    return shuffle.call_count == 2 * 2


@paper.property("Sec. 5.1", "no pairs, a pair that does not fit, and steps below 1 are refused by value", draws=1)
def batches_are_refused(rng):
    def one(lengths, tokens):
        return [rows.tolist() for rows in batches(torch.tensor(lengths, dtype=torch.long), tokens, seed=0, epoch=0)]

    wrong = {
        "received 0 pairs, the longest of 0 tokens": lambda: one([], 60),
        "a batch of 59 tokens; received 3 pairs, the longest of 60 tokens": lambda: one([3, 60, 1], 59),
        "received 2 pairs, the longest of 0 tokens": lambda: one([0, 0], 60),
        "count from 1; received 0": lambda: BatchOrder(torch.tensor([3]), 60).batch(0),
    }
    return all(text in refusal(make) for text, make in wrong.items()) and one([60], 60) == one([1], 1) == [[0]]
