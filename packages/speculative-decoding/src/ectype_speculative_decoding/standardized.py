"""Standardized sampling (section 2.2): every way to sample is standard sampling from an adjusted distribution."""

import torch
from jaxtyping import Float
from torch import Tensor


def standardize(
    logits: Float[Tensor, "*batch vocabulary"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Float[Tensor, "*batch vocabulary"]:
    """Turn logits into the distribution that is sampled from.

    Temperature comes first, then the most probable tokens, then the nucleus.

    Args:
        logits: of a model.
        temperature: what logits are divided by; 0 is argmax sampling.
        top_k: how many of the most probable tokens are kept; None for all.
        top_p: the least probability that the kept tokens, the most probable ones, have together; None for all.

    Returns:
        Probabilities; what is not kept has probability zero.

    Raises:
        ValueError: the temperature is negative, top_k below 1, or top_p not in (0, 1].

    Source: section 2.2.
    """
    if temperature < 0 or (top_k is not None and top_k < 1) or (top_p is not None and not 0 < top_p <= 1):
        raise ValueError(
            "temperature must be at least 0, top_k at least 1 and top_p in (0, 1]; "
            f"received temperature={temperature}, top_k={top_k}, top_p={top_p}"
        )
    if temperature == 0:
        # Sec. 2.2: argmax sampling is zeroing out non-max elements of the distribution and normalizing
        return torch.zeros_like(logits).scatter(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    probabilities = (logits / temperature).softmax(dim=-1)
    order = probabilities.argsort(dim=-1, descending=True, stable=True)
    if top_k is not None:
        probabilities = _zeroed(probabilities, order[..., top_k:])
    if top_p is not None:
        ranked = probabilities.gather(-1, order)
        before = ranked.cumsum(dim=-1) - ranked
        kept = (before < top_p).scatter(-1, order, before < top_p)
        probabilities = probabilities * kept
        probabilities = probabilities / probabilities.sum(dim=-1, keepdim=True)
    return probabilities


def _zeroed(probabilities: Float[Tensor, "*batch vocabulary"], tokens: Tensor) -> Float[Tensor, "*batch vocabulary"]:
    """Take some tokens out of a distribution and normalize it."""
    kept = probabilities.scatter(-1, tokens, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)


def sample(probabilities: Float[Tensor, "batch vocabulary"], generator: torch.Generator) -> Tensor:
    """Draw a token of each row.

    Args:
        probabilities: rows of a distribution each.
        generator: of the draws.

    Returns:
        The tokens, one a row.

    Source: section 2.2.
    """
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(1)
