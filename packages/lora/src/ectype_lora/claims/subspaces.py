"""Subspaces of updates (sections 7.2 and 7.3, appendices G and H.4)."""

import torch
from ectype import Sample

from ectype_lora.claims import oracles
from ectype_lora.claims.shared import normal, paper, refusal
from ectype_lora.subspaces import (
    amplification_factor,
    projected_norm,
    projection_distance,
    right_directions,
    subspace_similarity,
)

ZERO = {"zero-inputs": "a matrix of zeros has no directions: its singular vectors are not defined"}


def factors_and_counts(rng, columns=7):
    return normal(rng, 3, columns), normal(rng, 5, columns), min(2, columns), min(4, columns)


for measure, oracle, place in (
    (subspace_similarity, oracles.similarity, "Eq. 4"),
    (projection_distance, oracles.distance, "App. G"),
):
    made = paper.component("layer", of=measure, expected_failures=ZERO)(factors_and_counts)
    made.limit("one direction")(lambda rng: (normal(rng, 2, 4), normal(rng, 3, 4), 1, 1))
    made.limit("all directions, i the larger")(lambda rng: (normal(rng, 4, 9), normal(rng, 2, 9), 4, 2))
    paper.equation(place, of=measure)(oracle)


def weight_update_and_rank(rng, rows=6, columns=5):
    return normal(rng, rows, columns), normal(rng, rows, 2) @ normal(rng, 2, columns), min(rows, columns, 2)


for measure, oracle, place in (
    (projected_norm, oracles.projected_norm, "Sec. 7.3"),
    (amplification_factor, oracles.amplification, "App. H.4"),
):
    made = paper.component("layer", of=measure, expected_failures=ZERO)(weight_update_and_rank)
    made.limit("rank one")(lambda rng: (normal(rng, 3, 4), normal(rng, 3, 1) @ normal(rng, 1, 4), 1))
    paper.equation(place, of=measure)(oracle)


@paper.property("Sec. 7.2", "the similarity is between 0 and 1, and symmetric")
def range_of_the_similarity(rng):
    first, second = normal(rng, 3, 8), normal(rng, 4, 8)
    value, other = subspace_similarity(first, second, 2, 3), subspace_similarity(second, first, 3, 2)
    assert 0 <= value <= 1
    return value, other


@paper.property("Sec. 7.2", "it is 1 where the smaller subspace is contained in the other")
def contained_subspace(rng):
    first = normal(rng, 3, 8)
    second = torch.cat([10 * first, 0.1 * normal(rng, 2, 8)])
    within = normal(rng, 3, 3) @ first
    values = [subspace_similarity(first, within, 3, 3), subspace_similarity(first, first, 2, 3)]
    values.append(subspace_similarity(first, second, 3, 5))
    return torch.stack(values), torch.ones(3)


@paper.property("App. G", "it is 0 where the subspaces are orthogonal, and their distance is then the root of p")
def orthogonal_subspaces(rng):
    directions = torch.linalg.qr(normal(rng, 8, 8)).Q.T
    first, second = normal(rng, 3, 3) @ directions[:3], normal(rng, 4, 4) @ directions[3:7]
    found = [1 + subspace_similarity(first, second, 3, 4), projection_distance(first, second, 3, 4)]
    return torch.stack(found), torch.tensor([1.0, 3**0.5], dtype=torch.float64)


@paper.property(
    "App. G",
    "the distance of a subspace to itself is zero, also where rounding would make its square negative",
    tolerance=1e-7,
    because="the root of a rounding error",
)
def distance_to_itself(rng):
    directions = normal(rng, 3, 8)
    return 1 + projection_distance(directions, normal(rng, 3, 3) @ directions, 3, 3), 1.0


@paper.property("App. G", "it is a reverse of the projection metric: p (1 - similarity) is the distance squared")
def reverse_of_the_distance(rng):
    first, second = normal(rng, 3, 8), normal(rng, 5, 8)
    i, j = 3, int(torch.randint(1, 6, (), generator=rng))
    distance = projection_distance(first, second, i, j)
    return distance**2, min(i, j) * (1 - subspace_similarity(first, second, i, j))


@paper.property("Sec. 7.2", "the subspace of all directions of A is that of the rows of the update, whatever B is")
def rows_of_the_update(rng):
    A, B = normal(rng, 3, 8), normal(rng, 6, 3)
    return subspace_similarity(A, B @ A, 3, 3), 1.0


@paper.property("Sec. 7.2", "random matrices do not share directions: the mean similarity is max(i, j) / k", draws=2)
def random_subspaces(rng):
    i, j, k = 2, 5, 20
    values = [subspace_similarity(normal(rng, i, k), normal(rng, j, k), i, j) for _ in range(1000)]
    return Sample(torch.stack(values), j / k)


@paper.property("Sec. 7.2", "directions are orthonormal, and the first is the one that is amplified most")
def orthonormal_directions(rng):
    matrix = normal(rng, 4, 6)
    V = right_directions(matrix, 3)
    gains = (matrix @ V).norm(dim=0)
    largest = torch.linalg.svdvals(matrix)[:3]
    return [V.mT @ V, gains], [torch.eye(3), largest]


