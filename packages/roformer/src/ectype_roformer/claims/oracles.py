"""The formulas of the paper once more, written as plainly as possible: what the components are checked against.

NumPy in float64 and plain floats. No code of the components is used here, and they use nothing of this.
"""

import cmath
import math

import numpy as np

# Angles and rotation (sections 3.2 and 3.4.2)


def rotary_frequencies(width, base):
    """Theta of Eq. 15, i from 1 to d / 2."""
    return np.array([base ** (-2 * (i - 1) / width) for i in range(1, width // 2 + 1)])


def rotary_angles(positions, width, base):
    """m theta_i, one at a time."""
    result = np.zeros((*positions.shape, width // 2))
    for at in np.ndindex(result.shape):
        result[at] = positions[at[:-1]] * base ** (-2 * at[-1] / width)
    return result


def matrix(angles):
    """Eq. 15 for one position: entry by entry."""
    result = np.zeros((2 * len(angles), 2 * len(angles)))
    for i, angle in enumerate(angles):
        result[2 * i, 2 * i], result[2 * i, 2 * i + 1] = math.cos(angle), -math.sin(angle)
        result[2 * i + 1, 2 * i], result[2 * i + 1, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return result


def rotary_matrix(angles):
    """Eq. 15 for all positions."""
    result = np.zeros((*angles.shape[:-1], 2 * angles.shape[-1], 2 * angles.shape[-1]))
    for at in np.ndindex(angles.shape[:-1]):
        result[at] = matrix(angles[at])
    return result


def rotate_neighbours(vectors, angles):
    """Eq. 34, coordinate by coordinate; those of the paper are counted from 1."""
    angles = np.broadcast_to(angles, (*vectors.shape[:-1], angles.shape[-1]))
    result = np.zeros_like(vectors)
    for at in np.ndindex(vectors.shape[:-1]):
        x = [math.nan, *vectors[at]]
        for i in range(1, len(x)):
            angle = angles[at][(i - 1) // 2]
            partner = -x[i + 1] if i % 2 else x[i - 1]
            result[at][i - 1] = x[i] * math.cos(angle) + partner * math.sin(angle)
    return result


def rotate_halves(vectors, angles):
    """The same for the planes of coordinates i and i + d / 2, as complex numbers."""
    angles = np.broadcast_to(angles, (*vectors.shape[:-1], angles.shape[-1]))
    result, planes = np.zeros_like(vectors), angles.shape[-1]
    for at in np.ndindex(vectors.shape[:-1]):
        for i in range(planes):
            turned = complex(vectors[at][i], vectors[at][i + planes]) * cmath.exp(1j * angles[at][i])
            result[at][i], result[at][i + planes] = turned.real, turned.imag
    return result


# Queries, keys and their products (section 3.2)


def encode_complex(inputs, weight, angles):
    """Eq. 12 in each plane: (W x) e^(i m theta)."""
    angles = np.broadcast_to(angles, (*inputs.shape[:-1], angles.shape[-1]))
    result = np.zeros((*inputs.shape[:-1], len(weight)))
    for at in np.ndindex(inputs.shape[:-1]):
        projected = weight @ inputs[at]
        for i, angle in enumerate(angles[at]):
            turned = complex(projected[2 * i], projected[2 * i + 1]) * cmath.exp(1j * angle)
            result[at][2 * i : 2 * i + 2] = turned.real, turned.imag
    return result


def encode_plane(inputs, weight, angles):
    """Eq. 13 in each plane: a rotation of two coordinates, times two rows of W, times x."""
    angles = np.broadcast_to(angles, (*inputs.shape[:-1], angles.shape[-1]))
    result = np.zeros((*inputs.shape[:-1], len(weight)))
    for at in np.ndindex(inputs.shape[:-1]):
        for i, angle in enumerate(angles[at]):
            turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            result[at][2 * i : 2 * i + 2] = turn @ weight[2 * i : 2 * i + 2] @ inputs[at]
    return result


def encode_position(inputs, weight, angles):
    """Eq. 14: the matrix of Eq. 15, times W, times x."""
    angles = np.broadcast_to(angles, (*inputs.shape[:-1], angles.shape[-1]))
    result = np.zeros((*inputs.shape[:-1], len(weight)))
    for at in np.ndindex(inputs.shape[:-1]):
        result[at] = matrix(angles[at]) @ weight @ inputs[at]
    return result


def pairs(query, key, angles, product):
    """A product of each query with each key, which is given the difference of their angles, n's less m's."""
    length = query.shape[-2]
    angles = np.broadcast_to(angles, (*query.shape[:-1], angles.shape[-1]))
    result = np.zeros((*query.shape[:-1], length))
    for at in np.ndindex(query.shape[:-2]):
        for m in range(length):
            for n in range(length):
                result[at][m, n] = product(query[at][m], key[at][n], angles[at][n] - angles[at][m])
    return result


def scores(query, key, angles):
    """Eq. 16, the right-hand side: one matrix for n - m."""
    return pairs(query, key, angles, lambda q, k, angle: q @ matrix(angle) @ k)


def complex_scores(query, key, angles):
    """Eq. 35: the real part of a sum over planes."""

    def product(q, k, angle):
        terms = [
            complex(q[2 * i], q[2 * i + 1]) * complex(k[2 * i], k[2 * i + 1]).conjugate() * cmath.exp(-1j * angle[i])
            for i in range(len(angle))
        ]
        return sum(terms).real

    return pairs(query, key, angles, product)


def similarity_attention(similarity, value):
    """Eq. 17: sums of values, weighed by a similarity, over the sum of the weights."""
    result = np.zeros((*similarity.shape[:-1], value.shape[-1]))
    for at in np.ndindex(similarity.shape[:-2]):
        for m, row in enumerate(similarity[at]):
            result[at][m] = sum(s * v for s, v in zip(row, value[at], strict=True)) / sum(row)
    return result


def self_attention(inputs, mask=None, positions=None, *, weights, heads, base, rotate):
    """Eq. 2 for each head, with the products of Eq. 16."""
    halves = rotate.__name__ == "rotate_halves"
    length, d_model = inputs.shape[-2:]
    width = d_model // heads
    positions = np.arange(length) if positions is None else positions
    angles = rotary_angles(positions, width, base)
    order = [*range(0, width, 2), *range(1, width, 2)] if halves else [*range(width)]
    order = np.argsort(order)  # where the partners of the paper's order stand
    result = np.zeros_like(inputs)
    for at in np.ndindex(inputs.shape[:-2]):
        joined = np.zeros((length, d_model))
        for head in range(heads):
            rows = slice(head * width, (head + 1) * width)
            q, k, v = (
                inputs[at] @ weights[f"{name}.weight"][rows].T
                + (weights[f"{name}.bias"][rows] if f"{name}.bias" in weights else 0)
                for name in ("query", "key", "value")
            )
            similarity = np.exp(scores(q[:, order], k[:, order], angles) / math.sqrt(width))
            if mask is not None:
                similarity = similarity * np.broadcast_to(mask, (*inputs.shape[:-1], length))[at]
            joined[:, rows] = similarity_attention(similarity, v)
        result[at] = joined @ weights["output.weight"].T + weights.get("output.bias", 0)
    return result


# Linear attention (section 3.3)


def feature(x):
    """elu(x) + 1."""
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def products(query, key):
    return np.stack([query[at] @ key[at].T for at in np.ndindex(query.shape[:-2])]).reshape(
        *query.shape[:-1], key.shape[-2]
    )


def general_attention(query, key, value):
    """Eq. 17 with the similarity phi(q)^T phi(k)."""
    return similarity_attention(products(feature(query), feature(key)), value)


def linear_attention(query, key, value):
    """Eq. 18, one query and one key after the other."""
    result = np.zeros((*query.shape[:-1], value.shape[-1]))
    for at in np.ndindex(query.shape[:-1]):
        above, below = 0, 0
        for k, v in zip(key[at[:-1]], value[at[:-1]], strict=True):
            weight = sum(a * b for a, b in zip(feature(query[at]), feature(k), strict=True))
            above, below = above + weight * v, below + weight
        result[at] = above / below
    return result


def rotary_linear_attention(query, key, value, angles):
    """Eq. 19: matrices in the numerator, none in the denominator."""
    angles = np.broadcast_to(angles, (*query.shape[:-1], angles.shape[-1]))
    result = np.zeros((*query.shape[:-1], value.shape[-1]))
    for at in np.ndindex(query.shape[:-1]):
        q, turn = feature(query[at]), matrix(angles[at])
        above, below = 0, 0
        for n, v in enumerate(value[at[:-1]]):
            k = feature(key[at[:-1]][n])
            above = above + (turn @ q) @ (matrix(angles[at[:-1]][n]) @ k) * v
            below = below + q @ k
        result[at] = above / below
    return result


# Long-term decay (section 3.4.3)


def partial_sums(angles):
    """|S_j| for j from 1 to d / 2, each sum anew."""
    result = np.zeros_like(angles)
    for at in np.ndindex(angles.shape):
        result[at] = abs(sum(cmath.exp(1j * angle) for angle in angles[at[:-1]][: at[-1] + 1]))
    return result


def relative_upper_bound(angles):
    """The mean of |S_i|."""
    return partial_sums(angles).sum(axis=-1) / angles.shape[-1]


def inner_product_bound(query, key, angles):
    """Eq. 37, the last line."""
    result = np.zeros(angles.shape[:-1])
    for at in np.ndindex(result.shape):
        q, k, planes = query[at], key[at], angles.shape[-1]
        h = [complex(q[2 * i], q[2 * i + 1]) * complex(k[2 * i], -k[2 * i + 1]) for i in range(planes)] + [0]
        largest = max(abs(h[i + 1] - h[i]) for i in range(planes))
        result[at] = largest * partial_sums(angles[at][None]).sum()
    return result


# Pairings


def halves_order(rows, heads):
    """Which row of the paper's order comes where: in each head 1, 3, 5, ... and then 2, 4, 6, ..."""
    width = rows // heads
    return [head * width + i for head in range(heads) for i in [*range(0, width, 2), *range(1, width, 2)]]


def neighbours_to_halves(weight, heads):
    """Row by row."""
    return np.stack([weight[row] for row in halves_order(len(weight), heads)])


def halves_to_neighbours(weight, heads):
    """Row by row, back."""
    result = np.zeros_like(weight)
    for place, row in enumerate(halves_order(len(weight), heads)):
        result[row] = weight[place]
    return result


# The language model (section 4.2)


def normalised(x, weights, name):
    """Layer normalisation of each row, with BERT's epsilon."""
    centred = x - x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return centred / deviation * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def gelu(x):
    """x times the probability that a standard normal number is below x."""
    return np.vectorize(lambda value: value * (1 + math.erf(value / math.sqrt(2))) / 2, otypes=[float])(x)


def linear(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def below(weights, prefix):
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


class Neighbours:
    """Something that has the name of the paper's pairing."""


Neighbours.__name__ = "rotate_neighbours"


def layer(inputs, mask=None, *, weights, settings):
    """Attention, added and normalised; feed-forward, added and normalised."""
    inner = below(weights, "attention.")
    attended = self_attention(inputs, mask, weights=inner, heads=settings.heads, base=10_000.0, rotate=Neighbours)
    hidden = normalised(inputs + attended, weights, "norms.0")
    return normalised(hidden + linear(gelu(linear(hidden, weights, "inner")), weights, "outer"), weights, "norms.1")


def language_model(tokens, mask=None, *, weights, settings):
    """Embeddings, layers, and products with the embeddings again."""
    matrix = weights["embedding.weight"]
    hidden = normalised(matrix[np.asarray(tokens).astype(int)], weights, "norm")
    for number in range(settings.layers):
        hidden = layer(hidden, mask, weights=below(weights, f"layers.{number}."), settings=settings)
    predicted = normalised(gelu(linear(hidden, weights, "head")), weights, "head_norm")
    return predicted @ matrix.T + weights["bias"]
