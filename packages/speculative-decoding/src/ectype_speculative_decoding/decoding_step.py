"""One run of speculative decoding (Algorithm 1)."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ectype_speculative_decoding.model import Model
from ectype_speculative_decoding.speculative_sampling import acceptance_probability, adjusted_distribution
from ectype_speculative_decoding.standardized import sample


class Step(NamedTuple):
    """What one run gave."""

    tokens: Int[Tensor, "new"]
    """The guesses that were accepted, and one token more."""
    accepted: int
    """How many guesses were accepted."""


def accepted_guesses(
    p: Float[Tensor, "gamma vocabulary"],
    q: Float[Tensor, "gamma vocabulary"],
    guesses: Int[Tensor, "gamma"],
    uniforms: Float[Tensor, "gamma"],
    lenience: float = 1.0,
) -> int:
    r"""Count the guesses before the first one that is rejected.

    $$n = \min\left(\left\{i - 1 \mid 1 \le i \le \gamma,\ r_i > \frac{p_i(x_i)}{q_i(x_i)}\right\} \cup \{\gamma\}\right)$$

    Args:
        p: distributions of the target model.
        q: distributions of the approximation model.
        guesses: x_1 to x_gamma, a token for each row.
        uniforms: r_1 to r_gamma, in (0, 1].
        lenience: l (appendix A.5).

    Returns:
        n, from 0 to gamma.

    Source: Algorithm 1.
    """
    chosen = guesses[:, None]
    keep = acceptance_probability(p.gather(1, chosen), q.gather(1, chosen), lenience).squeeze(1)
    # Alg. 1: n <- min({i - 1 | 1 <= i <= gamma, r_i > p_i(x) / q_i(x)} and gamma)
    return int((uniforms <= keep).cumprod(dim=0).sum())


def speculative_step(
    target: Model,
    draft: Model,
    prefix: Int[Tensor, "length"],
    gamma: int,
    *,
    generator: torch.Generator,
    lenience: float = 1.0,
) -> Step:
    """Sample between 1 and gamma + 1 tokens with one run of the target model, distributed as its own.

    Args:
        target: M_p, from which it is to be sampled.
        draft: M_q, the approximation model.
        prefix: what the tokens follow; at least one token.
        gamma: how many guesses.
        generator: of all draws.
        lenience: l; below 1 the distribution is not that of the target any more (appendix A.5).

    Returns:
        The new tokens, and how many of them are guesses.

    Raises:
        ValueError: gamma is below 1, or the lenience not in (0, 1].

    Source: Algorithm 1.
    """
    if gamma < 1:
        raise ValueError(f"gamma must be at least 1; received {gamma}")
    # Alg. 1: sample gamma guesses from M_q autoregressively
    tokens, rows = prefix, []
    for _ in range(gamma):
        rows.append(draft(tokens, 1))
        tokens = torch.cat([tokens, sample(rows[-1], generator)])
    q, guesses = torch.cat(rows), tokens[len(prefix) :]
    # Alg. 1: run M_p in parallel
    p = target(tokens, gamma + 1)
    # Alg. 1: r_1 ~ U(0, 1), ..., r_gamma ~ U(0, 1); here in (0, 1], so that what the target cannot give is rejected
    uniforms = 1 - torch.rand(gamma, generator=generator, dtype=torch.float64, device=p.device)
    n = accepted_guesses(p[:gamma], q, guesses, uniforms, lenience)
    # Alg. 1: adjust the distribution from M_p if needed
    last = adjusted_distribution(p[n : n + 1], q[n : n + 1]) if n < gamma else p[gamma:]
    # Alg. 1: return one token from M_p and n tokens from M_q
    return Step(torch.cat([guesses[:n], sample(last, generator)]), n)
