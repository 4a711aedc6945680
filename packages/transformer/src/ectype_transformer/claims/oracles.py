"""The formulas of the paper once more, written as plainly as possible: what the components are checked against.

NumPy in float64, loops where they are short. No code of the components is used here, and they use nothing of this.
A module's parameters come as the dictionary `weights`, under their names in the module.
"""

import itertools
import math
from dataclasses import asdict

import numpy as np

# Attention (sections 3.2.1 to 3.2.3)


def attention(query, key, value, mask=None):
    """Eq. 1 for one query at a time; keys that the mask forbids are left out, and no key at all gives zeros."""
    *batch, queries, d_k = query.shape
    allowed = np.broadcast_to(True if mask is None else mask, (*batch, queries, key.shape[-2]))
    result = np.zeros((*batch, queries, value.shape[-1]))
    for *item, row in np.ndindex(*batch, queries):
        at = tuple(item)
        keys, values = key[at][allowed[(*at, row)]], value[at][allowed[(*at, row)]]
        if len(keys):
            scores = keys @ query[(*at, row)] / math.sqrt(d_k)
            weights = np.exp(scores - scores.max())
            result[(*at, row)] = weights @ values / weights.sum()
    return result


def multi_head_attention(query, key, value, mask=None, *, weights, d_model, heads, d_k, d_v, bias):
    """Section 3.2.2, head after head: the concatenation times W^O is a sum over the heads."""
    d_k, d_v = d_k or d_model // heads, d_v or d_model // heads
    result = np.zeros((*query.shape[:-1], d_model))
    for i in range(heads):
        keys, values = slice(i * d_k, (i + 1) * d_k), slice(i * d_v, (i + 1) * d_v)
        head = attention(
            _linear(query, weights, "query", bias)[..., keys],
            _linear(key, weights, "key", bias)[..., keys],
            _linear(value, weights, "value", bias)[..., values],
            mask,
        )
        result += head @ weights["output.weight"][:, values].T
    return result + (weights["output.bias"] if bias else 0)


def causal_mask(length):
    """Section 3.2.3: position i attends to position j if j is not later."""
    return np.array([[j <= i for j in range(length)] for i in range(length)])


def head_width(d_model, heads):
    """Section 3.2.2."""
    return d_model / heads


# The stacks (sections 3.1 and 3.3)


def feed_forward(x, *, weights):
    """Eq. 2."""
    inner = x @ weights["inner.weight"].T + weights["inner.bias"]
    return np.where(inner > 0, inner, 0) @ weights["outer.weight"].T + weights["outer.bias"]


def encoder_layer(x, mask=None, *, weights, d_model, heads, d_k, d_v, bias):
    """Section 3.1: LayerNorm(x + Sublayer(x)) for two sub-layers."""
    part, widths = _parts(weights), {"d_model": d_model, "heads": heads, "d_k": d_k, "d_v": d_v, "bias": bias}
    attended = multi_head_attention(x, x, x, mask, weights=part("attention"), **widths)
    x = layer_norm(x + attended, part("attention_norm"))
    return layer_norm(x + feed_forward(x, weights=part("feed_forward")), part("feed_forward_norm"))


def decoder_layer(x, memory, mask=None, memory_mask=None, *, weights, d_model, heads, d_k, d_v, bias):
    """Section 3.1: LayerNorm(x + Sublayer(x)) for three sub-layers, the second one looking at the memory."""
    part, widths = _parts(weights), {"d_model": d_model, "heads": heads, "d_k": d_k, "d_v": d_v, "bias": bias}
    attended = multi_head_attention(x, x, x, mask, weights=part("self_attention"), **widths)
    x = layer_norm(x + attended, part("self_attention_norm"))
    found = multi_head_attention(x, memory, memory, memory_mask, weights=part("cross_attention"), **widths)
    x = layer_norm(x + found, part("cross_attention_norm"))
    return layer_norm(x + feed_forward(x, weights=part("feed_forward")), part("feed_forward_norm"))


def encoder(x, mask=None, *, weights, count, d_model, heads, d_k, d_v, bias):
    """Section 3.1: one layer after the other."""
    part, widths = _parts(weights), {"d_model": d_model, "heads": heads, "d_k": d_k, "d_v": d_v, "bias": bias}
    for i in range(count):
        x = encoder_layer(x, mask, weights=part(f"layers.{i}"), **widths)
    return x


