"""Linear attention, without and with rotary position embedding (section 3.3)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ectype_roformer.rotation import rotate_neighbours


def linear_attention(
    query: Float[Tensor, "*batch queries width"],
    key: Float[Tensor, "*batch keys width"],
    value: Float[Tensor, "*batch keys outputs"],
) -> Float[Tensor, "*batch queries outputs"]:
    r"""Attention whose similarity is a product of features, in time linear in the number of keys.

    $$\frac{\sum_n \phi(q_m)^\top \varphi(k_n) v_n}{\sum_n \phi(q_m)^\top \varphi(k_n)}, \quad
    \phi(x) = \varphi(x) = \mathrm{elu}(x) + 1$$

    Args:
        query: $q_m$.
        key: $k_n$.
        value: $v_n$.

    Returns:
        One vector for each query.

    Source: section 3.3, Eq. 18.
    """
    # Sec. 3.3: phi(x) = elu(x) + 1
    phi_query, phi_key = F.elu(query) + 1, F.elu(key) + 1
    # Eq. 17: sums of values over sums of similarities, sim(q, k) = phi(q)^T phi(k)
    # Eq. 18: keys and values are multiplied first, over all positions at once
    return _weighed(phi_query, phi_key, value) / _total(phi_query, phi_key)


def rotary_linear_attention(
    query: Float[Tensor, "*batch length width"],
    key: Float[Tensor, "*batch length width"],
    value: Float[Tensor, "*batch length outputs"],
    angles: Float[Tensor, "*#batch length planes"],
) -> Float[Tensor, "*batch length outputs"]:
    r"""Linear attention that knows relative positions: the features are rotated in the numerator only.

    $$\frac{\sum_n (R^d_{\Theta,m} \phi(q_m))^\top (R^d_{\Theta,n} \varphi(k_n)) v_n}{\sum_n \phi(q_m)^\top \varphi(k_n)}$$

    Weights of values can be negative and need not sum to one.

    Args:
        query: $q_m$.
        key: $k_n$.
        value: $v_n$.
        angles: $m \theta_i$ of `rotary_angles`.

    Returns:
        One vector for each position.

    Raises:
        ValueError: there are not half as many angles as coordinates.

    Source: section 3.3, Eq. 19.
    """
    # Sec. 3.3: phi(x) = elu(x) + 1
    phi_query, phi_key = F.elu(query) + 1, F.elu(key) + 1
    # Eq. 19: the numerator rotates, the denominator does not, so that it cannot vanish
    numerator = _weighed(rotate_neighbours(phi_query, angles), rotate_neighbours(phi_key, angles), value)
    return numerator / _total(phi_query, phi_key)


def _weighed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return query @ (key.mT @ value)


def _total(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.sum(dim=-2).unsqueeze(-1)
