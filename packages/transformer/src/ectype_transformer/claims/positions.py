"""Embedding and positions (sections 3.4 and 3.5)."""

import itertools

import torch
from ectype import Sample
from ectype.traits import Initial
from torch import nn

from ectype_transformer.claims import oracles
from ectype_transformer.claims.shared import TINY, at_random, elsewhere, fresh, normal, paper, refusal
from ectype_transformer.embedding import Embedding
from ectype_transformer.position_dialects import (
    ddpm_positions,
    diffusers_positions,
    fairseq_positions,
    improved_diffusion_positions,
    tensor2tensor_positions,
)
from ectype_transformer.positions import LearnedPositions, geometric_frequencies, sinusoidal_positions
from ectype_transformer.transformer import Transformer

# Embedding and positions (sections 3.4 and 3.5)


@paper.component(
    "layer",
    of=Embedding,
    settings=[{"vocabulary": 7, "d_model": 6}, {"vocabulary": 1, "d_model": 2, "dropout": 0.0}],
    traits=[Initial("weight", std=lambda d_model: d_model**-0.5)],
)
def tokens_to_embed(rng, vocabulary, batch=2, length=5):
    return torch.randint(vocabulary, (batch, length), generator=rng)


@tokens_to_embed.limit("positions that are given")
def _(rng, vocabulary, d_model):
    return torch.randint(vocabulary, (2, 3), generator=rng), normal(rng, 3, d_model)


@tokens_to_embed.limit("one sequence")
def _(rng, vocabulary):
    return torch.randint(vocabulary, (4,), generator=rng)


paper.equation("Sec. 3.4", of=Embedding)(oracles.embedding)


class TorchEmbedding(nn.Embedding):
    """torch's embedding, scaled, with positions written as the real and imaginary parts of rotations."""

    def forward(self, tokens, positions=None):
        length, width = tokens.shape[-1], self.embedding_dim
        if positions is None:
            angles = torch.arange(length).double()[:, None] * 10_000 ** (-torch.arange(0, width, 2).double() / width)
            positions = torch.view_as_real(torch.polar(torch.ones_like(angles), angles)).flip(-1).flatten(-2)
        return super().forward(tokens) * width**0.5 + positions.to(self.weight)


@paper.reference(of=Embedding, id="torch")
def _(vocabulary, d_model):
    return TorchEmbedding(vocabulary, d_model)


@paper.property(
    "Sec. 3.4", "the logits are the products of a vector with the rows of the embedding, without the factor"
)
def logits_share_the_matrix(rng):
    embedding, x = at_random(rng, lambda: Embedding(7, 6)), normal(rng, 2, 3, 6)
    products = [[[float(row @ vector) for row in embedding.weight] for vector in item] for item in x]
    return embedding.logits(x), torch.tensor(products, dtype=torch.float64)


@paper.property("Sec. 3.4", "one matrix is source embedding, target embedding and pre-softmax projection", draws=1)
def tied_weights(rng):
    model = at_random(rng, lambda: Transformer(TINY))
    of_vocabulary = [name for name, parameter in model.named_parameters() if TINY.vocabulary in parameter.shape]
    return of_vocabulary == ["embedding.weight"]


@paper.property(
    "Sec. 3.4", "at the start embedded tokens have variance 1 (tensor2tensor; the paper does not say)", draws=3
)
def unit_embeddings_at_the_start(rng):
    embedding = fresh(rng, lambda: Embedding(200, 32))
    embedded = embedding(torch.arange(200), torch.zeros(200, 32, dtype=torch.float64))
    return Sample(embedded.square(), 1.0)


DOUBLE = {"dtype": torch.float64}


@paper.component("layer", of=sinusoidal_positions, settings=[DOUBLE, DOUBLE | {"offset": 7}])
def length_and_width(rng, length=4, pairs=3):
    return length, 2 * pairs


@length_and_width.limit("one position, two dimensions")
def _(rng):
    return 1, 2


@length_and_width.limit("the base model, 100 positions")
def _(rng):
    return 100, 512


paper.equation("Sec. 3.5", of=sinusoidal_positions)(oracles.sinusoids)

paper.component(
    "layer",
    of=geometric_frequencies,
)(lambda rng, count=3: count)


@paper.component("layer", of=LearnedPositions, settings=[{"length": 9, "d_model": 4}, {"length": 1, "d_model": 1}])
def a_length(rng, length):
    return int(torch.randint(1, length + 1, (), generator=rng))


@paper.reference(of=LearnedPositions, id="torch")
def torch_learned_positions(length, d_model):
    return nn.Embedding(length, d_model)


torch_learned_positions.weights(lambda ours: {"weight": ours["table"]})
torch_learned_positions.call(lambda reference, length: reference(torch.arange(length)))


