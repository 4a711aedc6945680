"""How updates compare with each other and with the weight (sections 7.2 and 7.3, appendices G and H.4)."""

import torch
from jaxtyping import Float
from torch import Tensor


def right_directions(matrix: Float[Tensor, "rows columns"], count: int) -> Float[Tensor, "columns count"]:
    """Find the directions of the inputs that a matrix amplifies most.

    Args:
        matrix: any matrix.
        count: how many directions.

    Returns:
        Its first right-singular vectors, orthonormal columns.

    Raises:
        ValueError: there are not so many.

    Source: section 7.2.
    """
    if not 1 <= count <= min(matrix.shape):
        raise ValueError(f"a {tuple(matrix.shape)} matrix has 1 to {min(matrix.shape)} directions; received {count}")
    # Sec. 7.2: the columns of U that correspond to the top singular vectors
    exact = matrix.float() if matrix.dtype == torch.bfloat16 else matrix
    return torch.linalg.svd(exact, full_matrices=False).Vh[:count].mT.to(matrix.dtype)


def subspace_similarity(
    first: Float[Tensor, "r1 k"], second: Float[Tensor, "r2 k"], i: int, j: int
) -> Float[Tensor, ""]:
    r"""Measure how much of the subspace of the top directions of one matrix is in that of another.

    $$\phi(A, B, i, j) = \frac{\lVert {U_A^i}^\top U_B^j \rVert_F^2}{\min(i, j)} \in [0, 1]$$

    Args:
        first: the matrix A.
        second: the matrix B.
        i: number of directions of the first.
        j: number of directions of the second.

    Returns:
        1 if the smaller subspace is in the other, 0 if they are orthogonal.

    Raises:
        ValueError: a matrix has not so many directions.

    Source: section 7.2, Eq. 4.
    """
    overlap = right_directions(first, i).mT @ right_directions(second, j)
    # Eq. 4: phi = ||U_A^i^T U_B^j||_F^2 / min(i, j)
    return overlap.square().sum() / min(i, j)


def projection_distance(
    first: Float[Tensor, "r1 k"], second: Float[Tensor, "r2 k"], i: int, j: int
) -> Float[Tensor, ""]:
    r"""Measure the distance between the subspaces of the top directions of two matrices.

    $$d = \sqrt{p - \sum_{n=1}^p \sigma_n^2}, \quad p = \min(i, j)$$

    with the singular values $\sigma$ of ${U_A^i}^\top U_B^j$.

    Args:
        first: the matrix A.
        second: the matrix B.
        i: number of directions of the first.
        j: number of directions of the second.

    Returns:
        The projection metric, between 0 and the root of p.

    Raises:
        ValueError: a matrix has not so many directions.

    Source: appendix G.
    """
    overlap = right_directions(first, i).mT @ right_directions(second, j)
    # App. G: d = sqrt(p - sum of sigma^2); rounding may bring it below zero
    return (min(i, j) - overlap.square().sum()).clamp(min=0).sqrt()


def projected_norm(weight: Float[Tensor, "d k"], update: Float[Tensor, "d k"], r: int) -> Float[Tensor, ""]:
    r"""Measure what a weight does to the directions of an update.

    $$\lVert U^\top W V^\top \rVert_F$$

    with the top r left- and right-singular vectors U and V of the update.

    Args:
        weight: the weight W.
        update: the update, or whatever matrix the directions are taken from.
        r: number of directions.

    Returns:
        The Frobenius norm of the weight, projected onto these directions.

    Raises:
        ValueError: the update has not so many directions.

    Source: section 7.3.
    """
    U, V = right_directions(update.mT, r), right_directions(update, r)
    # Sec. 7.3: ||U^T W V^T||_F
    return torch.linalg.matrix_norm(U.mT @ weight @ V)


def amplification_factor(weight: Float[Tensor, "d k"], update: Float[Tensor, "d k"], r: int) -> Float[Tensor, ""]:
    r"""Measure how much more an update does to its own directions than the weight does.

    $$\frac{\lVert \Delta W \rVert_F}{\lVert U^\top W V^\top \rVert_F}$$

    Args:
        weight: the weight W.
        update: the update.
        r: rank of the update.

    Returns:
        The factor.

    Raises:
        ValueError: the update has not so many directions.

    Source: appendix H.4.
    """
    # App. H.4: the ratio of ||Delta W||_F and ||U^T W V^T||_F
    return torch.linalg.matrix_norm(update) / projected_norm(weight, update, r)
