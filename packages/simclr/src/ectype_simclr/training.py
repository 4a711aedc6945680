"""Pretraining and linear evaluation on generated pictures: the paper's procedure on a scale that runs anywhere."""

from dataclasses import replace

from ectype.experiments import Run
from torch import nn

from ectype_simclr import presets
from ectype_simclr.linear_evaluation import LinearEvaluation
from ectype_simclr.pictures import Pictures, pictures
from ectype_simclr.pretraining import Pretraining
from ectype_simclr.projection_head import ProjectionHead
from ectype_simclr.residual_encoder import ResidualEncoder

SETTINGS = {"imagenet": presets.IMAGENET, "cifar10": presets.CIFAR10}
"""The paper's two settings of pretraining."""


def train(
    run: Run,
    settings: str = "cifar10",
    *,
    images: int = 256,
    batch_size: int = 64,
    epochs: int = 100,
    size: int = 32,
    width: int = 8,
    blocks: tuple[int, ...] = (1, 1, 1),
) -> dict[str, float]:
    """Pretrain on pictures without labels, then evaluate a linear classifier on as many others.

    Args:
        run: seeds pictures, weights, batches and augmentations.
        settings: whose hyperparameters; what is given here beside them is smaller than in the paper.
        images: to learn from.
        batch_size: images in a batch.
        epochs: of pretraining; a tenth of them is the warm-up.
        size: height and width of pictures and views, in pixels.
        width: of the encoder; 64 in the paper.
        blocks: of the encoder; (3, 4, 6, 3) in the paper.

    Returns:
        `contrastive loss`, of the last step; `accuracy`, top-1 in per cent of a linear classifier on the encoder;
        `accuracy untrained`, the same before pretraining.

    Raises:
        ValueError: a number is out of range, or the settings are none of the paper's.

    Source: Algorithm 1; section 2.3; appendix B.6.
    """
    if settings not in SETTINGS:
        raise ValueError(f"settings must be one of {', '.join(SETTINGS)}; received {settings}")
    chosen = replace(SETTINGS[settings], batch_size=batch_size, epochs=epochs, warmup_epochs=epochs // 10, size=size)
    known, others = pictures(images, size, seed=2 * run.seed), pictures(images, size, seed=2 * run.seed + 1)
    run.uses(known=known.images, others=others.images)
    encoder = ResidualEncoder(width, blocks, stem="large" if settings == "imagenet" else "small")
    training = Pretraining(encoder, ProjectionHead(encoder.features), known.images, chosen, seed=run.seed)
    metrics = {"accuracy untrained": linear_accuracy(run, "untrained", encoder, known, others, batch_size)}
    for step in run.steps(training.total, training=training):
        metrics["contrastive loss"] = training.step().item()
        run.log(step, loss=metrics["contrastive loss"], rate=training.optimizer.param_groups[0]["lr"])
    return metrics | {"accuracy": linear_accuracy(run, "evaluation", encoder, known, others, batch_size)}


def linear_accuracy(
    run: Run, name: str, encoder: nn.Module, known: Pictures, others: Pictures, batch_size: int
) -> float:
    """Train a linear classifier on a frozen encoder.

    Args:
        run: counts the steps, and seeds weights, batches and crops.
        name: of the loop.
        encoder: frozen.
        known: pictures to learn from.
        others: pictures to be classified.
        batch_size: pictures in a batch.

    Returns:
        The top-1 accuracy on the others, in per cent.

    Source: appendix B.6.
    """
    settings = replace(presets.LINEAR_EVALUATION, batch_size=batch_size, size=known.images.shape[-1])
    classifier = LinearEvaluation(encoder, *known, settings, seed=run.seed)
    for _ in run.steps(classifier.total, name=name, classifier=classifier):
        classifier.step()
    return classifier.accuracy(*others)
