"""Settings of the model for speech (section 3.1)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechSettings:
    """The model for speech and its training; the defaults are those of the paper.

    Source: section 3.1.
    """

    strides: tuple[int, ...] = (5, 4, 2, 2, 2)
    """Strides of the convolutions of the encoder."""
    kernels: tuple[int, ...] = (10, 8, 4, 4, 4)
    """Sizes of their filters."""
    channels: int = 512
    """Hidden units of each convolution."""
    hidden: int = 256
    """Hidden units of the recurrent network."""
    steps_ahead: int = 12
    """How many steps in the future are predicted."""
    window: int = 20_480
    """Samples of a waveform in a batch."""
    batch: int = 8
    """Waveforms in a batch; the paper has so many on each of 8 GPUs."""
    rate: float = 2e-4
    """Learning rate of Adam."""
    updates: int = 300_000
    """Steps of the optimizer; the paper trains until convergence, at about so many."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        reasons = []
        if not self.strides or len(self.strides) != len(self.kernels):
            reasons.append(f"strides and kernels must be as many; received {self.strides} and {self.kernels}")
        for name in ("channels", "hidden", "steps_ahead", "window", "batch"):
            if getattr(self, name) < 1:
                reasons.append(f"{name} must be at least 1; received {getattr(self, name)}")
        for name in ("strides", "kernels"):
            if min(getattr(self, name), default=1) < 1:
                reasons.append(f"{name} must be at least 1; received {getattr(self, name)}")
        if self.rate <= 0:
            reasons.append(f"rate must be positive; received {self.rate}")
        if self.updates < 0:
            reasons.append(f"updates must be at least 0; received {self.updates}")
        if reasons:
            raise ValueError("; ".join(reasons))


# Sec. 3.1: five convolutions, a GRU of 256 units, 12 steps ahead, Adam at 2e-4, batches of 8
SPEECH = SpeechSettings()
