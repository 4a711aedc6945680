"""The paper's networks and training settings (Table 1, sections 3.4 and 4.2)."""

from dataclasses import dataclass, replace

from ectype_resnet.imagenet_network import ImageNetSettings

# Tab. 1: blocks of conv2_x to conv5_x
# Sec. 4.1: option A for 18 and 34 layers in the first comparison, option B for 50 and more
IMAGENET = {
    18: ImageNetSettings(block="basic", blocks=(2, 2, 2, 2), shortcuts="A"),
    34: ImageNetSettings(block="basic", blocks=(3, 4, 6, 3), shortcuts="A"),
    50: ImageNetSettings(block="bottleneck", blocks=(3, 4, 6, 3), shortcuts="B"),
    101: ImageNetSettings(block="bottleneck", blocks=(3, 4, 23, 3), shortcuts="B"),
    152: ImageNetSettings(block="bottleneck", blocks=(3, 8, 36, 3), shortcuts="B"),
}

# Sec. 3.3: the plain networks are the same without shortcuts
PLAIN = {depth: replace(IMAGENET[depth], shortcuts="none") for depth in (18, 34)}

# Tab. 6: the CIFAR-10 networks by their depth, 6n + 2
CIFAR = {6 * n + 2: n for n in (3, 5, 7, 9, 18, 200)}


@dataclass(frozen=True, kw_only=True, slots=True)
class CifarTraining:
    """How a network is trained on CIFAR-10.

    Raises:
        ValueError: something is not a size, or the rates do not fall.

    Source: section 4.2.
    """

    rate: float = 0.1
    """First learning rate (section 4.2)."""
    drops: tuple[int, ...] = (32_000, 48_000)
    """Steps after which the rate is divided by ten (section 4.2)."""
    steps: int = 64_000
    """Steps of the optimizer (section 4.2)."""
    batch: int = 128
    """Images in a batch (section 4.2)."""
    momentum: float = 0.9
    """Momentum of stochastic gradient descent (section 4.2)."""
    weight_decay: float = 1e-4
    """Factor of the weights that is added to their gradient (section 4.2)."""
    warm_up_rate: float | None = None
    """Learning rate until the training error is below `warm_up_error`; None for no warm-up (section 4.2)."""
    warm_up_error: float = 0.8
    """Training error below which the warm-up ends (section 4.2)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        rates = {"rate": self.rate} | ({} if self.warm_up_rate is None else {"warm_up_rate": self.warm_up_rate})
        reasons = [f"{name} must be positive; received {value}" for name, value in rates.items() if value <= 0]
        if list(self.drops) != sorted(set(self.drops)) or any(drop < 1 for drop in self.drops):
            reasons.append(f"drops must be positive and ascend; received {self.drops}")
        if self.steps < 0 or self.batch < 1:
            reasons.append(
                f"steps must be at least 0 and batch at least 1; received steps={self.steps}, batch={self.batch}"
            )
        if not 0 <= self.momentum < 1:
            reasons.append(f"momentum must be in [0, 1); received {self.momentum}")
        if self.weight_decay < 0:
            reasons.append(f"weight_decay must be at least 0; received {self.weight_decay}")
        if not 0 <= self.warm_up_error <= 1:
            reasons.append(f"warm_up_error must be in [0, 1]; received {self.warm_up_error}")
        if reasons:
            raise ValueError("; ".join(reasons))


CIFAR_TRAINING = CifarTraining()

# Sec. 4.2: for 110 layers, 0.01 until the training error is below 80 %
CIFAR_TRAINING_110 = CifarTraining(warm_up_rate=0.01)
