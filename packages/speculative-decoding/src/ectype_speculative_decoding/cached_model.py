"""A language model of Hugging Face transformers as a target or approximation model, with its key-value cache."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ectype_speculative_decoding.standardized import standardize


class CachedModel:
    """A causal language model that computes only what it has not computed before.

    Keys and values of tokens that are rejected are cut off when the next tokens come.

    Args:
        model: called with `input_ids`, `past_key_values` and `use_cache`, as those of transformers.
        adjust: turns logits into the distribution that is sampled from.

    Source: section 3.4: the target model's weights and KV cache can be read once per execution of Algorithm 1.
    """

    def __init__(self, model: Callable[..., Any], adjust: Callable[[Tensor], Tensor] = standardize) -> None:
        self.model, self.adjust = model, adjust
        self._seen: Any = None
        self._cache: Any = None

    @torch.no_grad()
    def __call__(self, tokens: Int[Tensor, "length"], count: int) -> Float[Tensor, "count vocabulary"]:
        """Give the distributions of what follows the last prefixes.

        Args:
            tokens: at least as many as `count`.
            count: how many prefixes.

        Returns:
            A distribution for each; the last one follows all tokens.
        """
        seen = tokens[:0] if self._cache is None else self._seen
        both = min(len(tokens), len(seen))
        same = int((tokens[:both] == seen[:both]).cumprod(dim=0).sum())
        kept = min(same, len(tokens) - count)
        if kept == 0:
            self._cache = None
        elif kept < len(seen):
            self._cache.crop(kept - len(seen))
        output = self.model(input_ids=tokens[None, kept:], past_key_values=self._cache, use_cache=True)
        self._seen, self._cache = tokens, output.past_key_values
        return self.adjust(output.logits[0, -count:])