def decoder(x, memory, mask=None, memory_mask=None, *, weights, count, d_model, heads, d_k, d_v, bias):
    """Section 3.1: one layer after the other, all with the same memory."""
    part, widths = _parts(weights), {"d_model": d_model, "heads": heads, "d_k": d_k, "d_v": d_v, "bias": bias}
    for i in range(count):
        x = decoder_layer(x, memory, mask, memory_mask, weights=part(f"layers.{i}"), **widths)
    return x


def layer_norm(x, weights, epsilon=1e-5):
    """Section 3.1, which cites Ba et al. 2016: each position by its own mean and (population) variance."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon) * weights["weight"] + weights["bias"]


# Embedding and positions (sections 3.4 and 3.5), and the whole model


def sinusoids(length, d_model, offset=0):
    """Section 3.5, number by number."""
    return np.array(
        [
            [(math.sin, math.cos)[j % 2](pos / 10_000 ** ((j - j % 2) / d_model)) for j in range(d_model)]
            for pos in range(offset, offset + length)
        ]
    )


def halves(positions, d_model, exponent, *, cosines_first=False):
    """Sinusoids as other code bases lay them out: frequency i is 10000^-exponent(i, n), i < n = d_model // 2."""
    n = d_model // 2
    angles = np.array([[pos / 10_000 ** exponent(i, n) for i in range(n)] for pos in positions])
    first, second = (np.cos(angles), np.sin(angles)) if cosines_first else (np.sin(angles), np.cos(angles))
    return np.concatenate((first, second, np.zeros((len(positions), d_model % 2))), axis=1)


def embedding(tokens, positions=None, *, weights, d_model):
    """Section 3.4, token by token; section 3.5 for the positions that are added."""
    added = sinusoids(tokens.shape[-1], d_model) if positions is None else positions
    result = np.zeros((*tokens.shape, d_model))
    for *item, place in np.ndindex(*tokens.shape):
        at = (*item, place)
        result[at] = math.sqrt(d_model) * weights["weight"][tokens[at]] + added[place]
    return result


def transformer(source, target, *, weights, d_model, heads, layers, d_k, d_v, bias, padding, learned_positions):
    """Section 3: logits of the token after each target token."""
    part = _parts(weights)
    settings = {"count": layers, "d_model": d_model, "heads": heads, "d_k": d_k, "d_v": d_v, "bias": bias}

    def embedded(tokens, table):
        positions = weights[f"{table}.table"][: tokens.shape[-1]] if learned_positions else None
        return embedding(tokens, positions, weights=part("embedding"), d_model=d_model)

    visible = (source != padding)[:, None, :]
    memory = encoder(embedded(source, "source_positions"), visible, weights=part("encoder"), **settings)
    x = embedded(target, "target_positions")
    x = decoder(x, memory, causal_mask(target.shape[-1]), visible, weights=part("decoder"), **settings)
    return x @ weights["embedding.weight"].T


# Training (sections 5.3 and 5.4)


def learning_rate(step, d_model, warmup):
    """Eq. 3, its two branches written out."""
    return step / math.sqrt(d_model * warmup**3) if step < warmup else 1 / math.sqrt(d_model * step)


def smoothed_targets(true, classes, smoothing):
    """Szegedy et al. 2015, section 7, cited in section 5.4: a part of the probability is spread over all classes."""
    return [(1 - smoothing) * (k == true) + smoothing / classes for k in range(classes)]


def smoothed_targets_over_others(true, classes, smoothing):
    """tensor2tensor, smoothing_cross_entropy: a part of the probability is spread over the wrong classes."""
    return [1 - smoothing if k == true else smoothing / (classes - 1) for k in range(classes)]


def label_smoothing(logits, targets, smoothing, padding):
    """Section 5.4: mean cross-entropy with the smoothed targets."""
    return _cross_entropy(logits, targets, padding, smoothing, smoothed_targets)


def label_smoothing_over_others(logits, targets, smoothing, padding):
    """The same with the targets of tensor2tensor."""
    return _cross_entropy(logits, targets, padding, smoothing, smoothed_targets_over_others)


