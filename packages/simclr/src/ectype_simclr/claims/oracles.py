"""The formulas of the paper once more, in plain floats, from the text alone."""

import colorsys
import math

import numpy as np


def cosine(u, v):
    return sum(a * b for a, b in zip(u, v, strict=True)) / math.sqrt(sum(a * a for a in u) * sum(b * b for b in v))


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


# Losses


def pair_loss(embeddings, i, j, temperature):
    """Eq. 1."""
    above = math.exp(cosine(embeddings[i], embeddings[j]) / temperature)
    below = sum(math.exp(cosine(embeddings[i], embeddings[k]) / temperature) for k in range(len(embeddings)) if k != i)
    return -math.log(above / below)


def nt_xent_losses(first, second, temperature):
    """Eq. 1 for the anchors of the first view."""
    embeddings, pairs = [*first.tolist(), *second.tolist()], len(first)
    return np.array([pair_loss(embeddings, k, pairs + k, temperature) for k in range(pairs)])


def nt_xent_loss(first, second, temperature):
    """The loss of Algorithm 1, with embeddings 1 to 2N in its order."""
    embeddings = [z for pair in zip(first.tolist(), second.tolist(), strict=True) for z in pair]
    pairs = len(first)
    total = 0.0
    for k in range(1, pairs + 1):
        a, b = 2 * k - 1, 2 * k
        total += pair_loss(embeddings, a - 1, b - 1, temperature) + pair_loss(embeddings, b - 1, a - 1, temperature)
    return total / (2 * pairs)


def nt_logistic_loss(anchor, positive, negative, temperature):
    """Minus row 2 of Table 2."""
    return np.array(
        [
            -math.log(sigmoid(cosine(u, p) / temperature)) - math.log(sigmoid(-cosine(u, n) / temperature))
            for u, p, n in zip(anchor.tolist(), positive.tolist(), negative.tolist(), strict=True)
        ]
    )


def margin_triplet_loss(anchor, positive, negative, margin):
    """Minus row 3 of Table 2."""
    return np.array(
        [
            max(cosine(u, n) - cosine(u, p) + margin, 0)
            for u, p, n in zip(anchor.tolist(), positive.tolist(), negative.tolist(), strict=True)
        ]
    )


def nt_xent_gradient(u, positive, negatives, temperature):
    """Row 1 of Table 2, of normalized vectors."""
    weigh = [math.exp(sum(u * v) / temperature) for v in (positive, *negatives)]
    partition = sum(weigh)
    gradient = (1 - weigh[0] / partition) / temperature * positive
    for weight, v in zip(weigh[1:], negatives, strict=True):
        gradient = gradient - weight / partition / temperature * v
    return gradient


def nt_logistic_gradient(u, positive, negative, temperature):
    """Row 2 of Table 2, of normalized vectors."""
    pull, push = sigmoid(-sum(u * positive) / temperature), sigmoid(sum(u * negative) / temperature)
    return pull / temperature * positive - push / temperature * negative


def margin_triplet_gradient(u, positive, negative, margin):
    """Row 3 of Table 2, of normalized vectors."""
    return positive - negative if sum(u * positive) - sum(u * negative) < margin else 0 * u


def contrastive_entropy(first, second, temperature):
    total = 0.0
    for u in first.tolist():
        weights = [math.exp(cosine(u, v) / temperature) for v in second.tolist()]
        total -= sum(w / sum(weights) * math.log(w / sum(weights)) for w in weights)
    return total / len(first)


def contrastive_accuracy(first, second):
    right = 0
    for i, u in enumerate(first.tolist()):
        similarities = [cosine(u, v) for v in second.tolist()]
        right += similarities.index(max(similarities)) == i
    return right / len(first)


# Networks


def projection(h, weights):
    """Sec. 2.1: W2 relu(W1 h)."""
    rows = []
    for x in h.tolist():
        inner = [max(0.0, sum(w * value for w, value in zip(row, x, strict=True))) for row in weights["inner.weight"]]
        rows.append([sum(w * value for w, value in zip(row, inner, strict=True)) for row in weights["outer.weight"]])
    return np.array(rows)


# Images: [channel, row, column]


def by_pixel(function, image):
    changed = np.empty_like(image)
    for row in range(image.shape[1]):
        for column in range(image.shape[2]):
            changed[:, row, column] = function(image[:, row, column].tolist())
    return changed


def cut(x):
    return min(max(x, 0.0), 1.0)


def luminance(rgb):
    red, green, blue = rgb
    return 0.2989 * red + 0.587 * green + 0.114 * blue


def grayscale(image):
    return by_pixel(lambda rgb: [luminance(rgb)] * 3, image)


def brightness(image, factor):
    return by_pixel(lambda rgb: [cut(factor * x) for x in rgb], image)


def contrast(image, factor):
    shades = [luminance(image[:, row, column].tolist()) for row, column in np.ndindex(*image.shape[1:])]
    mean = sum(shades) / len(shades)
    return by_pixel(lambda rgb: [cut(mean + factor * (x - mean)) for x in rgb], image)


def saturation(image, factor):
    return by_pixel(lambda rgb: [cut(luminance(rgb) + factor * (x - luminance(rgb))) for x in rgb], image)


def hue(image, turn):
    def turned(rgb):
        h, s, v = colorsys.rgb_to_hsv(*rgb)
        return colorsys.hsv_to_rgb((h + turn) % 1.0, s, v)

    return by_pixel(turned, image)


def blur(image, sigma):
    """App. A: a Gaussian, as far as half a tenth of the height on either side; nothing is beyond the border."""
    radius = int(len(image[0]) // 10 / 2)
    height, width = image.shape[1:]
    offsets = range(-radius, radius + 1)
    total = sum(math.exp(-(a * a + b * b) / (2 * sigma**2)) for a in offsets for b in offsets)
    changed = np.zeros_like(image)
    for channel, row, column in np.ndindex(*image.shape):
        for a in offsets:
            for b in offsets:
                if 0 <= row + a < height and 0 <= column + b < width:
                    weight = math.exp(-(a * a + b * b) / (2 * sigma**2)) / total
                    changed[channel, row, column] += weight * image[channel, row + a, column + b]
    return changed


# Training


def rate(step, steps, warmup, peak):
    """Sec. 2.3: linear, then half a period of a cosine."""
    if step < warmup:
        return peak / warmup * step
    if step >= steps:
        return 0.0
    return peak * math.cos(math.pi / 2 * (step - warmup) / (steps - warmup)) ** 2


def linear_scaling(batch_size, base=0.3):
    return base / 256 * batch_size


def square_root_scaling(batch_size, base=0.075):
    return base * batch_size**0.5


def lars(weights, gradients, rates, momentum, decay, trust):
    """Steps of You et al. 2017 on one layer, as a list of numbers."""
    velocity = [0.0] * len(weights)
    for gradient, now in zip(gradients, rates, strict=True):
        slope = [g + decay * w for g, w in zip(gradient, weights, strict=True)]
        size, steep = (math.sqrt(sum(x * x for x in values)) for values in (weights, slope))
        local = trust * size / steep if size > 0 and steep > 0 else 1.0
        velocity = [momentum * v + now * local * s for v, s in zip(velocity, slope, strict=True)]
        weights = [w - v for w, v in zip(weights, velocity, strict=True)]
    return weights
