"""The derivation in two dimensions (section 3.4.1): what its steps say of the result, and what they leave out."""

import torch

from ectype_roformer.attention import encode_position
from ectype_roformer.claims.shared import angles_of, normal, paper, whole
from ectype_roformer.rotation import rotate_neighbours


def in_the_plane(rng):
    """Two embeddings, the two weights, and two positions."""
    return *normal(rng, 2, 1, 2), *normal(rng, 2, 2, 2), *whole(rng, 0, 1000, 2, 1)


def as_complex(vector):
    return torch.view_as_complex(vector.contiguous())


def encoded(x, weight, position, phase=0.0):
    return as_complex(encode_position(x, weight, angles_of(position, 2) + phase))


@paper.property("Eq. 12", "g is the real part of (W_q x_m)(W_k x_n)* e^(i (m - n) theta)")
def complex_product(rng):
    x_m, x_n, w_q, w_k, m, n = in_the_plane(rng)
    ours = (encode_position(x_m, w_q, angles_of(m, 2)) * encode_position(x_n, w_k, angles_of(n, 2))).sum(-1)
    turn = torch.polar(torch.ones(1).double(), (m - n).double())
    return ours, (as_complex(x_m @ w_q.T) * as_complex(x_n @ w_k.T).conj() * turn).real


@paper.property("Eq. 21", "the offset may be read as m - n or as n - m: the conjugate has the same real part")
def either_offset(rng):
    x_m, x_n, w_q, w_k, m, n = in_the_plane(rng)
    product = encoded(x_m, w_q, m) * encoded(x_n, w_k, n).conj()
    turn = torch.polar(torch.ones(1).double(), (n - m).double())
    return product.real, (as_complex(x_m @ w_q.T).conj() * as_complex(x_n @ w_k.T) * turn).real


@paper.property("Eq. 22", "at position 0 the query is W_q x")
def initial_condition(rng):
    x, _, weight, *_ = in_the_plane(rng)
    return encode_position(x, weight, torch.zeros(1, 1).double()), x @ weight.T


@paper.property("Eq. 27", "lengths do not depend on positions")
def radial_functions(rng):
    x, _, weight, _, m, _ = in_the_plane(rng)
    return encoded(x, weight, m).abs(), (x @ weight.T).norm(dim=-1)


@paper.property("Eq. 28", "the angle that is added does not depend on the vector")
def angular_functions(rng):
    x_m, x_n, w_q, w_k, m, _ = in_the_plane(rng)
    turns = [encoded(x, w, m) / encoded(x, w, 0 * m) for x, w in ((x_m, w_q), (x_n, w_k))]
    return torch.view_as_real(turns[0]), torch.view_as_real(turns[1])


@paper.property("Eq. 30", "the angles of successive positions are an arithmetic progression of difference theta")
def arithmetic_progression(rng):
    x, _, weight, *_ = in_the_plane(rng)
    path = torch.cat([encoded(x, weight, torch.tensor([m])) for m in range(20)])
    steps = path[1:] / path[:-1]
    theta = torch.ones((), dtype=torch.float64)  # of the only plane
    return torch.view_as_real(steps), torch.stack([theta.cos(), theta.sin()]).expand(19, 2)


@paper.property("Eq. 31", "a constant gamma that is added to all angles changes no product, so that 0 may be chosen")
def constant_phase(rng):
    x_m, x_n, w_q, w_k, m, n = in_the_plane(rng)
    gamma = float(normal(rng, 1))
    products = [(encoded(x_m, w_q, m, g) * encoded(x_n, w_k, n, g).conj()).real for g in (0.0, gamma)]
    return products[0], products[1]


def scaled_products(rng, shift):
    """Products of queries shrunk by their position with keys grown by theirs."""
    x_m, x_n, w_q, w_k, m, n = in_the_plane(rng)
    rate = 0.01
    query = encode_position(x_m, w_q, angles_of(m + shift, 2)) * torch.exp(-rate * (m + shift).double())
    key = encode_position(x_n, w_k, angles_of(n + shift, 2)) * torch.exp(rate * (n + shift).double())
    return (query * key).sum(-1), query


@paper.property(
    "Eq. 27", "other solutions of Eq. 11 exist: lengths e^(-c m) of queries and e^(c n) of keys fit as well"
)
def other_solutions(rng):
    state = rng.get_state()
    before, _ = scaled_products(rng, 0)
    rng.set_state(state)
    after, _ = scaled_products(rng, 37)
    return before, after


@paper.property("Eq. 27", "their lengths are constant, too", holds=False)
def other_lengths(rng):
    state = rng.get_state()
    _, before = scaled_products(rng, 0)
    rng.set_state(state)
    _, after = scaled_products(rng, 37)
    return before.norm(), after.norm()


@paper.property("Eq. 33", "in more dimensions the inner product is the sum over planes")
def sum_over_planes(rng):
    query, key = normal(rng, 2, 3, 6)
    angles = angles_of(whole(rng, 0, 99, 3), 6)
    planes = [
        (rotate_neighbours(query[:, i : i + 2], angles[:, i // 2, None]) * key[:, i : i + 2]).sum(-1) for i in (0, 2, 4)
    ]
    return (rotate_neighbours(query, angles) * key).sum(-1), sum(planes)
