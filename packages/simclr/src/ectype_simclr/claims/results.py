"""Results of the paper that need ImageNet, and arithmetic on them that the text states."""

from ectype_simclr.claims.shared import paper

IMAGENET = "needs ImageNet and the authors' 32 to 128 TPU cores; generated pictures would say nothing about it"
TRANSFER = "needs twelve data sets and a ResNet-50 (4x) pretrained on ImageNet"
CIFAR = "needs CIFAR-10 and a ResNet-50 trained for hundreds of epochs, some GPU days"

NOT_ATTEMPTED = {
    "Tab. 1": {
        f"top-1, linear evaluation, colour distortion strength {strength}": digits
        for strength, digits in {
            "1/8": "59.6",
            "1/4": "61.0",
            "1/2": "62.6",
            "1": "63.2",
            "1 and blur": "64.5",
            "AutoAugment": "61.1",
        }.items()
    },
    "Tab. 3": {
        f"{task}, predicted from {what}": digits
        for task, values in {
            "colour or grayscale": ("99.3", "97.4"),
            "rotation": ("67.6", "25.6"),
            "original or corrupted": ("99.5", "59.6"),
            "original or Sobel filtered": ("96.6", "56.3"),
        }.items()
        for what, digits in zip(("h", "g(h)"), values, strict=True)
    },
    "Tab. 4": {
        f"top-1, linear evaluation, {loss}": digits
        for loss, digits in {
            "margin": "50.9",
            "NT-Logistic": "51.6",
            "margin, semi-hard": "57.5",
            "NT-Logistic, semi-hard": "57.9",
            "NT-Xent": "63.9",
        }.items()
    },
    "Tab. 5": {
        f"{column}, {row}": digits
        for row, values in {
            "normalized, tau 0.05": ("1.0", "90.5", "59.7"),
            "normalized, tau 0.1": ("4.5", "87.8", "64.4"),
            "normalized, tau 0.5": ("8.2", "68.2", "60.7"),
            "normalized, tau 1": ("8.3", "59.1", "58.0"),
            "not normalized, tau 10": ("0.5", "91.7", "57.2"),
            "not normalized, tau 100": ("0.5", "92.1", "57.0"),
        }.items()
        for column, digits in zip(("entropy", "contrastive accuracy", "top-1"), values, strict=True)
    },
}

for where, results in NOT_ATTEMPTED.items():
    for text, digits in results.items():
        paper.not_attempted(
            where, text, printed=digits, because=IMAGENET, unit="" if "entropy" in text else "%", data="ImageNet"
        )

HEADLINES = {
    "Tab. 6": {
        "linear evaluation, top-1": {"ResNet-50": "69.3", "ResNet-50 (2x)": "74.2", "ResNet-50 (4x)": "76.5"},
        "linear evaluation, top-5": {"ResNet-50": "89.0", "ResNet-50 (2x)": "92.0", "ResNet-50 (4x)": "93.2"},
    },
    "Tab. 7": {
        "1 % of the labels, top-5": {"ResNet-50": "75.5", "ResNet-50 (2x)": "83.0", "ResNet-50 (4x)": "85.8"},
        "10 % of the labels, top-5": {"ResNet-50": "87.8", "ResNet-50 (2x)": "91.2", "ResNet-50 (4x)": "92.6"},
    },
}

for where, columns in HEADLINES.items():
    for column, widths in columns.items():
        for network, digits in widths.items():
            paper.not_attempted(
                where,
                f"{column}, {network}",
                printed=digits,
                because=IMAGENET,
                unit="%",
                data="ImageNet",
                headline=True,
            )

for row, digits in {
    "Food": "89.4",
    "CIFAR-10": "98.6",
    "CIFAR-100": "89.0",
    "Birdsnap": "78.2",
    "SUN397": "68.1",
    "Cars": "92.1",
    "Aircraft": "87.0",
    "VOC2007": "86.6",
    "DTD": "77.8",
    "Pets": "92.1",
    "Caltech-101": "94.1",
    "Flowers": "97.6",
}.items():
    paper.not_attempted("Tab. 8", f"fine-tuned on {row}", printed=digits, because=TRANSFER, unit="%", data=row)

for batch, (by_line, by_root) in {
    "256": ("57.5", "62.8"),
    "4096": ("64.6", "64.5"),
    "8192": ("64.8", "64.8"),
}.items():
    for scaling, digits in {"linear": by_line, "square root": by_root}.items():
        paper.not_attempted(
            "Tab. B.1",
            f"top-1 at a batch of {batch}, 100 epochs, {scaling} scaling",
            printed=digits,
            because=IMAGENET,
            unit="%",
            data="ImageNet",
        )

for where, text, digits in (
    ("Tab. B.2", "top-1 fine-tuned on all labels, ResNet-50 (4x)", "80.4"),
    ("Tab. B.3", "top-1 supervised, ResNet-50, 90 epochs, crop", "76.5"),
    ("Tab. B.4", "top-1 with 1 % of the labels, ResNet-50 (4x)", "63.0"),
):
    paper.not_attempted(where, text, printed=digits, because=IMAGENET, unit="%", data="ImageNet")

paper.not_attempted(
    "Tab. B.5",
    "fine-tuned ResNet-50, Food",
    printed="88.2",
    because=TRANSFER,
    unit="%",
    data="Food",
    id="resnet-50-food",
)
paper.not_attempted(
    "App. B.9", "linear evaluation on CIFAR-10, top-1", printed="94.0", because=CIFAR, unit="%", data="CIFAR-10"
)


# Arithmetic on printed results


@paper.claim(
    "Abstract", "relative improvement of the linear evaluation over CPC v2, from Table 6", printed="7", unit="%"
)
def relative_improvement():
    return 100 * (76.5 / 71.5 - 1)


@paper.claim("Sec. 1", "relative improvement with 1 % of the labels over CPC v2, from Table 7", printed="10", unit="%")
def relative_improvement_with_few_labels():
    return 100 * (85.8 / 77.9 - 1)


@paper.claim(
    "App. B.8.2",
    "points of top-1 by which the self-supervised network is worse, from appendix B.8.1",
    printed={"ResNet-50": "6.8", "ResNet-50 (4x)": "1.8"},
)
def deficit(row):
    supervised, contrastive = {"ResNet-50": (76.3, 69.3), "ResNet-50 (4x)": (78.3, 76.5)}[row]
    return round(supervised - contrastive, 1)


@deficit.derivation
def in_images(row):
    """Images of the 50,000 for validation that one gets right and the other does not."""
    supervised, contrastive = {"ResNet-50": (38_150, 34_650), "ResNet-50 (4x)": (39_150, 38_250)}[row]
    return (supervised - contrastive) / 500
