"""The model for speech and its training (sections 2.2 and 3.1)."""

from dataclasses import fields, replace
from inspect import signature, unwrap

import torch
from ectype.traits import Overfits

from ectype_cpc.claims import oracles
from ectype_cpc.claims.shared import normal, paper, refusal
from ectype_cpc.fit import Fit
from ectype_cpc.future_prediction import FuturePrediction
from ectype_cpc.presets import SPEECH, SpeechSettings
from ectype_cpc.speech_network import SpeechNetwork, WaveformEncoder

SMALL = [
    {"settings": SpeechSettings(channels=8, hidden=2)},
    {"settings": SpeechSettings(channels=8, hidden=3, strides=(3, 1), kernels=(4, 1))},
    {"settings": SpeechSettings(channels=8, hidden=2, strides=(3,), kernels=(1,))},
]


def waveforms(rng, settings, batch=2, steps=5):
    length = steps
    for stride in settings.strides:
        length *= stride
    return normal(rng, batch, length)


paper.component("layer", of=WaveformEncoder, settings=SMALL)(waveforms)
paper.equation("Sec. 3.1", of=WaveformEncoder)(oracles.encoder)
paper.component("model", of=SpeechNetwork, settings=SMALL)(waveforms)
paper.equation("Sec. 3.1", of=SpeechNetwork)(oracles.speech_network)

SIZES = [
    {"latent_width": 3, "context_width": 2, "steps_ahead": 2},
    {"latent_width": 2, "context_width": 3, "steps_ahead": 1},
]


@paper.component("loss", of=FuturePrediction, settings=SIZES)
def latents_and_contexts(rng, latent_width, context_width, steps_ahead, batch=2, steps=2):
    length = steps + steps_ahead
    return normal(rng, batch, length, latent_width), normal(rng, batch, length, context_width)


paper.equation("Sec. 2.3", of=FuturePrediction)(oracles.future_prediction)


@paper.property("Sec. 2.2", "a context depends on the latents up to its own step only", draws=3)
def contexts_are_causal(rng):
    torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
    recurrent, latents = SpeechNetwork(SMALL[0]["settings"]).double().recurrent, normal(rng, 1, 6, 8)
    jacobian = torch.func.jacrev(lambda z: recurrent(z)[0])(latents)[0, :, :, 0]  # steps hidden, steps channels
    future = torch.triu(torch.ones(6, 6), diagonal=1).bool()
    return bool((jacobian.permute(0, 2, 1, 3)[future] == 0).all() and (jacobian != 0).any())


@paper.property("Sec. 2.3", "contexts that know their futures have the least loss, others that of chance", draws=3)
def known_futures(rng):
    prediction = FuturePrediction(4, 4, 1).double()
    latents = torch.eye(4).double().unsqueeze(0)
    with torch.no_grad():
        prediction.critics[0].prediction.weight.copy_(50 * torch.eye(4))
        known = prediction(latents, latents.roll(-1, dims=1))
        prediction.critics[0].prediction.weight.zero_()
        chance = prediction(latents, latents)
    return [1 + known, chance], [1.0, torch.tensor(3.0).double().log()]


@paper.property(
    "Sec. 2.2", "each step ahead has a loss and a matrix of its own, 12 of them unless asked otherwise", draws=1
)
def steps_ahead(rng):
    prediction = FuturePrediction(2, 3)
    losses = prediction.losses(torch.ones(1, 13, 2), torch.ones(1, 13, 3))
    return len(losses) == len({id(critic.prediction.weight) for critic in prediction.critics}) == 12


@paper.property("Sec. 2.3", "sequences that are too short or of two lengths are refused by shape", draws=1)
def lengths_are_refused(rng):
    prediction = FuturePrediction(2, 3, 2)
    forward = unwrap(FuturePrediction.losses)
    texts = [
        refusal(lambda sizes=sizes: forward(prediction, torch.ones(*sizes[0], 2), torch.ones(*sizes[1], 3)))
        for sizes in (((1, 2), (1, 2)), ((1, 4), (1, 3)), ((2, 4), (1, 4)))
    ]
    wanted = ["(1, 2, 2) and (1, 2, 3)", "(1, 4, 2) and (1, 3, 3)", "(2, 4, 2) and (1, 4, 3)"]
    refused = all(f"2 steps; received {shapes}" in text for shapes, text in zip(wanted, texts, strict=True))
    return refused and "received 0" in refusal(lambda: FuturePrediction(2, 3, 0))


@paper.property("Sec. 2.3", "positives are made where the latents are", draws=1)
def devices(rng):
    prediction, latents, contexts = FuturePrediction(2, 3, 1), torch.ones(1, 3, 2), torch.ones(1, 3, 3)
    with torch.device("meta"):
        return prediction(latents, contexts).device.type == "cpu"


# Training


LITTLE = SpeechSettings(
    channels=8, hidden=8, steps_ahead=2, strides=(4, 2), kernels=(8, 4), window=64, batch=2, rate=1e-2
)


@paper.component("procedure", of=Fit, settings=[{"settings": LITTLE}], traits=[Overfits(steps=200)])
def some_waveforms(rng, rows=2):
    return normal(rng, rows, 64).float()


