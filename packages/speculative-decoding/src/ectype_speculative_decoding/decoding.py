"""Generation of several tokens, by runs of Algorithm 1 and without it (section 2.1)."""

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from ectype_speculative_decoding.decoding_step import speculative_step
from ectype_speculative_decoding.model import Model
from ectype_speculative_decoding.standardized import sample


class Decoded(NamedTuple):
    """What was generated."""

    tokens: Int[Tensor, "new"]
    """Without the prefix."""
    runs: int
    """How often the target model ran."""


def autoregressive_decode(
    target: Model, prefix: Int[Tensor, "length"], count: int, *, generator: torch.Generator, end: int | None = None
) -> Decoded:
    """Generate token by token with the target model alone.

    Args:
        target: the model.
        prefix: what the tokens follow; at least one token.
        count: how many tokens at most.
        generator: of all draws.
        end: the token after which generation ends; None to go on.

    Returns:
        The new tokens.

    Raises:
        ValueError: the count is negative.

    Source: section 1: decoding K tokens takes K serial runs of the model.
    """
    if count < 0:
        raise ValueError(f"count must be at least 0; received {count}")
    tokens, runs = prefix, 0
    while len(tokens) < len(prefix) + count and not (runs and tokens[-1] == end):
        tokens, runs = torch.cat([tokens, sample(target(tokens, 1), generator)]), runs + 1
    return Decoded(tokens[len(prefix) :], runs)


def speculative_decode(
    target: Model,
    draft: Model,
    prefix: Int[Tensor, "length"],
    count: int,
    gamma: int,
    *,
    generator: torch.Generator,
    end: int | None = None,
    lenience: float = 1.0,
) -> Decoded:
    """Generate with fewer runs of the target model, distributed as without an approximation model.

    The last runs make fewer guesses, so that there are never more tokens than asked for.

    Args:
        target: M_p.
        draft: M_q, the approximation model.
        prefix: what the tokens follow; at least one token.
        count: how many tokens at most.
        gamma: guesses in a run.
        generator: of all draws.
        end: the token after which generation ends; None to go on.
        lenience: l; below 1 the distribution is not that of the target any more (appendix A.5).

    Returns:
        The new tokens, and the number of runs of the target model.

    Raises:
        ValueError: the count is negative, gamma is below 1, or the lenience not in (0, 1].

    Source: section 2.1, Algorithm 1.
    """
    if count < 0 or gamma < 1 or not 0 < lenience <= 1:
        raise ValueError(
            "count must be at least 0, gamma at least 1 and lenience in (0, 1]; "
            f"received count={count}, gamma={gamma}, lenience={lenience}"
        )
    new, runs = prefix[:0], 0
    while (left := count - len(new)) > 0:
        tokens = torch.cat([prefix, new])
        if left > 1:
            guesses = min(gamma, left - 1)
            # Sec. 2.1: each parallel run of M_p produces between 1 and gamma + 1 new tokens
            step = speculative_step(target, draft, tokens, guesses, generator=generator, lenience=lenience)
            more = step.tokens
        else:
            more = sample(target(tokens, 1), generator)
        new, runs = torch.cat([new, more]), runs + 1
        ends = (new == end).nonzero() if end is not None else []
        if len(ends):
            return Decoded(new[: int(ends[0]) + 1], runs)
    return Decoded(new, runs)