def least_loss(vocabulary, smoothing):
    """Section 5.4: the entropy of the smoothed targets."""
    return -sum(q * math.log(q) for q in smoothed_targets(0, vocabulary, smoothing) if q)


def least_loss_over_others(vocabulary, smoothing):
    """The entropy of the targets of tensor2tensor."""
    return -sum(q * math.log(q) for q in smoothed_targets_over_others(0, vocabulary, smoothing) if q)


def _cross_entropy(logits, targets, padding, smoothing, smoothed):
    losses = []
    for at in np.ndindex(*targets.shape):
        if padding is None or targets[at] != padding:
            log_sum = math.log(sum(math.exp(x) for x in logits[at]))
            target = smoothed(int(targets[at]), logits.shape[-1], smoothing)
            losses.append(-sum(q * (x - log_sum) for q, x in zip(target, logits[at], strict=True)))
    return sum(losses) / len(losses) if losses else 0.0


# Decoding (section 6.1)


def length_penalty(length, penalty):
    """Wu et al. 2016, section 7, cited in section 6.1."""
    return (5 + length) ** penalty / 6**penalty


def beam_search(step, start, end, *, beam, penalty, max_length):
    """Section 6.1 for one sentence at a time, with lists; `step.log_p(item, prefix)` gives the next log-probabilities."""
    found = [_search(step, item, int(s), end, beam, penalty, max_length) for item, s in enumerate(start)]
    length = max(used for _, _, used in found)
    tokens = [(sequence + [end] * length)[:length] for sequence, _, _ in found]
    return np.array(tokens), np.array([score for _, score, _ in found])


def _search(step, item, start, end, beam, penalty, max_length):
    alive, best, score = [([], 0.0)], [], -math.inf
    for length in range(1, max_length + 1):
        longer = [
            ([*tokens, token], total + p)
            for tokens, total in alive
            for token, p in enumerate(step.log_p(item, [start, *tokens]))
        ]
        kept = sorted(longer, key=lambda hypothesis: -hypothesis[1])[:beam]
        for tokens, total in kept:
            if tokens[-1] == end and total / length_penalty(length, penalty) > score:
                best, score = tokens, total / length_penalty(length, penalty)
        alive = [hypothesis for hypothesis in kept if hypothesis[0][-1] != end]
        if not alive or score >= max(total for _, total in alive) / length_penalty(max_length, penalty):
            return best, score, length
    if not best:
        best, total = alive[0]
        score = total / length_penalty(max_length, penalty)
    return best, score, max_length


class _NextTokens:
    def __init__(self, model, source):
        self.source, self.weights = (
            source,
            {name: tensor.double().numpy() for name, tensor in model.state_dict().items()},
        )
        unused = ("vocabulary", "d_ff", "dropout")
        self.settings = {name: value for name, value in asdict(model.settings).items() if name not in unused}

    def log_p(self, item, prefix):
        sentence, target = self.source[item : item + 1], np.array([prefix])
        logits = transformer(sentence, target, weights=self.weights, **self.settings)[0, -1]
        return logits - math.log(np.exp(logits).sum())


def translation(model, source, start, end, beam, penalty, extra_length):
    """Section 6.1: beam search with the whole model, asked again for each prefix of each sentence."""
    starts, longest = [start] * len(source), source.shape[1] + extra_length
    return beam_search(_NextTokens(model, source), starts, end, beam=beam, penalty=penalty, max_length=longest)


# Cost (Tables 1 to 3)


def self_attention_cost(length, width):
    """Table 1: one multiply-add for each pair of positions and each coordinate, in two products."""
    operations = sum(2 for _ in itertools.product(range(length), range(length), range(width)))
    return {"operations": operations, "sequential": 1, "path": 1}


def recurrent_cost(length, width):
    """Table 1: two matrices at each position; the last state is `length` steps from the first input."""
    operations = sum(2 for _ in itertools.product(range(length), range(width), range(width)))
    return {"operations": operations, "sequential": length, "path": length}


def convolutional_cost(length, width, kernel):
    """Table 1: a matrix for each tap at each position; the dilation of a layer is `kernel` times the one before."""
    operations = sum(1 for _ in itertools.product(range(kernel), range(length), range(width), range(width)))
    path = layers_until_connected(length, kernel, dilated=True)
    return {"operations": operations, "sequential": 1, "path": path}