@paper.property("Sec. 3.5", "PE(pos + k) is a linear function of PE(pos) that does not depend on pos")
def linear_in_the_offset(rng):
    offset = int(torch.randint(1, 100, (), generator=rng))
    here, there = (sinusoidal_positions(50, 8, offset=at, dtype=torch.float64) for at in (0, offset))
    rotations = [torch.tensor([[a.cos(), -a.sin()], [a.sin(), a.cos()]]) for a in offset * geometric_frequencies(4)]
    return here @ torch.block_diag(*rotations).double(), there


@paper.property("Sec. 3.5", "the dot product of two positions depends on their offset only")
def products_depend_on_the_offset(rng):
    table = sinusoidal_positions(60, 8, dtype=torch.float64)
    offset = int(torch.randint(30, (), generator=rng))
    return (table[:30] * table[offset : offset + 30]).sum(dim=-1), (table[0] @ table[offset]).expand(30)


@paper.property("Sec. 3.5", "positions beyond a learned table are refused", draws=1)
def end_of_the_table(rng):
    table = LearnedPositions(5, 4)
    return refusal(lambda: table(5)) == "" and "5 positions cannot encode 6" in refusal(lambda: table(6))


@paper.property("Sec. 3.5", "sinusoids come in pairs: an odd width, or none, is refused", draws=1)
def pairs_of_sinusoids(rng):
    return all(f"received {width}" in refusal(lambda w=width: sinusoidal_positions(3, w)) for width in (-2, 0, 1, 7))


@paper.property("Sec. 3.5", "there is at least one frequency, and more than the shift takes away", draws=1)
def frequencies_are_refused(rng):
    wrong = [(0, 0.0), (0, -1.0), (1, 1.0), (2, 2.5)]
    refused = [
        f"count={count}, shift={shift}" in refusal(lambda c=count, s=shift: geometric_frequencies(c, shift=s))
        for count, shift in wrong
    ]
    return all(refused) and refusal(lambda: geometric_frequencies(1, shift=0.5)) == ""


@paper.property("Sec. 3.5", "sinusoids are of torch's type and device, or of those that are asked for", draws=1)
def type_and_device(rng):
    here, half = sinusoidal_positions(3, 4), sinusoidal_positions(3, 4, dtype=torch.float16, device="cpu")
    with elsewhere():
        named = [sinusoidal_positions(3, 4, device="cpu"), geometric_frequencies(3, device="cpu")]
        there = [sinusoidal_positions(3, 4), geometric_frequencies(3)]
    types = (here.dtype, half.dtype) == (torch.get_default_dtype(), torch.float16)
    return types and [x.device.type for x in (here, *named, *there)] == ["cpu"] * 3 + ["meta"] * 2


@paper.property("Sec. 3.5", "other dialects work where the positions are, in their type", draws=1)
def dialects_stay_with_the_positions(rng):
    tables = []
    for dialect in (tensor2tensor_positions, fairseq_positions, improved_diffusion_positions, diffusers_positions):
        with elsewhere():
            tables.append(dialect(torch.arange(5, dtype=torch.float64, device="cpu"), 8))
    return {(str(table.device), table.dtype) for table in tables} == {("cpu", torch.float64)}


def wavelengths(d_model):
    """In units of 2 pi, from the angles of position 1."""
    far = sinusoidal_positions(1, d_model, offset=1, dtype=torch.float64)[0]
    return 1 / torch.atan2(far[0::2], far[1::2])


@paper.property("Sec. 3.5", "the wavelengths form a geometric progression from 2 pi", draws=1)
def geometric_wavelengths(rng):
    return wavelengths(512), 10_000 ** (torch.arange(256).double() / 256)


@paper.property("Sec. 3.5", "the wavelengths of the formula end at 10000 . 2 pi", holds=False, draws=1)
def longest_wavelength(rng):
    return wavelengths(512)[-1], 10_000.0


@paper.property("Sec. 3.5", "the wavelengths end at 10000 . 2 pi if the exponent is i / (d / 2 - 1)", draws=1)
def longest_wavelength_of_the_code(rng):
    return 1 / geometric_frequencies(256, shift=1.0)[-1], 10_000.0


@paper.component("layer", of=tensor2tensor_positions, settings=[{"d_model": 8}, {"d_model": 7}, {"d_model": 2}])
def real_positions(rng, length=4):
    return 4 * torch.rand(length, generator=rng, dtype=torch.float64)


for dialect in (fairseq_positions, ddpm_positions, improved_diffusion_positions):
    paper.component("layer", of=dialect, settings=[{"d_model": 8}, {"d_model": 7}])(real_positions.draw)

FLAGS = [
    {"flip_sin_to_cos": True},
    {"downscale_freq_shift": 0.0},
    {"flip_sin_to_cos": True, "downscale_freq_shift": 0.5},
]
paper.component(
    "layer", of=diffusers_positions, settings=[{"d_model": 8}, *({"d_model": 7} | flags for flags in FLAGS)]
)(real_positions.draw)


