"""Angles and rotations (sections 3.2 and 3.4.2)."""

import inspect

import torch

from ectype_roformer.angles import rotary_angles, rotary_frequencies
from ectype_roformer.attention import RotarySelfAttention
from ectype_roformer.claims import oracles
from ectype_roformer.claims.shared import angles_of, normal, paper, refusal, whole
from ectype_roformer.rotation import rotary_matrix, rotate_halves, rotate_neighbours

# Angles


paper.component(
    "layer",
    of=rotary_frequencies,
    settings=[{}, {"base": 500_000.0}, {"base": 2.0, "dtype": torch.float64}],
)(lambda rng, planes=3: 2 * planes)
paper.equation("Eq. 15", of=rotary_frequencies)(oracles.rotary_frequencies)


@paper.reference(
    of=rotary_frequencies, needs="rotary_embedding_torch", tolerance=1e-6, because="computed in float32 there"
)
def rotary_embedding_torch(width, base):
    from rotary_embedding_torch import RotaryEmbedding

    return RotaryEmbedding(width, theta=base).freqs.detach().double()


@paper.component(
    "layer",
    of=rotary_angles,
    settings=[
        {"width": 2, "dtype": torch.float64},
        {"width": 6, "dtype": torch.float64},
        {"width": 4, "base": 7.0, "dtype": torch.float64},
    ],
)
def some_positions(rng, batch=4, length=5):
    return whole(rng, -50, 50, batch, length)


@some_positions.limit("one after the other")
def _(rng):
    return torch.arange(7)


paper.equation("Eq. 15", of=rotary_angles)(oracles.rotary_angles)


@paper.property(
    "Sec. 3.2.2", "unless asked otherwise the base is 10000, frequencies are exact, angles in float32", draws=1
)
def default_angles(rng):
    base = inspect.signature(RotarySelfAttention).parameters["base"].default
    frequencies, hundredth = rotary_frequencies(4), float(torch.tensor(0.03))
    angles = [rotary_angles(torch.tensor([3], dtype=dtype), 4) for dtype in (torch.bfloat16, torch.float64)]
    same = all(each.dtype == torch.float32 and each.tolist() == [[3.0, hundredth]] for each in angles)
    return same and frequencies.dtype == torch.float64 and frequencies.tolist() == [1.0, 0.01] and base == 10_000.0


@paper.property("Sec. 3.2.2", "everything is made where it is asked for, or where what it belongs to is", draws=1)
def devices(rng):
    angles, attention, inputs = torch.ones(2, 3), RotarySelfAttention(6, 1), torch.ones(2, 6)
    asked = rotary_frequencies(4, device="meta").is_meta and rotary_angles(torch.arange(2, device="meta"), 4).is_meta
    with torch.device("meta"):
        return asked and rotary_matrix(angles).device.type == attention(inputs).device.type == "cpu"


@paper.property("Sec. 3.2.2", "an odd width and a base that is not positive are refused, all reasons at once", draws=1)
def widths_are_refused(rng):
    wrong = {
        (3, 1.0): ["width must be even and at least 2; received 3"],
        (0, 1.0): ["received 0"],
        (-2, 1.0): ["received -2"],
        (2, 0.0): ["base must be positive; received 0.0"],
        (1, -1.0): ["received 1", "received -1.0"],
    }
    refused = [
        all(text in refusal(lambda given=given: rotary_frequencies(*given)) for text in texts)
        for given, texts in wrong.items()
    ]
    return all(refused) and refusal(lambda: rotary_frequencies(2, 0.5)) == ""


# Rotation


def vectors_and_angles(rng, batch=2, length=3, planes=2):
    return normal(rng, batch, length, 2 * planes), angles_of(whole(rng, -9, 9, batch, length), 2 * planes)


neighbours = paper.component("layer", of=rotate_neighbours)(vectors_and_angles)
halves = paper.component("layer", of=rotate_halves)(vectors_and_angles)


def of_all_heads(rng):
    return normal(rng, 2, 4, 3, 6), angles_of(torch.arange(3), 6)


def of_one_vector_each(rng):
    return normal(rng, 2, 3, 4), angles_of(torch.tensor([[5], [7]]), 4)


for each in (neighbours, halves):
    each.limit("the same angles for all heads")(of_all_heads)
    each.limit("one position for each item")(of_one_vector_each)

paper.equation("Eq. 34", of=rotate_neighbours)(oracles.rotate_neighbours)
paper.equation("Sec. 3.2.2", of=rotate_halves)(oracles.rotate_halves)


def twice(angles):
    """Each angle for both coordinates of its plane."""
    return angles.repeat_interleave(2, dim=-1)


@paper.reference(of=rotate_neighbours, needs="transformers")
def transformers_gptj(vectors, angles):
    from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb

    flat = angles.expand(*vectors.shape[:-1], -1).reshape(-1, 1, angles.shape[-1])
    rows = vectors.reshape(-1, 1, 1, vectors.shape[-1])
    return apply_rotary_pos_emb(rows, flat.sin(), flat.cos()).reshape(vectors.shape)


@paper.reference(of=rotate_neighbours, needs="transformers")
def transformers_roformer(vectors, angles):
    from transformers.models.roformer.modeling_roformer import RoFormerSelfAttention

    both = torch.cat([angles.sin(), angles.cos()], dim=-1).expand_as(vectors)
    return RoFormerSelfAttention.apply_rotary_position_embeddings(both, vectors, vectors)[0]


