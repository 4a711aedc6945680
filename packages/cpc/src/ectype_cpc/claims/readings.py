"""Where the paper leaves something open, or says of a formula what the formula does not do."""

import math

import torch

from ectype_cpc.appendix import loss_of_the_bound, loss_with_expected_negatives
from ectype_cpc.claims.shared import paper
from ectype_cpc.info_nce import info_nce_loss, mine_estimate
from ectype_cpc.information import correlated_gaussians, correlation_of, gaussian_log_ratios
from ectype_cpc.presets import SPEECH, SpeechSettings
from ectype_cpc.speech_network import WaveformEncoder

SAMPLES, BATCHES, DIMENSIONS = 64, 400, 20


def batches(information):
    """Log-ratios of batches of correlated Gaussians, a row for each context: batch context sample."""
    generator = torch.Generator().manual_seed(0)
    correlation = correlation_of(DIMENSIONS, information)
    found = []
    for _ in range(BATCHES):
        x, c = correlated_gaussians(SAMPLES, DIMENSIONS, correlation, generator=generator)
        found.append(gaussian_log_ratios(x, c, correlation))
    return torch.stack(found)


def positives(scores):
    return torch.arange(SAMPLES).expand(len(scores), SAMPLES)


def diagonal(scores):
    return scores.diagonal(dim1=-2, dim2=-1)


# The proof (appendix A.1)

proof = paper.disagreement(
    "proof of the bound",
    "The appendix goes from the optimal loss (Eq. 7) by an approximation to Eq. 9, and from there by an inequality to "
    "log N - I. The approximation is above the loss, by Jensen's inequality, so that the chain does not bound the loss from "
    "below. The bound holds nevertheless. Where information is large, both are far above log N - I.",
    at="App. A.1, Eq. 8",
    follow="Eq. 7",
)


@proof.reading("Eq. 7", source="App. A.1: the optimal loss itself")
def _(scores):
    return info_nce_loss(scores, positives(scores))


@proof.reading("Eq. 9", source="App. A.1: the sum over negatives replaced by its expectation")
def _(scores):
    return loss_with_expected_negatives(diagonal(scores), SAMPLES).mean()


@proof.reading("Eq. 11", source="App. A.1: log N - I, as the mean of Eq. 10")
def _(scores):
    return loss_of_the_bound(diagonal(scores), SAMPLES).mean()


@proof.measure("nats, Gaussians of 2 nats, N 64, 25,600 contexts")
def _(reading):
    return round(float(reading(batches(2.0))), 2)


@proof.measure("nats, Gaussians of 6 nats, N 64, 25,600 contexts")
def _(reading):
    return round(float(reading(batches(6.0))), 2)


@proof.measure("nats, Gaussians of 10 nats, N 64, 25,600 contexts")
def _(reading):
    return round(float(reading(batches(10.0))), 2)


line = paper.disagreement(
    "Eq. 10",
    "Eq. 9 is at least Eq. 10 for a positive sample only where its density given the context is at least that without. The "
    "paper does not say so. In expectation the inequality holds all the same.",
    at="App. A.1, Eq. 10",
    follow="in expectation",
)


@line.reading("in expectation", source="Eq. 10 with the expectation that it has")
def _(gaps):
    return gaps.mean().unsqueeze(0)


@line.reading("for each positive sample", source="Eq. 10 inside the expectation, as log[1 + (N - 1) r] >= log[N r]")
def _(gaps):
    return gaps.flatten()


@line.measure("where it fails, in per cent: Gaussians of 2 nats, N 64")
def _(reading):
    ratios = diagonal(batches(2.0))
    gaps = loss_with_expected_negatives(ratios, SAMPLES) - loss_of_the_bound(ratios, SAMPLES)
    return round(100 * float((reading(gaps) < 0).double().mean()), 1)


# MINE (appendix A.1)

relation = paper.disagreement(
    "relation with MINE",
    "The appendix calls Eq. 15 equivalent to the MINE estimator up to a constant. MINE has one logarithm of a mean over all "
    "pairs of the batch, Eq. 15 a mean of logarithms, one for each context. With few negatives Eq. 15 is above the information "
    "that both are to bound, and InfoNCE is below it.",
    at="App. A.1, Eq. 15",
    follow="paper",
)


@relation.reading("paper", source="Eq. 15 without log(N - 1)")
def _(scores):
    return mine_estimate(scores, positives(scores))


