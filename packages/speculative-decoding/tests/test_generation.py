"""How the package is used: two language models of transformers, and a sampler of one's own."""

from functools import partial

import pytest
import torch
from ectype_speculative_decoding import CachedModel, NgramModel, fit_ngram, speculative_decode, standardize


def test_language_models_with_a_nucleus_generate_what_the_nucleus_allows():
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(vocab_size=9, n_positions=32, n_embd=8, n_layer=1, n_head=2)
    config.initializer_range = 0.5
    torch.manual_seed(0)
    target, draft = (transformers.GPT2LMHeadModel(config).eval() for _ in range(2))
    adjust = partial(standardize, temperature=0.8, top_p=0.5)
    prefix = torch.tensor([1, 2])
    decoded = speculative_decode(
        CachedModel(target, adjust),
        CachedModel(draft, adjust),
        prefix,
        12,
        3,
        generator=torch.Generator().manual_seed(0),
    )
    tokens = torch.cat([prefix, decoded.tokens])
    with torch.no_grad():
        allowed = adjust(target(tokens[None]).logits[0, 1:-1]) > 0
    assert len(decoded.tokens) == 12
    assert bool(allowed[torch.arange(12), decoded.tokens].all())


def test_a_bigram_model_of_the_text_saves_runs_where_the_text_repeats():
    # Oracle: a cycle of five tokens is known to a bigram model after one round; 24 tokens then take 24 / (gamma + 1) runs.
    cycle = NgramModel(torch.eye(5)[torch.tensor([1, 2, 3, 4, 0])])
    draft = fit_ngram(torch.arange(500) % 5, 5, smoothing=1e-6)
    decoded = speculative_decode(cycle, draft, torch.tensor([0]), 24, 5, generator=torch.Generator().manual_seed(0))
    assert decoded.tokens.tolist() == [(1 + i) % 5 for i in range(24)]
    assert decoded.runs == 4