@paper.property("Sec. 3.1", "a step is Adam's on the loss of the windows that were drawn", draws=2)
def steps_are_adams(rng):
    recordings = normal(rng, 3, 100)
    one, other = (Fit(recordings, LITTLE, seed=5) for _ in range(2))
    moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in other.model.parameters()]
    for number in range(1, 4):
        latents, contexts = other.model["network"](other.windows())
        slopes = torch.autograd.grad(other.model["prediction"](latents, contexts), list(other.model.parameters()))
        with torch.no_grad():
            for weight, slope, (first, second) in zip(other.model.parameters(), slopes, moments, strict=True):
                first.lerp_(slope, 0.1)
                second.lerp_(slope**2, 0.001)
                weight -= LITTLE.rate * (first / (1 - 0.9**number)) / ((second / (1 - 0.999**number)).sqrt() + 1e-8)
        one.step()
    return [*one.model.parameters()], [*other.model.parameters()]


@paper.property("Sec. 3.1", "a step returns the loss before it, of its batch, without a gradient", draws=2)
def loss_of_a_step(rng):
    recordings = normal(rng, 3, 100)
    one, other = (Fit(recordings, LITTLE, seed=5) for _ in range(2))
    before = other.model["prediction"](*other.model["network"](other.windows())).detach()
    loss = one.step()
    return [loss, float(loss.requires_grad)], [before, 0.0]


@paper.property("Sec. 3.1", "windows are pieces of the waveforms, from any place, of the seed's choice", draws=3)
def windows(rng):
    recordings = torch.arange(3 * 70).reshape(3, 70).double()
    seen = [Fit(recordings, replace(LITTLE, batch=400), seed=seed).windows() for seed in (1, 1, 2)]
    whole = bool((seen[0].diff(dim=1) == 1).all()) and seen[0].shape == (400, 64)
    starts = {int(value) for value in seen[0][:, 0]}
    return (
        whole
        and starts == {70 * row + at for row in range(3) for at in range(7)}
        and (seen[0].equal(seen[1]) and not seen[0].equal(seen[2]))
    )


@paper.property("Sec. 3.1", "building a procedure leaves the global generator alone, and seeds weights", draws=1)
def seeds(rng):
    torch.manual_seed(3)
    before, recordings = torch.get_rng_state(), normal(rng, 2, 64)
    fits = [Fit(recordings, LITTLE, seed=seed) for seed in (0, 1)]
    weights = [next(iter(fit.model.parameters())) for fit in fits]
    default = signature(Fit).parameters["seed"].default
    return before.equal(torch.get_rng_state()) and not weights[0].equal(weights[1]) and default == 0


@paper.property("Sec. 3.1", "settings that cannot be meant are refused by value, all reasons at once", draws=1)
def settings_are_refused(rng):
    wrong = {
        "strides and kernels must be as many; received (1, 2) and (3,)": {"strides": (1, 2), "kernels": (3,)},
        "received () and ()": {"strides": (), "kernels": ()},
        "kernels must be at least 1; received (0,)": {"strides": (1,), "kernels": (0,)},
        "strides must be at least 1; received (-1,)": {"strides": (-1,), "kernels": (2,)},
        "rate must be positive; received 0.0; updates must be at least 0; received -1": {"rate": 0.0, "updates": -1},
        "channels must be at least 1; received 0; hidden must be at least 1; received -2": {
            "channels": 0,
            "hidden": -2,
        },
        "steps_ahead must be at least 1; received 0": {"steps_ahead": 0},
        "window must be at least 1; received 0": {"window": 0},
        "batch must be at least 1; received 0": {"batch": 0},
    }
    refused = [text in refusal(lambda given=given: SpeechSettings(**given)) for text, given in wrong.items()]
    least = dict.fromkeys(("channels", "hidden", "steps_ahead", "window", "batch"), 1) | {"updates": 0}
    fitting = refusal(lambda: SpeechSettings(strides=(1,), kernels=(1,), **least)) == ""
    short = refusal(lambda: Fit(torch.zeros(2, 63), LITTLE))
    return all(refused) and fitting and "at least 64 samples; received 63" in short and len(fields(SPEECH)) == 9


# What is printed


def on_meta():
    with torch.device("meta"):
        return SpeechNetwork()(torch.empty(1, SPEECH.window))


@paper.claim("Sec. 3.1", "total downsampling factor of the encoder", printed="160")
def downsampling():
    return SPEECH.window / on_meta()[0].shape[1]


@downsampling.derivation
def _():
    return 5 * 4 * 2 * 2 * 2


@paper.claim(
    "Sec. 3.1", "sound of one latent, and of 20 latents, at 16 kHz", printed={"1": "10", "20": "200"}, unit="ms"
)
def milliseconds(row):
    return 1000 * int(row) * SPEECH.window / on_meta()[0].shape[1] / 16_000


@paper.claim(
    "Sec. 3.1",
    "sizes of the model",
    printed={"latents": "512", "contexts": "256", "steps ahead": "12", "convolutions": "5"},
)
def model_sizes(row):
    latents, contexts = on_meta()
    return {
        "latents": latents.shape[-1],
        "contexts": contexts.shape[-1],
        "steps ahead": len(FuturePrediction(1, 1).critics),
        "convolutions": len(SPEECH.strides),
    }[row]


@paper.claim(
    "Sec. 3.1",
    "training of the model",
    printed={"learning rate": "2e-4", "window": "20480", "batch": "8", "updates": "300000"},
)
def training_settings(row):
    return {
        "learning rate": SPEECH.rate,
        "window": SPEECH.window,
        "batch": SPEECH.batch,
        "updates": SPEECH.updates,
    }[row]


@paper.property("Sec. 3.1", "strides [5, 4, 2, 2, 2] and filter sizes [10, 8, 4, 4, 4]", draws=1)
def filters(rng):
    return SPEECH.strides == (5, 4, 2, 2, 2) and SPEECH.kernels == (10, 8, 4, 4, 4)
