"""Beam search with a length penalty (section 6.1)."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ectype_transformer.attention import padding_mask
from ectype_transformer.transformer import Transformer


def length_penalty(length: int, penalty: float) -> float:
    r"""Divisor of the log-probability of a hypothesis, so that long ones can win.

    $$lp(Y) = \left(\frac{5 + |Y|}{5 + 1}\right)^\alpha$$

    Args:
        length: $|Y|$, number of tokens with the end token.
        penalty: $\alpha$; 0 for no penalty.

    Returns:
        The divisor.

    Source: section 6.1, which cites Wu et al. 2016 (arXiv 1609.08144, equation 14).
    """
    # Sec. 6.1: length penalty alpha, by the formula of Wu et al. 2016
    return ((5 + length) / 6) ** penalty


@torch.no_grad()
def beam_search(
    step: Callable[[Int[Tensor, "rows length"]], Float[Tensor, "rows vocabulary"]],
    start: Int[Tensor, "batch"],
    end: int,
    *,
    beam: int = 4,
    penalty: float = 0.6,
    max_length: int,
) -> tuple[Int[Tensor, "batch output"], Float[Tensor, "batch"]]:
    """Find sequences of high score, where the score is the log-probability divided by the length penalty.

    At each length the `beam` most probable continuations of the kept hypotheses survive; those that end leave the beam,
    and the best of them is remembered. The search of an item is over when no kept hypothesis can beat it any more, so
    that stopping early never changes the result. With beam 1 it is greedy decoding. The paper gives beam size, penalty
    and limit only; tensor2tensor looks at the best 2 * beam continuations instead.

    Args:
        step: log-probabilities of the next token after each row of tokens. There are always batch * beam rows, those of
            one item of the batch side by side, and each begins with the start token.
        start: start token of each item.
        end: id of the token that ends a sequence.
        beam: number of hypotheses kept.
        penalty: exponent of the length penalty.
        max_length: greatest length of a sequence, with the end token.

    Returns:
        The best sequence of each item, without start token, with its end token, filled up with further end tokens;
        and their scores. An item of which no hypothesis ended within max_length gets its best one without end token.

    Raises:
        ValueError: beam or max_length is below 1, or penalty below 0.

    Source: section 6.1.
    """
    if beam < 1 or max_length < 1 or penalty < 0:
        raise ValueError(
            "beam and max_length must be at least 1 and penalty at least 0; "
            f"received beam={beam}, max_length={max_length}, penalty={penalty}"
        )
    batch = len(start)
    items = torch.arange(batch, device=start.device).unsqueeze(-1)  # batch 1
    tokens = start.view(batch, 1, 1).expand(batch, beam, 1)
    # All hypotheses are the same at first: only one of them counts.
    alive = torch.full((batch, beam), -math.inf, device=start.device)
    alive[:, 0] = 0
    best = torch.full((batch,), -math.inf, device=start.device)
    best_tokens = start.new_full((batch, max_length), end)
    for length in range(1, max_length + 1):
        log_p = step(tokens.flatten(0, 1)).unflatten(0, (batch, beam))  # batch beam vocabulary
        vocabulary = log_p.shape[-1]
        # Sec. 6.1: beam search, the most probable continuations survive
        alive, choice = (alive.unsqueeze(-1) + log_p).flatten(1).topk(beam)  # batch beam
        token = choice % vocabulary
        tokens = torch.cat((tokens[items, choice // vocabulary], token.unsqueeze(-1)), dim=-1)

        ended = token == end
        score, index = (alive / length_penalty(length, penalty)).masked_fill(~ended, -math.inf).max(dim=-1)
        better = score > best
        best = torch.where(better, score, best)
        best_tokens[better, :length] = tokens[better, index[better], 1:]
        alive = alive.masked_fill(ended, -math.inf)
        # Sec. 6.1: terminate early when possible; more tokens cannot raise a score above this bound
        bound = alive.amax(dim=-1) / length_penalty(max_length, penalty)
        if bool((best >= bound).all()):
            break

    unfinished = best.isneginf()
    score, index = (alive / length_penalty(max_length, penalty)).max(dim=-1)
    best = torch.where(unfinished, score, best)
    best_tokens[unfinished, :length] = tokens[unfinished, index[unfinished], 1:]
    return best_tokens[:, :length], best


@torch.no_grad()
def translate(
    model: Transformer,
    source: Int[Tensor, "batch source"],
    *,
    start: int,
    end: int,
    beam: int = 4,
    penalty: float = 0.6,
    extra_length: int = 50,
) -> tuple[Int[Tensor, "batch output"], Float[Tensor, "batch"]]:
    """Translate by beam search.

    Args:
        model: a model in evaluation mode.
        source: tokens of the source sentences, filled up with padding.
        start: id of the token that starts a target sentence.
        end: id of the token that ends it.
        beam: number of hypotheses kept.
        penalty: exponent of the length penalty.
        extra_length: how much longer than the (padded) source an output may get.

    Returns:
        Sequences and scores as from `beam_search`.

    Raises:
        ValueError: the model is in training mode, where dropout would act; or a setting is out of range.

    Source: section 6.1.
    """
    if model.training:
        raise ValueError("the model must be in evaluation mode; received one in training mode. Call model.eval() first")
    vocabulary = model.settings.vocabulary
    if beam < 1:
        raise ValueError(f"beam must be at least 1; received {beam}")
    if not (0 <= start < vocabulary and 0 <= end < vocabulary):
        raise ValueError(f"start and end must be token ids below {vocabulary}; received start={start}, end={end}")
    mask = padding_mask(source, model.settings.padding)
    memory = model.encode(source, mask).repeat_interleave(beam, dim=0)
    memory_mask = mask.repeat_interleave(beam, dim=0)

    def step(tokens: Int[Tensor, "rows length"]) -> Float[Tensor, "rows vocabulary"]:
        return model.decode(tokens, memory, memory_mask)[:, -1].log_softmax(dim=-1)

    first = source.new_full((len(source),), start)
    # Sec. 6.1: the maximum output length is the input length + 50
    max_length = source.shape[-1] + extra_length
    return beam_search(step, first, end, beam=beam, penalty=penalty, max_length=max_length)