def diffusers_of(of, **flags):
    """Declare diffusers' function as the reference of a dialect that it can express with these flags."""

    @paper.reference(
        of=of,
        id="diffusers",
        needs="diffusers",
        tolerance=1e-5,
        because="diffusers computes angles in single precision",
    )
    def _(positions, d_model, flip_sin_to_cos=False, downscale_freq_shift=1.0):
        from diffusers.models.embeddings import get_timestep_embedding

        given = {"flip_sin_to_cos": flip_sin_to_cos, "downscale_freq_shift": downscale_freq_shift}
        return get_timestep_embedding(positions, d_model, **given | flags)


for dialect in (fairseq_positions, ddpm_positions, diffusers_positions):
    diffusers_of(dialect)
diffusers_of(improved_diffusion_positions, flip_sin_to_cos=True, downscale_freq_shift=0.0)


@paper.property(
    "Sec. 3.5", "other code bases: halves instead of pairs, other exponents, a zero for an odd width", draws=5
)
def dialects_are_their_formulas(rng):
    positions = 100 * torch.rand(4, generator=rng, dtype=torch.float64)
    ours, formulas = [], []
    for d_model, shift in itertools.product((7, 8), (0, 0.5, 1)):
        for flip in (False, True):
            flags = {"flip_sin_to_cos": flip, "downscale_freq_shift": float(shift)}
            ours.append(diffusers_positions(positions, d_model, **flags))
            formulas.append(halves(positions, d_model, shift, flip))
    for d_model in (7, 8):
        for dialect in (tensor2tensor_positions, fairseq_positions, ddpm_positions, diffusers_positions):
            ours.append(dialect(positions, d_model))
            formulas.append(halves(positions, d_model, 1, False))
        ours.append(improved_diffusion_positions(positions, d_model))
        formulas.append(halves(positions, d_model, 0, True))
    ours += [tensor2tensor_positions(positions, 2), tensor2tensor_positions(positions, 3)]
    formulas += [halves(positions, 2, 0, False), halves(positions, 3, 0, False)]
    return ours, formulas


def halves(positions, d_model, shift, cosines_first):
    return oracles.halves(positions.tolist(), d_model, lambda i, n: i / (n - shift), cosines_first=cosines_first)


# Where paper, code and libraries differ

dialects = paper.disagreement(
    "sinusoids",
    "The formula ends before the 10000 . 2 pi of the sentence below it, which needs the exponent i / (d / 2 - 1) of the "
    "authors' code. Later code bases follow one or the other, in three layouts.",
    at="Sec. 3.5",
    follow="paper",
)


@dialects.reading("paper", source="Sec. 3.5, the formula")
def _(length, d_model):
    return sinusoidal_positions(length, d_model, dtype=torch.float64)


for name, dialect, source in (
    ("tensor2tensor", tensor2tensor_positions, "tensor2tensor bafdc1b6, common_attention.py l. 443-456"),
    ("fairseq", fairseq_positions, "fairseq 3d262bb2, sinusoidal_positional_embedding.py l. 48-70"),
    ("DDPM", ddpm_positions, "hojonathanho/diffusion 1e0dceb3, nn.py l. 90-109"),
    ("improved-diffusion", improved_diffusion_positions, "openai/improved-diffusion 1bc7bbbd, nn.py l. 103-121"),
    ("diffusers", diffusers_positions, "diffusers 58eb52c0, embeddings.py l. 27-78, defaults"),
):

    @dialects.reading(name, source=source)
    def _(length, d_model, dialect=dialect):
        return dialect(torch.arange(length).double(), d_model)


def in_order_of_the_paper(table):
    """The same columns, sine and cosine of one frequency side by side, the highest frequency first."""
    sines, cosines = table[:, table[0] == 0], table[:, table[0] == 1]
    order = sines[1].argsort(descending=True), cosines[1].argsort()
    return torch.stack((sines[:, order[0]], cosines[:, order[1]]), dim=-1).flatten(1)


@paper.claim("Sec. 3.5", "longest wavelength, d_model 512", printed="10000", unit="times 2 pi", under=dialects)
def end_of_the_wavelengths(reading):
    return last_wavelength(reading)


@dialects.measure("longest wavelength in units of 2 pi, d_model 512")
def last_wavelength(reading):
    return round(float(1 / in_order_of_the_paper(reading(2, 512))[1, -2].asin()), 1)


@dialects.measure("largest difference to the paper's table, 256 positions, d_model 512")
def _(reading):
    return round(float((reading(256, 512) - sinusoidal_positions(256, 512, dtype=torch.float64)).abs().max()), 3)


@dialects.measure("the same with the columns in the paper's order")
def _(reading):
    ours = sinusoidal_positions(256, 512, dtype=torch.float64)
    return round(float((in_order_of_the_paper(reading(256, 512)) - ours).abs().max()), 3)
