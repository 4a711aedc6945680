"""The learning-rate schedule (section 5.3)."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def warmup_rate(step: int, d_model: int, warmup: int = 4000) -> float:
    r"""Learning rate that rises linearly for `warmup` steps and then falls as the inverse square root of the step.

    $$\mathrm{lrate} = d_{model}^{-0.5} \cdot \min(\mathrm{step}^{-0.5}, \mathrm{step} \cdot \mathrm{warmup}^{-1.5})$$

    The peak is $(d_{model} \cdot \mathrm{warmup})^{-0.5}$, at step `warmup`.

    Args:
        step: number of the step, from 1.
        d_model: width of the model.
        warmup: number of steps of the rise.

    Returns:
        The learning rate.

    Raises:
        ValueError: step, d_model or warmup is below 1.

    Source: section 5.3, Eq. 3.
    """
    if min(step, d_model, warmup) < 1:
        raise ValueError(
            "step, d_model and warmup must be at least 1 (steps count from 1); "
            f"received step={step}, d_model={d_model}, warmup={warmup}"
        )
    # Eq. 3: lrate = d_model^-0.5 * min(step_num^-0.5, step_num * warmup_steps^-1.5)
    return d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)


def warmup_schedule(optimizer: Optimizer, d_model: int, warmup: int = 4000) -> LambdaLR:
    """Set the optimizer's learning rate by `warmup_rate`; call `.step()` on the result after each optimizer step.

    Args:
        optimizer: an optimizer made with lr=1, as torch multiplies the schedule by that.
        d_model: width of the model.
        warmup: number of steps of the rise.

    Returns:
        The scheduler; the first optimizer step already runs at the rate of step 1.

    Raises:
        ValueError: the optimizer's learning rate is not 1, or d_model or warmup is below 1.

    Source: section 5.3, Eq. 3.
    """
    rates = [group["lr"] for group in optimizer.param_groups]
    if any(rate != 1 for rate in rates):
        raise ValueError(f"the optimizer must be made with lr=1, which the schedule multiplies; received lr={rates}")
    return LambdaLR(optimizer, lambda done: warmup_rate(done + 1, d_model, warmup))
