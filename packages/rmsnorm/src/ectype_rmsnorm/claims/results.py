"""What the paper prints: numbers that follow from others, and those that are not measured here."""

from ectype.declarations import Target

from ectype_rmsnorm.claims.readings import headlines
from ectype_rmsnorm.claims.shared import paper, positive, refusal
from ectype_rmsnorm.tables import speedup

# Seconds as printed: LayerNorm, RMSNorm, pRMSNorm, and the speedups in brackets

TIMES = {
    "RNNSearch, TensorFlow": ("Tab. 2", "665", ("501", "24.7"), ("493", "25.9")),
    "RNNSearch, Theano": ("Tab. 3", "988", ("652", "34.0"), ("658", "33.4")),
    "RNNSearch, PyTorch": ("Tab. 3", "857", ("763", "11.0"), ("754", "12.0")),
    "Transformer": ("Tab. 4", "248", ("231", "6.9"), ("225", "9.3")),
    "attentive reader": ("Tab. 6", "392", ("333", "15.1"), ("330", "15.8")),
    "order embeddings": ("Tab. 8", "12.02", ("7.12", "40.8"), ("4.34", "63.9")),
    "ConvPool-CNN-C": ("Tab. 10", "39", ("31", "20.5"), ("30", "23.1")),
}
NAMES = ("RMSNorm", "pRMSNorm")


@paper.component("layer", of=speedup)
def two_times(rng):
    return tuple(float(time) for time in positive(rng, 2))


paper.equation("Tab. 2", of=speedup, elementwise=True)(lambda reference, time: (reference - time) / reference * 100)


@paper.property("Tab. 2", "a time that is none is refused by value", draws=1)
def no_time(rng):
    return "received 0.0" in refusal(lambda: speedup(0.0, 1.0)) and "received -1.5" in refusal(
        lambda: speedup(-1.5, 1.0)
    )


for model, (locator, layer_norm, *found) in TIMES.items():

    def saved(row, layer_norm=layer_norm, found=found):
        return speedup(float(layer_norm), float(dict(zip(NAMES, found, strict=True))[row][0]))

    paper.claim(
        locator,
        f"{model}: time saved against layer normalization",
        printed={name: percent for name, (_, percent) in zip(NAMES, found, strict=True)},
        unit="%",
        id=f"speedup-{model.lower().replace(', ', '-').replace(' ', '-')}",
    )(saved)


def speedups():
    """The speedups of each model by norm."""
    return [
        {name: speedup(float(base), float(time)) for name, (time, _) in zip(NAMES, found, strict=True)}
        for _, base, *found in TIMES.values()
    ]


@paper.claim(
    "Abstract",
    "smallest and largest reduction of the running time",
    printed={"smallest": "7", "largest": "64"},
    unit="%",
    under=headlines,
)
def reductions(row, reading):
    return {"smallest": min, "largest": max}[row](reading(speedups()))


@reductions.derivation
def _(row, reading):
    extremes = [
        {"RMSNorm": 100 * 17 / 248, "pRMSNorm": 100 * 768 / 1202},
        {"RMSNorm": 100 * 490 / 1202, "pRMSNorm": 20},
    ]
    return {"smallest": min, "largest": max}[row](reading(extremes))


@paper.claim(
    "Sec. 6.1",
    "layer normalization is slower than the baseline of RNNSearch in TensorFlow by about",
    printed="67",
    unit="%",
)
def slower():
    return -speedup(399.0, 665.0)


# Test errors of ConvPool-CNN-C (Table 10), and what section 6.4 says of them

ERRORS = {"Baseline": 8.96, "LayerNorm": 10.49, "RMSNorm": 8.83, "pRMSNorm": 10.37}


@paper.claim(
    "Sec. 6.4",
    "test error on CIFAR-10, difference in Table 10",
    printed={
        "LayerNorm above the baseline": "1.53",
        "RMSNorm below the baseline": "0.013",
        "pRMSNorm above RMSNorm": "1.54",
    },
    unit="% of the images",
)
def differences(row):
    high, low = pair(row)
    return round(ERRORS[high] - ERRORS[low], 10)


@differences.derivation
def _(row):
    high, low = pair(row)
    return (round(100 * ERRORS[high]) - round(100 * ERRORS[low])) / 100


def pair(row):
    """The larger and the smaller error of a row."""
    return {
        "LayerNorm above the baseline": ("LayerNorm", "Baseline"),
        "RMSNorm below the baseline": ("Baseline", "RMSNorm"),
        "pRMSNorm above RMSNorm": ("pRMSNorm", "RMSNorm"),
    }[row]


