"""Where the paper, its own sentences, its official code and libraries say different things."""

import math

import torch
import torch.nn.functional as F
from ectype_transformer import scaled_dot_product_attention

from ectype_roformer.angles import rotary_angles, rotary_frequencies
from ectype_roformer.attention import RotarySelfAttention, encode_position, rotary_scores
from ectype_roformer.claims.shared import angles_of, at_random, normal, paper
from ectype_roformer.decay import relative_upper_bound
from ectype_roformer.linear_attention import rotary_linear_attention
from ectype_roformer.pairing import neighbours_to_halves
from ectype_roformer.rotation import rotary_matrix, rotate_halves, rotate_neighbours

TRANSFORMERS = "transformers 5.23.0, models"


def generator():
    return torch.Generator().manual_seed(0)


def percent(part, whole):
    return round(100 * float(part / whole), 1)


def apart(left, right):
    """Root mean square of a difference, in per cent of that of the second."""
    return percent((left - right).square().mean().sqrt(), right.square().mean().sqrt())


# Which coordinates make a plane (Eq. 15)

pairing = paper.disagreement(
    "pairing of coordinates",
    "The paper pairs neighbouring coordinates, as GPT-J does and Meta's own code of Llama. GPT-NeoX, and Llama in "
    "transformers, pair the two halves. Weights of one load into the other without an error, and mean something else "
    "unless the rows of W_q and W_k are reordered, as transformers does when it converts Llama.",
    at="Eq. 15",
    follow="paper",
)


@pairing.reading("paper", source=f"Eq. 15; {TRANSFORMERS}/gptj; meta-llama/llama3@a0940f9, llama/model.py l. 65-75")
def _(rows):
    return rows, rotate_neighbours


@pairing.reading("halves", source=f"{TRANSFORMERS}/gpt_neox and llama, the rows loaded as they are")
def _(rows):
    return rows, rotate_halves


@pairing.reading("halves, rows reordered", source=f"{TRANSFORMERS}/llama, the rows reordered first")
def _(rows):
    return neighbours_to_halves(rows, 1), rotate_halves


def products(reading, query, key):
    """Inner products of 256 positions under a reading, for rows that produce the same vector everywhere or others."""
    angles = angles_of(torch.arange(256), 64)
    found = []
    for rows in (query, key):
        rows, rotate = reading(rows)
        found.append(rotate(rows.mT, angles))
    return found[0] @ found[1].mT


@pairing.measure("deviation of the attention logits of a random head of 64 coordinates, in per cent of their size")
def _(reading):
    rng = generator()
    query, key = normal(rng, 2, 64, 256)
    return apart(products(reading, query, key), products(pairing.readings["paper"].function, query, key))


@pairing.measure("positions at which a head that was made to attend to the one before still does, in per cent")
def _(reading):
    # the key is one vector, the query the same vector one position back, so that their product is largest at n = m - 1
    vector = normal(generator(), 64, 1)
    query = rotary_matrix(-angles_of(torch.ones(()), 64)) @ vector
    logits = products(reading, query.expand(64, 256), vector.expand(64, 256))
    return percent((logits[1:].argmax(dim=-1) == torch.arange(255)).sum(), torch.tensor(255))


# Frequencies (Eq. 15)

index = paper.disagreement(
    "index of the frequencies",
    "Eq. 15 has the exponent -2 (i - 1) / d for i from 1. Section 3.3 prints -2i / d, and the mean below Eq. 37 counts "
    "from 1. With both, the fastest plane is missing. In Eq. 35, where i counts from 0, -2i / d is the same as Eq. 15.",
    at="Sec. 3.3, Eq. 15",
    follow="paper",
)


@index.reading("paper", source="Eq. 15; Eq. 35 with i from 0; bert4keras@c1ae0dc, backend.py l. 336-345")
def _(width):
    return rotary_frequencies(width)


