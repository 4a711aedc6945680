"""Classifiers of MNIST and their training (section 6.6)."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from ectype_layernorm.claims import oracles
from ectype_layernorm.claims.shared import at_random, normal, paper, refusal, seeded
from ectype_layernorm.classifier import Classifier, batch_norm_classifier
from ectype_layernorm.fit import Fit
from ectype_layernorm.layer_norm import LayerNorm

SIZES = {"inputs": 6, "hidden": 5, "classes": 3}


@paper.component("model", of=Classifier, settings=[SIZES])
def images(rng, inputs, batch=4):
    return normal(rng, batch, inputs)


paper.equation("Sec. 6.6", of=Classifier)(oracles.classifier)


@paper.property("Sec. 6.6", "the sizes are 784-1000-1000-10, and layer norm is on the hidden layers only", draws=1)
def sizes(rng):
    found = {name: tuple(p.shape) for name, p in seeded(rng, Classifier).named_parameters()}
    norms = [type(layer) for layer in Classifier().layers]
    return norms == [nn.Linear, LayerNorm, nn.ReLU] * 2 + [nn.Linear] and found == {
        "layers.0.weight": (1000, 784),
        "layers.1.gain": (1000,),
        "layers.1.bias": (1000,),
        "layers.3.weight": (1000, 1000),
        "layers.4.gain": (1000,),
        "layers.4.bias": (1000,),
        "layers.6.weight": (10, 1000),
        "layers.6.bias": (10,),
    }


@paper.property(
    "Sec. 6.6", "the baseline has biases and no norm; batch norm is on all layers, the last one too", draws=1
)
def rivals(rng):
    baseline = Classifier(6, 5, 3, nn.Identity)
    rival = batch_norm_classifier()
    counts = [sum(p.numel() for p in model.parameters()) for model in (baseline, batch_norm_classifier(6, 5, 3))]
    norms = [m.num_features for m in rival.modules() if isinstance(m, nn.BatchNorm1d)]
    kept = rival[0].layers[0].in_features == 784 and rival(torch.zeros(2, 784)).shape == (2, 10)
    return kept and norms == [1000, 1000, 10] and counts == [7 * 5 + 6 * 5 + 6 * 3, 6 * 5 + 10 + 25 + 10 + 18 + 6]


@paper.property("Sec. 6.6", "the prediction does not depend on the scale of the image, nor on that of hidden weights")
def scale_of_images(rng):
    model = at_random(rng, lambda: Classifier(6, 5, 3, lambda units: LayerNorm(units, 0.0)))
    x = normal(rng, 4, 6)
    before = model(x)
    with torch.no_grad():
        model.layers[3].weight *= 3
    return before, model(5 * x)


@paper.property("Sec. 6.6", "sizes below one are refused by value", draws=1)
def sizes_are_refused_by_value(rng):
    makers = (Classifier, batch_norm_classifier)
    wrong = {"inputs=0": (0, 1, 1), "hidden=0": (1, 0, 1), "classes=0": (1, 1, 0)}
    refused = [text in refusal(partial(make, *given)) for make in makers for text, given in wrong.items()]
    return all(refused) and not any(refusal(partial(make, 1, 1, 1)) for make in makers)


@paper.component("procedure", of=Fit, settings=[{"batch": 6, "rate": 1e-2}])
def a_classifier_and_images(rng):
    model = seeded(rng, lambda: Classifier(8, 16, 3)).float()
    return model, normal(rng, 6, 8).float(), torch.randint(3, (6,), generator=rng)


@paper.property("Sec. 6.6", "a step is Adam's on the mean cross entropy of the batch, at 1e-3 unless given", draws=3)
def steps_are_adams(rng):
    model, x, labels = a_classifier_and_images.draw(rng)
    model, x = model.double(), x.double()
    other = Classifier(8, 16, 3).double()
    other.load_state_dict(model.state_dict())
    rates = ({}, 1e-3), ({"rate": 0.05}, 0.05)
    given, rate = rates[int(torch.randint(2, (), generator=rng))]
    adam = torch.optim.Adam(other.parameters(), lr=rate, betas=(0.9, 0.999), eps=1e-8)
    fit = Fit(model.train(), x, labels, 4, seed=3, **given)
    for _ in range(3):
        rows = fit.rows()
        loss = -F.log_softmax(other(x[rows]), dim=1)[torch.arange(4), labels[rows]].mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        torch.testing.assert_close(fit.step(), loss.detach())
    return [*model.state_dict().values()], [*other.state_dict().values()]


@paper.property("Sec. 6.6", "a pass has each image once but for what does not fill a batch; the next has another order")
def passes(rng):
    images, labels, seen = torch.arange(11.0).unsqueeze(1), torch.zeros(11, dtype=torch.long), []

    class Seen(nn.Linear):
        def forward(self, x):
            seen.append(x.flatten().long().tolist())
            return super().forward(x)

    seed = int(torch.randint(1000, (), generator=rng))
    fit = Fit(Seen(1, 2), images, labels, 3, seed=seed)
    losses = [fit.step() for _ in range(6)]
    first, second = ([row for batch in part for row in batch] for part in (seen[:3], seen[3:]))
    order = torch.randperm(11, generator=torch.Generator().manual_seed(seed)).tolist()
    next_seed = torch.randperm(11, generator=torch.Generator().manual_seed(seed + 1)).tolist()
    whole = first == order[:9] and len(set(second)) == 9 and second not in (first, next_seed[:9])
    return whole and fit.steps == 6 and not any(loss.requires_grad for loss in losses)


@paper.property(
    "Sec. 6.6", "batches are of 128 unless given; what is no batch and no rate is refused by value", draws=1
)
def batches_are_refused(rng):
    x, labels, model = torch.zeros(200, 2), torch.zeros(200, dtype=torch.long), nn.Linear(2, 1)
    refused = [f"batch={batch}" in refusal(lambda batch=batch: Fit(model, x, labels, batch)) for batch in (0, 201)] + [
        f"rate={rate}" in refusal(lambda rate=rate: Fit(model, x, labels, rate=rate)) for rate in (0.0, -0.5)
    ]
    taken = [refusal(lambda batch=batch: Fit(model, x, labels, batch)) for batch in (1, 200)]
    return all(refused) and not any(taken) and len(Fit(model, x, labels).rows()) == 128
