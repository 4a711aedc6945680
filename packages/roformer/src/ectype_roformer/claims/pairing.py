"""The two pairings of coordinates, and the permutation between them (section 3.2.2)."""

from functools import partial

import torch
from ectype.traits import Invertible

from ectype_roformer.attention import RotarySelfAttention
from ectype_roformer.claims import oracles
from ectype_roformer.claims.rotation import vectors_and_angles
from ectype_roformer.claims.shared import at_random, normal, paper, refusal
from ectype_roformer.pairing import halves_to_neighbours, neighbours_to_halves
from ectype_roformer.rotation import rotate_halves, rotate_neighbours


def some_weight(rng, heads, planes=3, columns=4):
    return normal(rng, 2 * heads * planes, columns)


def some_bias(rng, heads):
    return normal(rng, 4 * heads)


HEADS = [{"heads": 1}, {"heads": 3}]
to_halves = paper.component(
    "layer",
    of=neighbours_to_halves,
    settings=HEADS,
    traits=[Invertible(lambda weight, heads: halves_to_neighbours(weight, heads))],
)(some_weight)
to_neighbours = paper.component("layer", of=halves_to_neighbours, settings=HEADS)(some_weight)
for each in (to_halves, to_neighbours):
    each.limit("a bias")(some_bias)
paper.equation("Sec. 3.2.2", of=neighbours_to_halves)(oracles.neighbours_to_halves)
paper.equation("Sec. 3.2.2", of=halves_to_neighbours)(oracles.halves_to_neighbours)


@paper.property("Sec. 3.2.2", "the pairings are one rotation in two orders of the coordinates", draws=5)
def one_rotation(rng):
    vectors, angles = vectors_and_angles(rng, planes=3)
    order = oracles.halves_order(6, 1)
    return rotate_halves(vectors[..., order], angles), rotate_neighbours(vectors, angles)[..., order]


@paper.property("Sec. 3.2.2", "exchanging the coordinates of each plane turns the sense of the rotation", draws=5)
def sense_of_rotation(rng):
    vectors, angles = vectors_and_angles(rng)
    exchanged = [1, 0, 3, 2]
    return rotate_neighbours(vectors[..., exchanged], angles)[..., exchanged], rotate_neighbours(vectors, -angles)


def two_attentions(rng, reordered):
    """An attention in the paper's pairing, and one in the other with its weights, of which some are reordered."""
    ours = at_random(rng, lambda: RotarySelfAttention(12, 2))
    theirs = RotarySelfAttention(12, 2, rotate=rotate_halves).double()
    theirs.load_state_dict(
        {
            name: neighbours_to_halves(value, 2) if name.partition(".")[0] in reordered else value
            for name, value in ours.state_dict().items()
        }
    )
    inputs = normal(rng, 2, 5, 12)
    return ours(inputs), theirs(inputs)


@paper.property("Eq. 14", "with the rows of W_q and W_k reordered the other pairing gives the same", draws=5)
def reordered_rows(rng):
    return two_attentions(rng, ("query", "key"))


@paper.property("Eq. 14", "with the rows as they are it gives the same", holds=False, draws=5)
def rows_as_they_are(rng):
    return two_attentions(rng, ())


@paper.property("Eq. 14", "with the rows of W_v reordered, too, it gives the same", holds=False, draws=5)
def values_are_not_reordered(rng):
    return two_attentions(rng, ("query", "key", "value"))


@paper.property("Eq. 14", "with the rows of W_q reordered alone it gives the same", holds=False, draws=5)
def queries_alone(rng):
    return two_attentions(rng, ("query",))


@paper.property("Sec. 3.2.2", "rows that are not an even number for each head are refused by value", draws=1)
def rows_are_refused(rng):
    wrong = [(6, 2), (4, 0), (4, -1), (3, 1)]
    texts = [
        refusal(partial(reorder, torch.zeros(rows, 2), heads))
        for reorder in (neighbours_to_halves, halves_to_neighbours)
        for rows, heads in wrong
    ]
    return all(
        f"received {rows} rows and heads={heads}" in text for (rows, heads), text in zip(wrong * 2, texts, strict=True)
    )


@paper.property("Sec. 3.2.2", "both orders are those of transformers' PermuteForRope", needs="transformers", draws=3)
def transformers_order(rng):
    from types import SimpleNamespace

    from transformers.core_model_loading import PermuteForRope

    weight, config = some_weight(rng, 3), SimpleNamespace(num_attention_heads=3)
    theirs = [
        PermuteForRope(inverse=inverse).convert({"w": weight}, ["w"], ["w"], config)["w"] for inverse in (False, True)
    ]
    return [neighbours_to_halves(weight, 3), halves_to_neighbours(weight, 3)], theirs
