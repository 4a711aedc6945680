"""Training and evaluation of the classifiers (section 4)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import torch
from ectype.experiments import Run
from ectype.experiments.seeds import stream
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ectype_mnist1d.dataset import Mnist1D, make_dataset, shuffle_features
from ectype_mnist1d.presets import CLASSIFICATION, MODELS, SHUFFLING_SEED, TrainingSettings


def unchanged(data: Mnist1D, seed: int) -> Mnist1D:
    """Return MNIST-1D as it is."""
    return data


def with_shuffled_features(data: Mnist1D, seed: int) -> Mnist1D:
    """Return MNIST-1D with the permutation of features of the authors' notebook, which is the same for every seed."""
    # Sec. 4: shuffling sanity check
    order = np.random.RandomState(SHUFFLING_SEED).permutation(data.x.shape[1])
    return shuffle_features(data, torch.from_numpy(order))


def with_shuffled_labels(data: Mnist1D, seed: int) -> Mnist1D:
    """Return MNIST-1D with the digits of the training samples in random order: nothing can be learned of the test."""
    return replace(data, y=data.y[torch.randperm(len(data.y), generator=stream(seed, "labels"))])


VERSIONS: Mapping[str, Callable[[Mnist1D, int], Mnist1D]] = MappingProxyType(
    {
        "unchanged": unchanged,
        "shuffled features": with_shuffled_features,
        "shuffled labels": with_shuffled_labels,
    }
)


def train_classifier(
    run: Run, model: str, data: str = "unchanged", settings: TrainingSettings = CLASSIFICATION
) -> dict[str, float]:
    """Train a classifier of Table 1 on the frozen data set, in its fixed order.

    Args:
        run: its seed decides the initial weights.
        model: a key of `MODELS`.
        data: a key of `VERSIONS`.
        settings: of the training.

    Returns:
        Accuracies in per cent: `test accuracy` and `train accuracy` after the last step, `best test accuracy` the highest
        of all evaluations.

    Source: section 4; `train.py` of the official code.
    """
    x, y, x_test, y_test = _tensors(VERSIONS[data](make_dataset(), run.seed), run)
    network = MODELS[model]().to(run.device)
    # Sec. 4: all models used the Adam optimizer
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, fused=True)
    for number in run.steps(settings.last_step + 1, model=network, optimizer=optimizer):
        step = number - 1
        rows = batch_rows(step, len(x), settings.batch)
        loss = F.cross_entropy(network(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % settings.evaluate_every == 0 or step == settings.last_step:
            test_accuracy, test_loss = evaluate(network, x_test, y_test)
            train_accuracy, _ = evaluate(network, x, y)
            run.log(
                number,
                train_loss=float(loss.detach()),
                test_loss=test_loss,
                train_accuracy=train_accuracy,
                test_accuracy=test_accuracy,
            )
    curve = run.curves()
    return {
        "test accuracy": curve[-1]["test_accuracy"],
        # Sec. 4: early stopping for model selection and evaluation; there is no validation split
        "best test accuracy": max(report["test_accuracy"] for report in curve),
        "train accuracy": curve[-1]["train_accuracy"],
    }


def batch_rows(step: int, samples: int, batch: int) -> slice:
    """Which samples make the batch of a step: one after the other, from the beginning again at the end.

    Args:
        step: its number, from 0.
        samples: number of training samples.
        batch: samples in a batch; the last one of an epoch is smaller where they do not divide evenly.

    Returns:
        The rows.

    Source: `train.py` of the official code.
    """
    start = step * batch % samples
    return slice(start, start + batch)


@torch.no_grad()
def evaluate(network: nn.Module, x: Float[Tensor, "sample length"], y: Int[Tensor, "sample"]) -> tuple[float, float]:
    """Return accuracy in per cent, and cross entropy in nats.

    Args:
        network: a classifier.
        x: samples.
        y: their classes.
    """
    logits = network(x)
    correct = int((logits.argmax(dim=-1) == y).sum())
    return 100 * correct / len(y), float(F.cross_entropy(logits, y))


def _tensors(data: Mnist1D, run: Run) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return samples and labels in single precision on the device of a run, which records their digests."""
    x, y, x_test, y_test = data.x.float(), data.y, data.x_test.float(), data.y_test
    # Digests of samples to five decimals: what lies behind depends on the machine's rounding.
    run.uses(x=(data.x * 1e5).round().int(), y=y, x_test=(data.x_test * 1e5).round().int(), y_test=y_test)
    return x.to(run.device), y.to(run.device), x_test.to(run.device), y_test.to(run.device)