@paper.reference(of=rotate_neighbours, needs="rotary_embedding_torch", id="rotary-embedding-torch")
def _(vectors, angles):
    from rotary_embedding_torch import apply_rotary_emb

    four = vectors.unsqueeze(0)
    return apply_rotary_emb(twice(angles).expand_as(four), four).squeeze(0)


@paper.reference(of=rotate_neighbours, needs="x_transformers")
def x_transformers(vectors, angles):
    from x_transformers.x_transformers import apply_rotary_pos_emb

    rows, both = (x.reshape(-1, 1, vectors.shape[-1]) for x in (vectors, twice(angles).expand_as(vectors)))
    return apply_rotary_pos_emb(rows, both).reshape(vectors.shape)


@paper.reference(of=rotate_halves, needs="transformers")
def transformers_llama(vectors, angles):
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    both = torch.cat([angles, angles], dim=-1).expand_as(vectors)
    return apply_rotary_pos_emb(vectors.unsqueeze(1), vectors.unsqueeze(1), both.cos(), both.sin())[0].squeeze(1)


@paper.reference(of=rotate_halves, needs="transformers")
def transformers_gpt_neox(vectors, angles):
    from transformers.models.gpt_neox.modeling_gpt_neox import apply_rotary_pos_emb

    both = torch.cat([angles, angles], dim=-1).expand_as(vectors)
    return apply_rotary_pos_emb(vectors.unsqueeze(1), vectors.unsqueeze(1), both.cos(), both.sin())[1].squeeze(1)


@paper.property(
    "Eq. 34", "coordinates and angles that do not fit are refused, also where nobody checks annotations", draws=1
)
def shapes_are_refused(rng):
    angles = torch.zeros(2, 3)
    texts = [
        refusal(lambda rotate=rotate, width=width: inspect.unwrap(rotate)(torch.zeros(2, width), angles))
        for rotate in (rotate_neighbours, rotate_halves)
        for width in (3, 5, 7, 12)
    ]
    return all(
        f"received {width} coordinates and 3 angles" in text
        for width, text in zip((3, 5, 7, 12) * 2, texts, strict=True)
    )


@paper.property("Sec. 3.2.2", "vectors in bfloat16 are rotated by the cosines of angles in float32", draws=5)
def cosines_are_exact(rng):
    angles = rotary_angles(whole(rng, 300, 4000, 50), 6)
    unit = torch.ones(50, 6).bfloat16()
    first, second = (rotate_halves(unit, angles)[:, part] for part in (slice(3), slice(3, 6)))
    cos, sin = angles.cos().bfloat16(), angles.sin().bfloat16()
    return [first, second], [cos - sin, cos + sin]


# The matrix


@paper.component("layer", of=rotary_matrix)
def some_angles(rng, batch=3, planes=2):
    return 3 * normal(rng, batch, planes)


@some_angles.limit("one position")
def _(rng):
    return 3 * normal(rng, 3)


paper.equation("Eq. 15", of=rotary_matrix)(oracles.rotary_matrix)


def rotations(rng, *positions, width=6):
    return [rotary_matrix(angles_of(position, width)) for position in positions]


def two_positions(rng):
    return whole(rng, 0, 1000), whole(rng, 0, 1000)


@paper.property("Eq. 34", "the elementwise form equals the product with the block matrix")
def elementwise_is_the_matrix(rng):
    vectors, angles = vectors_and_angles(rng)
    return rotate_neighbours(vectors, angles), (rotary_matrix(angles) @ vectors.unsqueeze(-1)).squeeze(-1)


@paper.property("Sec. 3.2.2", "the rotary matrix is orthogonal, with determinant 1")
def orthogonal(rng):
    (matrix,) = rotations(rng, whole(rng, 0, 1000))
    return [matrix @ matrix.mT, matrix.det()], [torch.eye(6).double(), torch.ones(()).double()]


@paper.property("Eq. 16", "the matrix of an offset: R_(n-m) = R_m^T R_n")
def relative_matrix(rng):
    m, n = two_positions(rng)
    first, second, both = rotations(rng, m, n, n - m)
    return both, first.mT @ second


@paper.property("Eq. 15", "rotations add up: R_m R_n = R_(m+n)")
def rotations_add_up(rng):
    m, n = two_positions(rng)
    first, second, both = rotations(rng, m, n, m + n)
    return both, first @ second


@paper.property("Eq. 22", "position 0 is encoded as the vector itself", draws=5)
def position_zero(rng):
    vectors, angles = vectors_and_angles(rng)
    return [rotate(vectors, 0 * angles) for rotate in (rotate_neighbours, rotate_halves)], [vectors, vectors]


@paper.property("Sec. 3.3", "the norm of a vector stays as it is")
def norms_stay(rng):
    vectors, angles = vectors_and_angles(rng)
    return rotate_neighbours(vectors, angles).norm(dim=-1), vectors.norm(dim=-1)


@paper.property("Sec. 3.2.2", "rotating by another vector's position is the identity", holds=False, draws=5)
def positions_matter(rng):
    vectors, angles = vectors_and_angles(rng)
    return rotate_neighbours(vectors, angles + 1), vectors


@paper.property(
    "Sec. 3.2", "integer positions in float32: all the angles of a context of 4096 differ in a plane", draws=1
)
def angles_differ(rng):
    angles = rotary_angles(torch.arange(4096), 64)
    return all(len(plane.unique()) == 4096 for plane in angles.T)