@index.reading("section 3.3", source="Sec. 3.3, with i from 1 to d / 2")
def _(width):
    return torch.tensor([10_000 ** (-2 * i / width) for i in range(1, width // 2 + 1)], dtype=torch.float64)


@index.measure("angle of the fastest of 32 planes")
def _(reading):
    return round(float(reading(64)[0]), 3)


@index.measure("longest wavelength of 32 planes, in positions")
def _(reading):
    return round(2 * math.pi / float(reading(64)[-1]))


base = paper.disagreement(
    "base",
    "The paper takes 10000 from the sinusoidal positions of the Transformer. Llama 3 takes 500000: the slow planes become "
    "slower, and the decay with it.",
    at="Sec. 3.3",
    follow="paper",
)


@base.reading("paper", source="Sec. 3.2.2 and 3.3; bert4keras@c1ae0dc, backend.py l. 336")
def _():
    return 10_000.0


@base.reading("Llama 3", source="meta-llama/llama3@a0940f9, llama/model.py l. 29")
def _():
    return 500_000.0


@base.measure("longest wavelength of 64 planes, in positions")
def _(reading):
    return round(2 * math.pi / float(rotary_frequencies(128, reading())[-1]))


@base.measure("first offset at which the relative upper bound of 64 planes is below a quarter of that at 0")
def _(reading):
    bounds = relative_upper_bound(rotary_angles(torch.arange(5000), 128, reading(), dtype=torch.float64))
    return int((bounds < bounds[0] / 4).nonzero()[0])


partial = paper.disagreement(
    "coordinates that are rotated",
    "The paper rotates all coordinates of a head. GPT-J rotates 64 of 256, GPT-NeoX a quarter, with frequencies over the "
    "rotated width; the others see no position.",
    at="Sec. 3.2.2",
    follow="paper",
)


@partial.reading("paper", source="Eq. 15")
def _():
    return rotary_frequencies(256)


@partial.reading("GPT-J", source=f"{TRANSFORMERS}/gptj, rotary_dim 64 of 4096 / 16 coordinates; gpt_neox, factor 0.25")
def _():
    return torch.cat([rotary_frequencies(64), torch.zeros(96, dtype=torch.float64)])


@partial.reading("first quarter of the paper's", source="Eq. 15 cut off after 32 planes")
def _():
    return torch.cat([rotary_frequencies(256)[:32], torch.zeros(96, dtype=torch.float64)])


@partial.measure("planes of 128 that turn")
def _(reading):
    return int((reading() > 0).sum())


@partial.measure("longest wavelength of a plane that turns, in positions")
def _(reading):
    return round(2 * math.pi / float(reading()[reading() > 0].min()))


@partial.measure("largest inner product of a vector with itself at offsets of 1000 to 10000, in per cent of that at 0")
def _(reading):
    angles = torch.arange(1000, 10_001).double().unsqueeze(-1) * reading()
    return percent(angles.cos().mean(dim=-1).max(), torch.ones(()))


# What is rotated (Eq. 16 and 19)

printed = paper.disagreement(
    "Eq. 16 as printed",
    "Eq. 16 ends with x^T W_q R_(n-m) W_k x_n. The product on its left gives x_m^T W_q^T R_(n-m) W_k x_n; without the "
    "transpose it is another number.",
    at="Eq. 16",
    follow="paper",
)


@printed.reading("paper", source="Eq. 16, its left-hand side")
def _(x, w_q, w_k, m, n):
    placed = [encode_position(x[i : i + 1], w, angles_of(p, 16)) for i, w, p in ((0, w_q, m), (1, w_k, n))]
    return (placed[0] * placed[1]).sum()


@printed.reading("transposed", source="Eq. 16, its right-hand side with W_q^T")
def _(x, w_q, w_k, m, n):
    return x[0] @ w_q.mT @ rotary_matrix(angles_of(n - m, 16))[0] @ w_k @ x[1]


@printed.reading("as printed", source="Eq. 16, its right-hand side")
def _(x, w_q, w_k, m, n):
    return x[0] @ w_q @ rotary_matrix(angles_of(n - m, 16))[0] @ w_k @ x[1]


@printed.measure("inner product of the queries and keys of two random embeddings, width 16, positions 3 and 7")
def _(reading):
    rng = generator()
    x, w_q, w_k = normal(rng, 2, 16), normal(rng, 16, 16) / 4, normal(rng, 16, 16) / 4
    return round(float(reading(x, w_q, w_k, torch.tensor([3]), torch.tensor([7]))), 3)


values = paper.disagreement(
    "rotation of the values",
    "The paper and its code rotate queries and keys. RoFormer in transformers can rotate values as well (rotary_value, "
    "off by default); then outputs depend on absolute positions.",
    at="Sec. 3.2.2",
    follow="paper",
)


@values.reading("paper", source="Eq. 14; bert4keras@c1ae0dc, layers.py l. 520")
def _(value, angles):
    return value


@values.reading("rotary_value", source=f"{TRANSFORMERS}/roformer, modeling_roformer.py, rotary_value=True")
def _(value, angles):
    return rotate_neighbours(value, angles)


@values.measure("change of the output when all positions move by 100, in per cent of its size")
def _(reading):
    query, key, value = normal(generator(), 3, 64, 32)
    outputs = []
    for start in (0, 100):
        angles = angles_of(torch.arange(start, start + 64), 32)
        placed = rotate_neighbours(query, angles), rotate_neighbours(key, angles)
        outputs.append(scaled_dot_product_attention(*placed, reading(value, angles)))
    return apart(outputs[1], outputs[0])


features = paper.disagreement(
    "rotation before or after the features",
    "Eq. 19 rotates the outputs of the feature maps and leaves the denominator alone. performer-pytorch, the code that "
    "section 4.4 names, rotates queries and keys first and maps them then: for elu + 1 the result is no longer relative.",
    at="Eq. 19, Sec. 4.4",
    follow="paper",
)


@features.reading("paper", source="Eq. 19")
def _(query, key, value, angles):
    return rotary_linear_attention(query, key, value, angles)


@features.reading("before", source="performer-pytorch@fc8b784, performer_pytorch.py l. 431-433, with elu + 1")
def _(query, key, value, angles):
    phi_query, phi_key = (F.elu(rotate_neighbours(x, angles)) + 1 for x in (query, key))
    return phi_query @ (phi_key.mT @ value) / (phi_query @ phi_key.sum(dim=-2).unsqueeze(-1))


@features.reading("also in the denominator", source="Eq. 19 with rotated features below, which the paper avoids")
def _(query, key, value, angles):
    weights = rotary_scores(F.elu(query) + 1, F.elu(key) + 1, angles)
    return weights @ value / weights.sum(dim=-1, keepdim=True)


@features.measure("change of the output when all positions move by 100, in per cent of its size")
def _(reading):
    query, key, value = normal(generator(), 3, 64, 32)
    found = [reading(query, key, value, angles_of(torch.arange(start, start + 64), 32)) for start in (0, 100)]
    return apart(found[1], found[0])


@features.measure("largest sum of the weights of a query's values, in size")
def _(reading):
    query, key = normal(generator(), 2, 64, 32)
    ones = torch.ones(64, 1).double()
    return round(float(reading(query, key, ones, angles_of(torch.arange(64), 32)).abs().max()), 3)


@features.measure("smallest sum of the weights of a query's values")
def _(reading):
    query, key = normal(generator(), 2, 64, 32)
    ones = torch.ones(64, 1).double()
    return round(float(reading(query, key, ones, angles_of(torch.arange(64), 32)).min()), 3)


# Decay (section 3.4.3)

decay = paper.disagreement(
    "what decays",
    "Section 3.3 says that the inner product decays with the offset. What decays is a bound (Eq. 37). The product of a "
    "vector with itself decays and swings; that of independent vectors has the same size at every offset.",
    at="Sec. 3.3, Sec. 3.4.3",
    follow="paper",
)


@decay.reading("paper", source="Sec. 3.4.3: the mean of |S_i|")
def _(offsets):
    return relative_upper_bound(angles_of(offsets, 128))


@decay.reading("equal vectors", source="Eq. 35 with all coordinates alike")
def _(offsets):
    return angles_of(offsets, 128).cos().sum(dim=-1)


@decay.reading("independent vectors", source="Eq. 35 with normal coordinates, root mean square over 4096 pairs")
def _(offsets):
    query, key = normal(generator(), 2, 4096, 128)
    found = [(rotate_neighbours(query, angles_of(offset.expand(1), 128)) * key).sum(-1) for offset in offsets]
    return torch.stack([products.square().mean().sqrt() for products in found])


@decay.measure("at offset 50, in per cent of that at 0")
def _(reading):
    return percent(*reading(torch.tensor([50, 0])))


@decay.measure("at offset 250, in per cent of that at 0")
def _(reading):
    return percent(*reading(torch.tensor([250, 0])))


@decay.measure("of the first 250 steps, those at which it grows")
def _(reading):
    return int((reading(torch.arange(251)).diff() > 0).sum())


# Numbers

precision = paper.disagreement(
    "type of the angles",
    "The paper names none. In bfloat16, the type of most models, positions above 256 fall together; libraries compute angles "
    "in float32, whose error grows with the position.",
    at="Sec. 3.2.2",
    follow="float32",
)


@precision.reading("float32", source=f"{TRANSFORMERS}/llama, LlamaRotaryEmbedding")
def _(positions):
    return rotary_angles(positions, 64)


@precision.reading("float64", source="Eq. 15, as exact as the oracle")
def _(positions):
    return rotary_angles(positions, 64, dtype=torch.float64)


@precision.reading("bfloat16", source="positions and frequencies in the type of the model")
def _(positions):
    return rotary_angles(positions, 64, dtype=torch.bfloat16)


@precision.measure("different angles of the fastest plane at 4096 positions")
def _(reading):
    return len(reading(torch.arange(4096))[:, 0].unique())


@precision.measure("largest error of an angle at positions up to 4096, in radians")
def _(reading):
    positions = torch.arange(4096)
    return float(f"{float((reading(positions).double() - angles_of(positions, 64)).abs().max()):.1g}")


@precision.measure("largest error of an angle at positions up to a million, in radians")
def _(reading):
    positions = torch.arange(0, 10**6, 997)
    return float(f"{float((reading(positions).double() - angles_of(positions, 64)).abs().max()):.1g}")


@paper.property("Eq. 11", "weights that are loaded into the other pairing still give relative attention", draws=3)
def other_pairing_is_relative(rng):
    attention = at_random(rng, lambda: RotarySelfAttention(8, 2, rotate=rotate_halves))
    inputs = normal(rng, 5, 8)
    return attention(inputs, None, torch.arange(5) + 31), attention(inputs)