@paper.claim("Sec. 6.4", "further speedup of pRMSNorm on CIFAR-10, in points", printed="2.6", unit="%")
def further():
    return speedup(39.0, 30.0) - speedup(39.0, 31.0)


# What needs data and training

TRANSLATION = "needs WMT 2014 and days of training on graphics cards"

for locator, model, rows in (
    (
        "Tab. 2",
        "RNNSearch, TensorFlow",
        {
            "Baseline": ("21.7", "23.4"),
            "LayerNorm": ("22.6", "23.6"),
            "L2-Norm": ("20.7", "22.0"),
            "RMSNorm": ("22.4", "23.7"),
            "pRMSNorm": ("22.6", "23.1"),
        },
    ),
    (
        "Tab. 3",
        "RNNSearch, Theano",
        {
            "Baseline": ("21.8", "22.9"),
            "LayerNorm": ("22.3", "23.8"),
            "RMSNorm": ("22.5", "23.2"),
            "pRMSNorm": ("22.7", "24.0"),
        },
    ),
    (
        "Tab. 3",
        "RNNSearch, PyTorch",
        {
            "Baseline": ("22.7", "24.7"),
            "LayerNorm": ("23.2", "24.3"),
            "RMSNorm": ("22.9", "24.5"),
            "pRMSNorm": ("23.2", "24.6"),
        },
    ),
    (
        "Tab. 4",
        "Transformer",
        {"LayerNorm": ("26.6", "27.7"), "RMSNorm": ("26.8", "27.7"), "pRMSNorm": ("26.5", "27.8")},
    ),
):
    for method, scores in rows.items():
        for test, digits in zip(("2014", "2017"), scores, strict=True):
            paper.not_attempted(
                locator,
                f"{model}, {method}, newstest{test}",
                printed=digits,
                unit="BLEU",
                because=TRANSLATION,
                data="WMT 2014 English-German",
                headline=method == "RMSNorm" and "Theano" not in model and "PyTorch" not in model,
            )

for method, means, deviations in (
    ("Baseline", "-2.60 -1.19 -1.43 -1.53 -1.60", "7.35 2.33 2.61 2.73 3.04"),
    ("LayerNorm", "-0.43 -0.48 -0.50 -0.50 -0.51", "1.19 1.51 1.51 1.51 1.51"),
    ("RMSNorm", "-0.40 -0.60 -0.69 -0.74 -0.73", "1.27 1.51 1.50 1.49 1.50"),
):
    for what, row in (("mean", means), ("deviation", deviations)):
        for place, digits in zip(("1", "2", "3", "4", "all"), row.split(), strict=True):
            paper.not_attempted(
                "Tab. 5",
                f"{method}, {what} of hidden-to-hidden values at position {place}",
                printed=digits,
                because=TRANSLATION,
                data="newstest2013",
            )

COLUMNS = [f"{task}, {score}" for task in ("caption", "image") for score in ("R@1", "R@5", "R@10", "mean rank")]

for method, row in (
    ("OE + Baseline", "45.8 79.7 88.8 5.4 37.6 73.6 85.8 7.7"),
    ("OE + LayerNorm", "47.9 79.5 89.2 5.3 38.4 74.6 86.7 7.5"),
    ("OE + RMSNorm", "48.7 79.7 89.5 5.3 39.0 74.8 86.3 7.5"),
    ("OE + pRMSNorm", "46.8 79.8 90.3 5.2 39.0 74.5 86.3 7.4"),
):
    for column, digits in zip(COLUMNS, row.split(), strict=True):
        paper.not_attempted(
            "Tab. 7",
            f"{method}, {column}",
            printed=digits,
            unit="" if column.endswith("rank") else "%",
            because="needs MS COCO, features of a VGG network and the code of others",
            data="MS COCO",
            headline=method == "OE + RMSNorm" and column.endswith("R@1"),
        )

for method, digits in (
    ("Baseline", "8.96"),
    ("BatchNorm", "8.25"),
    ("WeightNorm", "8.28"),
    ("LayerNorm", "10.49"),
    ("RMSNorm", "8.83"),
    ("pRMSNorm", "10.37"),
):
    paper.not_attempted(
        "Tab. 10",
        f"ConvPool-CNN-C, {method}, test error",
        printed=Target(digits),
        unit="%",
        because="needs CIFAR-10 and hours of training on a graphics card",
        data="CIFAR-10",
        headline=method == "RMSNorm",
    )
