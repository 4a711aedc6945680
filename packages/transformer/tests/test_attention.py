import math

import pytest
import torch
from ectype_transformer.attention import (
    MultiHeadAttention,
    causal_mask,
    head_width,
    padding_mask,
    scaled_dot_product_attention,
)


def attention_by_loops(query, key, value, mask):
    """Eq. 1 in plain floats; a query that may attend to nothing gets zeros."""
    result = []
    for q, allowed in zip(query, mask, strict=True):
        scores = [
            math.exp(sum(a * b for a, b in zip(q, k, strict=True)) / math.sqrt(len(q))) if ok else 0.0
            for k, ok in zip(key, allowed, strict=True)
        ]
        total = sum(scores) or 1.0
        result.append([sum(s * v[i] for s, v in zip(scores, value, strict=True)) / total for i in range(len(value[0]))])
    return result


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_attention_is_the_formula_also_for_a_query_without_keys():
    query, key, value = draw(3, 4), draw(5, 4, seed=1), draw(5, 2, seed=2)
    mask = torch.tensor([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1]], dtype=torch.bool)
    expected = attention_by_loops(query.tolist(), key.tolist(), value.tolist(), mask.tolist())
    actual = scaled_dot_product_attention(query, key, value, mask)
    torch.testing.assert_close(actual, torch.tensor(expected, dtype=torch.float64), rtol=1e-12, atol=1e-12)
    assert actual[1].eq(0).all()


def test_a_query_without_keys_passes_no_gradient_and_spoils_no_other():
    query, key, value = (draw(2, 3, 4, seed=seed).requires_grad_() for seed in range(3))
    mask = torch.ones(2, 3, 3, dtype=torch.bool)
    mask[0, 1] = False
    scaled_dot_product_attention(query, key, value, mask).square().sum().backward()
    assert query.grad[0, 1].eq(0).all()
    assert all(tensor.grad.isfinite().all() and tensor.grad[1].ne(0).any() for tensor in (query, key, value))


@pytest.mark.parametrize("shape", [(3, 5), (1, 5), (2, 3, 5), (2, 1, 5), (1, 3, 1)])
def test_masks_broadcast(shape):
    query, key, value = draw(2, 3, 8), draw(2, 5, 8, seed=1), draw(2, 5, 8, seed=2)
    mask = draw(*shape, seed=3) > -1
    full = mask.expand(2, 3, 5)
    assert full.any(-1).all()
    attention = MultiHeadAttention(8, 2).double()
    assert attention(query, key, value, mask).equal(attention(query, key, value, full))


def test_head_widths_may_differ_from_the_quotient():
    attention = MultiHeadAttention(6, 4, d_k=5, d_v=3)
    assert attention.query.weight.shape == attention.key.weight.shape == (20, 6)
    assert attention.value.weight.shape == (12, 6)
    assert attention.output.weight.shape == (6, 12)
    assert attention(*(torch.zeros(2, 7, 6),) * 3).shape == (2, 7, 6)


@pytest.mark.parametrize(
    ("make", "received"),
    [
        (lambda: MultiHeadAttention(10, 4), "d_model=10, heads=4"),
        (lambda: MultiHeadAttention(8, 0), "heads=0"),
        (lambda: MultiHeadAttention(8, 2, d_k=0), "d_k=0"),
        (lambda: MultiHeadAttention(8, 2, d_v=-1), "d_v=-1"),
        (lambda: head_width(9, 2), "d_model=9, heads=2"),
    ],
)
def test_errors_name_what_was_received(make, received):
    with pytest.raises(ValueError, match=received):
        make()


def test_masks():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    assert padding_mask(torch.tensor([[4, 7, 0]]), 0).tolist() == [[[True, True, False]]]
