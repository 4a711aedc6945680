"""What the paper prints: what can be counted, and what is not measured here."""

from ectype.declarations import Target

from ectype_layernorm.claims.readings import along_weights, curvatures
from ectype_layernorm.claims.shared import paper
from ectype_layernorm.lstm import LayerNormLSTMCell, LSTMCell

# The handwriting model (section 6.5), wired as in section 5.1 of Graves, arXiv 1308.0850: each layer sees the pen and the
# window, all but the first the layer below, and the output sees all three

PEN, LETTERS, CELLS, WINDOW, MIXTURE = 3, 57, 400, 30, 20
BELOW = (0, CELLS, CELLS)


def handwriting(cell):
    """Weights of three layers of cells, of the window's parameters and of the output's."""
    layers = sum(p.numel() for below in BELOW for p in cell(PEN + LETTERS + below, CELLS).parameters())
    window = CELLS * WINDOW + WINDOW
    outputs = 6 * MIXTURE + 1
    return layers + window + 3 * CELLS * outputs + outputs


@paper.claim(
    "Sec. 6.5", "weights of the handwriting model", printed={"baseline": "3.7", "layer norm": "3.7"}, unit="million"
)
def weights(row):
    return handwriting({"baseline": LSTMCell, "layer norm": LayerNormLSTMCell}[row]) / 1e6


@weights.derivation
def _(row):
    layers = sum(4 * 400 * (inputs + 400 + 1) for inputs in (60, 460, 460))
    norms = 3 * (2 * 2 * 1600 + 2 * 400) if row == "layer norm" else 0
    return (layers + norms + 30 * 401 + 121 * 1201) / 1e6


@paper.claim(
    "Sec. 5.2.2",
    "factor of the curvature along a weight vector that grows twice as large",
    printed=Target("0.5", source="Sec. 5.2.2, printed as 1/2"),
    under=curvatures,
)
def curvature(reading):
    return reading(along_weights(2.0)) / reading(along_weights(1.0))


@curvature.derivation
def _(reading):
    return reading((1 / 2) * (1 / 2))  # 1 / sigma_i and 1 / sigma_j of Eq. 13, both doubled


COCO = "needs the images of MS COCO, features of a VGG network and the order-embedding code of others"

for column, plain, normed in (
    ("caption retrieval, R@1", "46.6", "48.5"),
    ("caption retrieval, R@5", "79.3", "80.6"),
    ("caption retrieval, R@10", "89.1", "89.8"),
    ("caption retrieval, mean rank", "5.2", "5.1"),
    ("image retrieval, R@1", "37.8", "38.9"),
    ("image retrieval, R@5", "73.6", "74.3"),
    ("image retrieval, R@10", "85.7", "86.3"),
    ("image retrieval, mean rank", "7.9", "7.6"),
):
    for method, digits in (("OE (ours)", plain), ("OE + LN", normed)):
        paper.not_attempted(
            "Tab. 2",
            f"{method}, {column}",
            printed=digits,
            unit="" if column.endswith("rank") else "%",
            because=COCO,
            data="MS COCO",
            headline=method == "OE + LN" and column.endswith("R@1"),
        )

BOOKS = "needs BookCorpus and up to a month of training"

for column, *found in (
    ("SICK, Pearson", "0.842", "0.854", "0.858"),
    ("SICK, Spearman", "0.767", "0.785", "0.788"),
    ("SICK, MSE", "0.298", "0.277", "0.270"),
    ("MR, accuracy", "77.3", "79.5", "79.4"),
    ("CR, accuracy", "81.8", "82.6", "83.1"),
    ("SUBJ, accuracy", "92.6", "93.4", "93.7"),
    ("MPQA, accuracy", "87.9", "89.0", "89.3"),
):
    for method, digits in zip(("ours", "ours + LN", "ours + LN, one month"), found, strict=True):
        paper.not_attempted(
            "Tab. 3",
            f"skip-thoughts, {method}, {column}",
            printed=digits,
            unit="%" if column.endswith("accuracy") else "",
            because=BOOKS,
            data="BookCorpus",
            headline=method == "ours + LN" and column == "SICK, Pearson",
        )

for method, digits in (("baseline", "82.36"), ("layer norm", "82.09")):
    paper.not_attempted(
        "Sec. 6.4",
        f"DRAW, {method}, variational bound of the test images after 200 epochs",
        printed=digits,
        unit="nats",
        because="needs binarized MNIST and 200 epochs of a recurrent model of 64 glimpses",
        data="binarized MNIST",
        headline=method == "layer norm",
    )

paper.not_attempted(
    "Sec. 6.1",
    "order embeddings, part of the baseline's time to its best validation model",
    printed="60",
    unit="%",
    because=COCO,
    data="MS COCO",
)
