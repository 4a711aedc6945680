"""Settings of pretraining and of what follows it (sections 2.3 and B.5 to B.9)."""

from dataclasses import dataclass

from ectype_simclr.learning_rate import linear_scaling

IMAGENET_TRAINING_IMAGES = 1_281_167
"""Images of ILSVRC-2012 with labels for training; the paper names the data set and not its size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainingSettings:
    """How encoder and head are trained; the defaults are those of the paper on ImageNet.

    Raises:
        ValueError: a number is out of range; the text names all of them.

    Source: section 2.3.
    """

    batch_size: int = 4096
    """Images in a batch, each in two views (section 2.3)."""
    epochs: int = 100
    """Passes over the images (section 2.3); 1000 for the results of section 6."""
    warmup_epochs: int = 10
    """Passes while the rate rises (section 2.3)."""
    base_rate: float = 0.3
    """Learning rate of a batch of 256 images (section 2.3)."""
    weight_decay: float = 1e-6
    """Factor of the weights that is added to their gradient (section 2.3)."""
    temperature: float = 0.1
    """Of the loss: the best of Table 5, and the official code's."""
    size: int = 224
    """Height and width of a view, in pixels (appendix A)."""
    strength: float = 1.0
    """Of the colour distortion (Table 1)."""
    blur: float = 0.5
    """Probability of blurring a view (appendix A)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        rules = {
            "batch_size must be at least 1": (self.batch_size, self.batch_size < 1),
            "epochs must be at least 1": (self.epochs, self.epochs < 1),
            "warmup_epochs must be at least 0 and below epochs": (
                self.warmup_epochs,
                not 0 <= self.warmup_epochs < self.epochs,
            ),
            "base_rate must be positive": (self.base_rate, self.base_rate <= 0),
            "weight_decay must be at least 0": (self.weight_decay, self.weight_decay < 0),
        }
        _refuse(rules)

    @property
    def peak_rate(self) -> float:
        """Learning rate at the end of the warm-up."""
        return linear_scaling(self.batch_size, self.base_rate)

    def steps(self, images: int) -> tuple[int, int]:
        """Count the steps of training and those of its warm-up.

        Args:
            images: in the training set.

        Returns:
            All steps, and those while the rate rises; batches that are not full are left out.

        Raises:
            ValueError: there are fewer images than in a batch.
        """
        if images < self.batch_size:
            raise ValueError(f"images must be at least batch_size={self.batch_size}; received {images}")
        each = images // self.batch_size
        return self.epochs * each, self.warmup_epochs * each


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassifierSettings:
    """How a classifier is trained on labels; the defaults are those of the linear evaluation on ImageNet.

    Raises:
        ValueError: a number is out of range; the text names all of them.

    Source: appendices B.5 and B.6.
    """

    batch_size: int = 4096
    """Images in a batch (appendix B.5)."""
    epochs: int = 90
    """Passes over the images (appendix B.6)."""
    base_rate: float = 0.1
    """Learning rate of a batch of 256 images (appendix B.6)."""
    momentum: float = 0.9
    """Of Nesterov's method (appendix B.5)."""
    size: int = 224
    """Height and width of a crop, in pixels (appendix B.5)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        rules = {
            "batch_size must be at least 1": (self.batch_size, self.batch_size < 1),
            "epochs must be at least 1": (self.epochs, self.epochs < 1),
            "base_rate must be positive": (self.base_rate, self.base_rate <= 0),
            "momentum must be in (0, 1)": (self.momentum, not 0 < self.momentum < 1),
        }
        _refuse(rules)

    @property
    def peak_rate(self) -> float:
        """Learning rate of the first step; there is no warm-up."""
        return linear_scaling(self.batch_size, self.base_rate)


def _refuse(rules: dict[str, tuple[int | float, bool]]) -> None:
    if reasons := [f"{rule}; received {value}" for rule, (value, broken) in rules.items() if broken]:
        raise ValueError("; ".join(reasons))


# Sec. 2.3: the default setting
IMAGENET = PretrainingSettings()

# App. B.9: colour distortion of strength 0.5, no blur, 32x32; of the learning rates and temperatures that were tried, the
# middle ones, and the batch of the best model. Sec. 2.3: the rest as on ImageNet.
CIFAR10 = PretrainingSettings(
    batch_size=1024, base_rate=1.0 * 256 / 1024, temperature=0.5, size=32, strength=0.5, blur=0.0
)

# App. B.6: learning rate 1.6, 90 epochs
LINEAR_EVALUATION = ClassifierSettings()

# App. B.5: learning rate 0.8; 60 epochs on 1% of the labels, 30 epochs on 10%
FINE_TUNING_1_PERCENT = ClassifierSettings(base_rate=0.05, epochs=60)
FINE_TUNING_10_PERCENT = ClassifierSettings(base_rate=0.05, epochs=30)