def restricted_self_attention_cost(length, width, neighbourhood):
    """Table 1: as self-attention, but with `neighbourhood` positions at each position."""
    operations = sum(2 for _ in itertools.product(range(neighbourhood), range(length), range(width)))
    path = layers_until_connected(length, neighbourhood, dilated=False)
    return {"operations": operations, "sequential": 1, "path": path}


def layers_until_connected(length, window, *, dilated):
    """Section 4: layers until signals have travelled between any two positions, followed one layer at a time."""
    reached, layers = {0}, 0
    while not reached.issuperset(range(1 - length, length)):
        stride = window**layers if dilated else 1
        steps = [stride * offset for offset in range(-(window // 2), window // 2 + 1)]
        reached, layers = {a + b for a in reached for b in steps}, layers + 1
    return max(1, layers)


# N, d_model, d_ff, h, d_k, d_v, P_drop, epsilon_ls, thousands of steps; blank cells are filled in from row base
TABLE_3 = {
    "base": (6, 512, 2048, 8, 64, 64, 0.1, 0.1, 100),
    "A-heads-1": (6, 512, 2048, 1, 512, 512, 0.1, 0.1, 100),
    "A-heads-4": (6, 512, 2048, 4, 128, 128, 0.1, 0.1, 100),
    "A-heads-16": (6, 512, 2048, 16, 32, 32, 0.1, 0.1, 100),
    "A-heads-32": (6, 512, 2048, 32, 16, 16, 0.1, 0.1, 100),
    "B-key-16": (6, 512, 2048, 8, 16, 64, 0.1, 0.1, 100),
    "B-key-32": (6, 512, 2048, 8, 32, 64, 0.1, 0.1, 100),
    "C-layers-2": (2, 512, 2048, 8, 64, 64, 0.1, 0.1, 100),
    "C-layers-4": (4, 512, 2048, 8, 64, 64, 0.1, 0.1, 100),
    "C-layers-8": (8, 512, 2048, 8, 64, 64, 0.1, 0.1, 100),
    "C-width-256": (6, 256, 2048, 8, 32, 32, 0.1, 0.1, 100),
    "C-width-1024": (6, 1024, 2048, 8, 128, 128, 0.1, 0.1, 100),
    "C-inner-1024": (6, 512, 1024, 8, 64, 64, 0.1, 0.1, 100),
    "C-inner-4096": (6, 512, 4096, 8, 64, 64, 0.1, 0.1, 100),
    "D-dropout-0.0": (6, 512, 2048, 8, 64, 64, 0.0, 0.1, 100),
    "D-dropout-0.2": (6, 512, 2048, 8, 64, 64, 0.2, 0.1, 100),
    "D-smoothing-0.0": (6, 512, 2048, 8, 64, 64, 0.1, 0.0, 100),
    "D-smoothing-0.2": (6, 512, 2048, 8, 64, 64, 0.1, 0.2, 100),
    "E-learned-positions": (6, 512, 2048, 8, 64, 64, 0.1, 0.1, 100),
    "big": (6, 1024, 4096, 16, 64, 64, 0.3, 0.1, 300),
}


def parameters(row, vocabulary, bias):
    """Parameters of a row of Table 3 in closed form; `bias` counts those of the attention projections."""
    layers, d, d_ff, heads, d_k, d_v, *_ = TABLE_3[row]
    attention_weights = 2 * d * heads * (d_k + d_v) + bias * (2 * heads * d_k + heads * d_v + d)
    feed_forward_weights = 2 * d * d_ff + d_ff + d
    norm = 2 * d
    encoder_weights = attention_weights + feed_forward_weights + 2 * norm
    decoder_weights = 2 * attention_weights + feed_forward_weights + 3 * norm
    return layers * (encoder_weights + decoder_weights) + vocabulary * d


# Plumbing


def _linear(x, weights, name, bias):
    return x @ weights[f"{name}.weight"].T + (weights[f"{name}.bias"] if bias else 0)


def _parts(weights):
    def part(name):
        return {key.removeprefix(f"{name}."): value for key, value in weights.items() if key.startswith(f"{name}.")}

    return part
