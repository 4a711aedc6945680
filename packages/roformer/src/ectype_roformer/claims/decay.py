"""Long-term decay (section 3.4.3)."""

import torch
from ectype import Sample

from ectype_roformer.claims import oracles
from ectype_roformer.claims.shared import angles_of, normal, paper, whole
from ectype_roformer.decay import inner_product_bound, partial_sums, relative_upper_bound
from ectype_roformer.rotation import rotate_neighbours


def angles_of_offsets(rng, offsets=4, planes=3):
    return angles_of(whole(rng, -300, 300, offsets), 2 * planes)


paper.component("layer", of=partial_sums)(angles_of_offsets)
paper.equation("Sec. 3.4.3", of=partial_sums)(oracles.partial_sums)
paper.component("layer", of=relative_upper_bound)(angles_of_offsets)
paper.equation("Sec. 3.4.3", of=relative_upper_bound)(oracles.relative_upper_bound)


@paper.component("layer", of=inner_product_bound)
def pairs_at_offsets(rng, offsets=4, planes=3):
    width = 2 * planes
    return normal(rng, offsets, width), normal(rng, offsets, width), angles_of(whole(rng, -300, 300, offsets), width)


paper.equation("Eq. 37", of=inner_product_bound)(oracles.inner_product_bound)


def complex_pairs(query, key):
    """h of section 3.4.3, with h_(d/2) = 0 at its end."""
    q, k = (torch.view_as_complex(x.unflatten(-1, (-1, 2))) for x in (query, key))
    h = q * k.conj()
    return torch.cat([h, torch.zeros_like(h[..., :1])], dim=-1)


def sums(angles):
    """S_0 to S_(d/2)."""
    units = torch.polar(torch.ones_like(angles), angles)
    return torch.cat([torch.zeros_like(units[..., :1]), units.cumsum(dim=-1)], dim=-1)


@paper.property("Eq. 36", "Abel's transformation: the sum over planes from differences of h and partial sums")
def abel_transformation(rng):
    query, key, angles = pairs_at_offsets.draw(rng)
    h, s = complex_pairs(query, key), sums(angles)
    terms = (h[..., :-1] * torch.polar(torch.ones_like(angles), angles)).sum(-1)
    middle = (h[..., :-1] * s.diff(dim=-1)).sum(-1)
    last = -(s[..., 1:] * h.diff(dim=-1)).sum(-1)
    return [terms.real, terms.imag, middle.real, middle.imag], [last.real, last.imag, last.real, last.imag]


@paper.property("Eq. 36", "its real part is the inner product of the rotated query and key")
def abel_is_the_inner_product(rng):
    query, key, angles = pairs_at_offsets.draw(rng)
    h, s = complex_pairs(query, key), sums(angles)
    return -(s[..., 1:] * h.diff(dim=-1)).sum(-1).real, (rotate_neighbours(query, angles) * key).sum(-1)


@paper.property("Eq. 37", "the inner product at an offset is never beyond the bound, nor is the middle line")
def bounded(rng):
    query, key, angles = pairs_at_offsets.draw(rng, 200, 4)
    h, s = complex_pairs(query, key), sums(angles)
    product = (rotate_neighbours(query, angles) * key).sum(-1).abs()
    middle = (s[..., 1:].abs() * h.diff(dim=-1).abs()).sum(-1)
    bound = inner_product_bound(query, key, angles)
    return (product <= middle * (1 + 1e-12)) & (middle <= bound * (1 + 1e-12))


@paper.property("Eq. 37", "equal pairs at offset 0 reach half of the bound's sum: only the last difference is not zero")
def bound_of_equal_pairs(rng):
    planes, pair = 4, normal(rng, 2)
    query = pair.repeat(planes)
    bound = inner_product_bound(query, query, torch.zeros(planes).double())
    return bound, pair.square().sum() * sum(range(1, planes + 1))


@paper.property("Sec. 3.4.3", "at offset 0 the relative upper bound is (d/2 + 1) / 2, its largest value", draws=5)
def bound_at_zero(rng):
    planes = int(whole(rng, 1, 65))
    angles = angles_of(torch.arange(0, 200), 2 * planes)
    bounds = relative_upper_bound(angles)
    return torch.stack([bounds[0], bounds.max()]), torch.full((2,), (planes + 1) / 2).double()


@paper.property(
    "Sec. 3.4.3", "the relative upper bound decays: its mean falls from window to window of 50 offsets", draws=1
)
def bound_decays(rng):
    bounds = relative_upper_bound(angles_of(torch.arange(250), 128))
    means = bounds.reshape(5, 50).mean(dim=-1)
    return means[1:] < means[:-1]


@paper.property("Sec. 3.4.3", "it falls from each offset to the next", holds=False, draws=1)
def bound_falls_always(rng):
    bounds = relative_upper_bound(angles_of(torch.arange(250), 128))
    return bounds, bounds.cummin(dim=0).values


@paper.property("Sec. 3.4.3", "with one frequency for all planes it decays, too", holds=False, draws=3)
def one_frequency(rng):
    same = torch.arange(2001).double().unsqueeze(-1).expand(-1, 64) * torch.rand((), generator=rng).double()
    bounds = relative_upper_bound(same)
    return bounds[[0, 2000]], bounds[[0, 0]] * torch.tensor([1.0, 0.5]).double()


@paper.property(
    "Sec. 3.3",
    "the inner product of independent queries and keys decays: no, its mean square is d at each offset",
    draws=4,
)
def independent_pairs(rng):
    query, key = normal(rng, 5000, 16), normal(rng, 5000, 16)
    angles = angles_of(whole(rng, 0, 10_000, 1), 16)
    return Sample((rotate_neighbours(query, angles) * key).sum(-1).square(), 16.0)


@paper.property("Eq. 35", "the bound is the same at an offset and at its negative", draws=5)
def bound_is_even(rng):
    angles = angles_of_offsets(rng)
    return relative_upper_bound(-angles), relative_upper_bound(angles)
