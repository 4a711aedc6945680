"""The quantity on which convergence depends (section 3)."""

from jaxtyping import Float
from torch import Tensor


def inverse_rate_change(
    v_next: Float[Tensor, "*n"], v: Float[Tensor, "*n"], step_size_next: float, step_size: float
) -> Float[Tensor, "*n"]:
    r"""The change of the inverse learning rate from one step to the next.

    $$\Gamma_{t+1} = \frac{\sqrt{V_{t+1}}}{\alpha_{t+1}} - \frac{\sqrt{V_t}}{\alpha_t}$$

    The proof for Adam takes it to be positive semi-definite, which for the diagonal here means: nowhere negative. That is so
    for SGD, AdaGrad and AMSGrad, and not for Adam.

    Args:
        v_next: diagonal of V_{t+1}.
        v: diagonal of V_t.
        step_size_next: alpha_{t+1}.
        step_size: alpha_t.

    Returns:
        The diagonal of Gamma_{t+1}.

    Raises:
        ValueError: a stepsize is not above 0.

    Source: section 3, Eq. 2.
    """
    if not min(step_size_next, step_size) > 0:
        raise ValueError(f"stepsizes must be above 0; received step_size_next={step_size_next}, step_size={step_size}")
    # Eq. 2: Gamma_{t+1} = sqrt(V_{t+1}) / alpha_{t+1} - sqrt(V_t) / alpha_t
    return v_next.sqrt() / step_size_next - v.sqrt() / step_size