@relation.reading(
    "MINE", source="Belghazi et al. 2018, the bound of Donsker and Varadhan, all other pairs of the batch"
)
def _(scores):
    apart = ~torch.eye(SAMPLES, dtype=torch.bool)
    normalisers = scores[:, apart].logsumexp(dim=-1) - math.log(SAMPLES * (SAMPLES - 1))
    return (diagonal(scores).mean(dim=-1) - normalisers).mean()


@relation.reading("InfoNCE", source="Sec. 2.3: log N - L_N")
def _(scores):
    return math.log(SAMPLES) - info_nce_loss(scores, positives(scores))


@relation.measure("nats, Gaussians of 2 nats, N 64, density ratios")
def _(reading):
    return round(float(reading(batches(2.0))), 2)


@relation.measure("nats, Gaussians of 10 nats, N 64, density ratios")
def _(reading):
    return round(float(reading(batches(10.0))), 2)


# The samples (section 3.1)

samples = paper.disagreement(
    "samples of a context",
    "The paper draws negatives from a minibatch of 8 and compares strategies in Table 2, but never says how many samples N "
    "a context has. That decides how much information the bound can show.",
    at="Sec. 3.1, Tab. 2",
    follow="all of the batch",
)


@samples.reading("all of the batch", source="Sec. 3.1: the minibatch from which negative samples are drawn")
def _(batch, steps):
    return batch * steps


@samples.reading("current sequence", source="Tab. 2, the last row")
def _(batch, steps):
    return steps


@samples.reading("other sequences", source="Tab. 2, the rows that exclude the current sequence, with the positive")
def _(batch, steps):
    return (batch - 1) * steps + 1


@samples.reading("same step of other sequences", source="one sample a waveform")
def _(batch, steps):
    return batch


def steps_left(ahead):
    """Contexts of a window whose future is inside it."""
    with torch.device("meta"):
        return WaveformEncoder()(torch.empty(1, SPEECH.window)).shape[1] - ahead


@samples.measure("N, 12 steps ahead")
def _(reading):
    return reading(SPEECH.batch, steps_left(12))


@samples.measure("most information that the bound can show, 12 steps ahead, in nats")
def _(reading):
    return round(math.log(reading(SPEECH.batch, steps_left(12))), 2)


# The encoder (section 3.1)

ends = paper.disagreement(
    "ends of a waveform",
    "The paper states strides and filter sizes, a downsampling factor of 160 and a latent for every 10 ms, and no padding. "
    "Without any, a window of 20480 has fewer latents than that.",
    at="Sec. 3.1",
    follow="zeros",
)


@ends.reading("zeros", source="as few zeros at both ends as give a latent for each 160 samples")
def _():
    with torch.device("meta"):
        return WaveformEncoder(SpeechSettings(channels=1))


@ends.reading("no padding", source="Sec. 3.1, what it states and nothing else")
def _():
    encoder = ends.readings["zeros"].function()
    for layer in encoder.layers[::2]:
        layer.padding = (0,)
    return encoder


@ends.measure("latents of a window of 20480 samples")
def _(reading):
    return reading()(torch.empty(1, SPEECH.window, device="meta")).shape[1]


@ends.measure("samples that a latent sees; 160 are its own")
def _(reading):
    field, step = 1, 1
    for layer in reading().layers[::2]:
        field, step = field + step * (layer.kernel_size[0] - 1), step * layer.stride[0]
    return field


# The accuracy (Figure 3)

accuracy = paper.disagreement(
    "accuracy of the prediction",
    "Figure 3 shows 'the average number of times the logit for the positive sample is higher than for the negative samples'. "
    "That may mean all of them, or each.",
    at="Sec. 3.1, Fig. 3",
    follow="higher than all",
)


@accuracy.reading("higher than all", source="Sec. 3.1, as the accuracy of the classification")
def _(scores):
    return (scores.argmax(dim=-1) == positives(scores)).double().mean()


@accuracy.reading("higher than each", source="Sec. 3.1, counted for each negative sample")
def _(scores):
    return (scores < diagonal(scores).unsqueeze(-1)).double().sum(dim=-1).mean() / (SAMPLES - 1)


@accuracy.measure("per cent, Gaussians of 2 nats, N 64, density ratios")
def _(reading):
    return round(100 * float(reading(batches(2.0))), 1)