@paper.property("Sec. 7.2", "counts that a matrix has no directions for are refused by value", draws=1)
def counts_are_refused(rng):
    matrix = normal(rng, 3, 5)
    wrong = [
        f"a (3, 5) matrix has 1 to 3 directions; received {n}" in refusal(lambda n=n: right_directions(matrix, n))
        for n in (-1, 0, 4)
    ]
    return (
        all(wrong)
        and not refusal(lambda: right_directions(matrix, 1))
        and not refusal(lambda: right_directions(matrix, 3))
    )


@paper.property("Sec. 7.3", "the directions of W itself keep as much of it as its largest singular values")
def own_directions(rng):
    weight = normal(rng, 6, 5)
    r = int(torch.randint(1, 6, (), generator=rng))
    return projected_norm(weight, weight, r), torch.linalg.svdvals(weight)[:r].norm()


@paper.property("App. H.4", "U U^T W V^T V, the projection of W onto the subspaces of the update, has the same norm")
def projection_of_the_weight(rng):
    weight, update, r = weight_update_and_rank(rng)
    U, V = right_directions(update.mT, r), right_directions(update, r)
    return projected_norm(weight, update, r), torch.linalg.matrix_norm(U @ U.mT @ weight @ V @ V.mT)


@paper.property("App. H.4", "an update that is c times the weight amplifies it by c", draws=5)
def multiple_of_the_weight(rng):
    weight = normal(rng, 4, 6)
    return amplification_factor(weight, -2.5 * weight, 4), 2.5


@paper.property("Sec. 7.3", "random directions keep r^2 / d^2 of the square of the norm, on average", draws=2)
def random_directions(rng):
    d, r = 12, 3
    weight = normal(rng, d, d)
    norms = torch.stack([projected_norm(weight, normal(rng, d, d), r) for _ in range(1000)])
    return Sample(norms**2 / torch.linalg.matrix_norm(weight) ** 2, r**2 / d**2)


# What Table 7 prints


@paper.claim("Sec. 7.3", "amplification factor of r = 4, from the norms of Table 7", printed="21.5")
def amplification():
    weight, update = torch.zeros(8, 8).double(), torch.zeros(8, 8).double()
    weight[0, 0], update[0, 0] = 0.32, 6.91
    return float(amplification_factor(weight, update, 1))


@amplification.derivation
def _():
    return 6.91 / 0.32


@paper.claim("App. H.4", "amplification factor of r = 64, around, from the norms of Table 7", printed="2")
def amplification_64():
    return 3.57 / 1.90


@paper.claim(
    "Tab. 7",
    "||U^T W V^T||_F of random directions, where ||W||_F is 61.95: what is expected, r / d times that",
    printed={"r=4": "0.02", "r=64": "0.33"},
    missing="the random matrix that was drawn, which moves the last digit",
)
def random_norm(row):
    return 61.95 * int(row.removeprefix("r=")) / 12_288


# Where the paper contradicts itself

reverse = paper.disagreement(
    "similarity and distance",
    "Appendix G equates the similarity with (1 - d^2) / p. With d^2 = p - sum of sigma^2 as defined above it, it is 1 - d^2 / p; "
    "the two agree for p = 1 only, and the printed one is negative for subspaces that are far apart.",
    at="App. G, Eq. 4",
    follow="Eq. 4",
)


@reverse.reading("Eq. 4", source="Eq. 4, and the sum of sigma^2 over p in App. G")
def _(distance, p):
    return 1 - distance**2 / p


@reverse.reading("appendix G", source="App. G: (1 - d^2) / p")
def _(distance, p):
    return (1 - distance**2) / p


@reverse.measure("similarity of orthogonal subspaces of 4 dimensions")
def _(reading):
    directions = torch.eye(8).double()
    return float(reading(projection_distance(directions[:4], directions[4:], 4, 4), 4))


@reverse.measure("similarity of equal subspaces of 4 dimensions")
def _(reading):
    directions = torch.eye(8).double()[:4]
    return float(reading(projection_distance(directions, directions, 4, 4), 4))


sides = paper.disagreement(
    "which singular vectors",
    "Sec. 7.2 compares right-singular vectors of A (r x k), appendix G left ones. Left ones are in r dimensions: all of them "
    "span everything, whatever A is, and those of r = 8 and r = 64 cannot be multiplied.",
    at="Sec. 7.2, App. G",
    follow="right",
)


@sides.reading("right", source="Sec. 7.2")
def _(A):
    return A


@sides.reading("left", source="App. G")
def _(A):
    return A.mT


@sides.measure("similarity of two random matrices of 4 x 100, i = j = 4")
def _(reading):
    rng = torch.Generator().manual_seed(0)
    first, second = normal(rng, 4, 100), normal(rng, 4, 100)
    return float(subspace_similarity(reading(first), reading(second), 4, 4))
