"""Settings of the paper's models and of their training (sections 3.1 and 4.1, appendices A and B)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class FitSettings:
    """How a model is trained; the defaults are those of task 1.

    Source: section 3.1.
    """

    steps: int = 2_000
    """Steps of the optimizer (section 3.1)."""
    rate: float = 1e-3
    """Learning rate of Adam (section 3.1)."""
    batch: int | None = None
    """Rows in a batch; None for all of them (section 3.1)."""
    weight_decay: float = 0.0
    """Factor of the weights that is added to their gradient (appendix A)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        reasons = []
        if self.steps < 0:
            reasons.append(f"steps must be at least 0; received {self.steps}")
        if self.rate <= 0:
            reasons.append(f"rate must be positive; received {self.rate}")
        if self.batch is not None and self.batch < 1:
            reasons.append(f"batch must be at least 1; received {self.batch}")
        if self.weight_decay < 0:
            reasons.append(f"weight_decay must be at least 0; received {self.weight_decay}")
        if reasons:
            raise ValueError("; ".join(reasons))


# Sec. 3.1: 2000 gradient steps of Adam at 1e-3 on all examples at once
# App. A: weight decay of 1e-4 on the first three tasks
SPRING = FitSettings(weight_decay=1e-4)
PENDULUM = SPRING

# Sec. 4.1: 10,000 gradient steps, a batch size of 200
# App. B: no weight decay on this task
TWO_BODY = FitSettings(steps=10_000, batch=200)
