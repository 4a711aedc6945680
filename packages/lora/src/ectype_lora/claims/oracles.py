"""The formulas of the paper in plain floats and NumPy; no code of the package."""

import math

import numpy as np

# Adapters (section 4)


def linear(x, weights, alpha):
    """Eq. 3, one output after the other."""
    W, A, B = weights["weight"], weights["A"], weights["B"]
    (d, k), r = W.shape, len(A)
    rows = x.reshape(-1, k)
    out = np.zeros((len(rows), d))
    for n, row in enumerate(rows):
        for i in range(d):
            total = weights["bias"][i] if "bias" in weights else 0.0
            for j in range(k):
                change = sum(B[i, m] * A[m, j] for m in range(r))
                total += (W[i, j] + alpha / r * change) * row[j]
            out[n, i] = total
    return out.reshape(*x.shape[:-1], d)


def update(A, B, alpha):
    r, k = A.shape[-2:]
    out = np.zeros((*A.shape[:-2], B.shape[-2], k))
    for index in np.ndindex(out.shape):
        *before, i, j = index
        of_a, of_b = A[tuple(before)], B[tuple(before)]
        out[index] = alpha / r * sum(of_b[i, m] * of_a[m, j] for m in range(r))
    return out


def embedding(tokens, weights, alpha):
    W, A, B = weights["weight"], weights["A"], weights["B"]
    table = [
        [W[t, i] + alpha / len(A) * sum(B[i, m] * A[m, t] for m in range(len(A))) for i in range(W.shape[1])]
        for t in range(len(W))
    ]
    return np.array(table)[tokens]


def projections(x, weights, adapted, alpha):
    """Each projection by itself, as a dense layer of its own."""
    n, d, which, out = len(adapted), len(weights["weight"]) // len(adapted), 0, []
    for i in range(n):
        rows = slice(i * d, (i + 1) * d)
        W = weights["weight"][rows]
        if adapted[i]:
            A, B = weights["A"][which], weights["B"][which]
            W, which = W + alpha / len(A) * np.einsum("im,mj->ij", B, A), which + 1
        bias = weights["bias"][rows] if "bias" in weights else 0.0
        out.append(np.einsum("...j,ij->...i", x, W) + bias)
    return np.concatenate(out, axis=-1)


# The objective (section 2)


def log_likelihood(logits, targets):
    total = 0.0
    for row, wanted in zip(logits, targets, strict=True):
        for scores, target in zip(row, wanted, strict=True):
            if target != -100:
                top = max(scores)
                total += scores[target] - top - math.log(sum(math.exp(score - top) for score in scores))
    return total


def adapted_log_likelihood(model, tokens, targets):
    """Eq. 2 for one adapted dense layer on one-hot tokens, with alpha = 3."""
    weights = {name: value.detach().double().numpy() for name, value in model.layer.state_dict().items()}
    return log_likelihood(linear(np.eye(model.tokens)[tokens], weights, 3.0), targets)


# Subspaces (section 7 and its appendices)


def top_directions(matrix, count):
    """Eigenvectors of A^T A with the largest eigenvalues, in columns."""
    _, vectors = np.linalg.eigh(matrix.T @ matrix)
    return vectors[:, ::-1][:, :count]


def similarity(first, second, i, j):
    """Eq. 4 as a sum of squared cosines."""
    U, V = top_directions(first, i), top_directions(second, j)
    total = sum((U[:, a] @ V[:, b]) ** 2 for a in range(i) for b in range(j))
    return total / min(i, j)


def distance(first, second, i, j):
    """Appendix G, from the principal angles."""
    U, V = top_directions(first, i), top_directions(second, j)
    sigma = np.linalg.svd(U.T @ V, compute_uv=False)
    return math.sqrt(max(0.0, min(i, j) - float(sum(s**2 for s in sigma))))


def projected_norm(weight, update, r):
    """Section 7.3, with projectors instead of singular vectors."""
    left, right = top_directions(update.T, r), top_directions(update, r)
    projected = left @ left.T @ weight @ right @ right.T
    return math.sqrt(float((projected**2).sum()))


def amplification(weight, update, r):
    return math.sqrt(float((update**2).sum())) / projected_norm(weight, update, r)


# Sizes


def decoder_size(d, layers, vocabulary, context):
    """Parameters of GPT-2: embeddings, layers (attention, MLP, two LayerNorms), a last LayerNorm."""
    attention, mlp, norms = 4 * (d * d + d), (d * 4 * d + 4 * d) + (4 * d * d + d), 2 * 2 * d
    return vocabulary * d + context * d + layers * (attention + mlp + norms) + 2 * d


def encoder_size(d, layers, embeddings, more):
    """Parameters of an encoder: rows of embeddings, their LayerNorm, layers, and what else there is."""
    return embeddings * d + 2 * d + layers * (12 * d * d + 13 * d) + more


def linear_rate(step, highest, warmup, steps):
    if step < warmup:
        return highest / warmup * step
    if step > steps:
        return 0.0
    return highest / (steps - warmup) * (steps - step)
