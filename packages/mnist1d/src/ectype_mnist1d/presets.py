"""Settings of the classification experiment (section 4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from ectype_mnist1d.convolutional import ConvolutionalNetwork
from ectype_mnist1d.logistic import LogisticRegression
from ectype_mnist1d.multilayer_perceptron import MultilayerPerceptron
from ectype_mnist1d.recurrent import RecurrentNetwork


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingSettings:
    """How a classifier is trained; the defaults are those of every row of Table 1.

    Raises:
        ValueError: a count is below 1 or the rate is not above 0.

    Source: section 4 for the optimizer; `mnist1d-classification.ipynb` and `train.py` of the official code for the rest.
    """

    last_step: int = 6000
    """Number of the last step; steps count from 0, so there is one more (official code)."""
    batch: int = 100
    """Samples in a batch (official code)."""
    learning_rate: float = 1e-2
    """Of Adam, constant (official code)."""
    evaluate_every: int = 250
    """Steps from evaluation to evaluation (official code)."""

    def __post_init__(self) -> None:
        if min(self.last_step, self.batch, self.evaluate_every) < 1 or not self.learning_rate > 0:
            raise ValueError(f"counts must be at least 1 and the learning rate above 0; received {self}")


# Tab. 1: one setting for all models; Sec. 4: all models used the Adam optimizer
CLASSIFICATION = TrainingSettings()

# Tab. 1: columns logistic regression, MLP, CNN and GRU
MODELS: Mapping[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "logistic": LogisticRegression,
        "mlp": MultilayerPerceptron,
        "cnn": ConvolutionalNetwork,
        "gru": RecurrentNetwork,
    }
)

# `mnist1d-classification.ipynb` permutes the features of the frozen data set with NumPy's global generator, seeded so.
SHUFFLING_SEED = 42
