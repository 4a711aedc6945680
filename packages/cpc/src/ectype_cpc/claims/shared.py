"""What all declarations share: the paper, random tensors, and tables over which expectations are exact sums."""

import itertools

import torch
from ectype import Paper

from ectype_cpc.info_nce import info_nce_loss

paper = Paper("ectype_cpc", equations=15, tables=5)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def table(rng, samples=3, contexts=2):
    """A joint distribution of a sample and a context."""
    joint = normal(rng, samples, contexts).exp()
    return joint / joint.sum()


def log_ratio(joint):
    """log p(x | c) / p(x)."""
    return (joint / (joint.sum(dim=0) * joint.sum(dim=1, keepdim=True))).log()


def sets(joint, samples):
    """Every context with every positive and every choice of negatives, and the probability of each."""
    marginal = joint.sum(dim=1)
    for x, c in itertools.product(*(range(size) for size in joint.shape)):
        for negatives in itertools.product(range(len(joint)), repeat=samples - 1):
            rows = torch.tensor([x, *negatives])
            yield joint[x, c] * marginal[rows[1:]].prod(), rows, c


def expected(joint, scores, samples, measure=info_nce_loss):
    """The exact expectation of a loss over all sets, each with its positive first."""
    first = torch.zeros(1, dtype=torch.long)
    return sum(chance * measure(scores[rows, c].unsqueeze(0), first) for chance, rows, c in sets(joint, samples))


def refusal(make, errors=ValueError):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except errors as error:
        return str(error)
    return ""
