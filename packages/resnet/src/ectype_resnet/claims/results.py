"""Published results that are not measured here."""

from ectype_resnet.claims.shared import paper

TABLES = {
    "Tab. 2": {
        "18 layers, plain": "27.94",
        "18 layers, ResNet": "27.88",
        "34 layers, plain": "28.54",
        "34 layers, ResNet": "25.03",
    },
    "Tab. 3": {
        "ResNet-34 B": "24.52",
        "ResNet-34 C": "24.19",
        "ResNet-50": "22.85",
        "ResNet-101": "21.75",
        "ResNet-152": "21.43",
    },
    "Tab. 4": {
        "ResNet-34 B": "21.84",
        "ResNet-34 C": "21.53",
        "ResNet-50": "20.74",
        "ResNet-101": "19.87",
        "ResNet-152": "19.38",
    },
}
PROTOCOLS = {"Tab. 2": "10-crop", "Tab. 3": "10-crop", "Tab. 4": "many scales"}
HEADLINES = {("Tab. 2", "34 layers, plain"), ("Tab. 2", "34 layers, ResNet"), ("Tab. 4", "ResNet-152")}

for locator, rows in TABLES.items():
    for row, digits in rows.items():
        paper.not_attempted(
            locator,
            f"top-1 error, {PROTOCOLS[locator]}, {row}",
            printed=digits,
            unit="%",
            data="ImageNet",
            headline=(locator, row) in HEADLINES,
            because="needs ImageNet, which may not be passed on, and 8 GPUs for weeks",
        )

paper.not_attempted(
    "Tab. 5",
    "top-5 error of six networks on the test set",
    printed="3.57",
    unit="%",
    data="ImageNet",
    headline=True,
    because="needs ImageNet and its test server",
)

for layers, digits in {"20": "8.75", "32": "7.51", "44": "7.17", "56": "6.97", "110": "6.61", "1202": "7.93"}.items():
    paper.not_attempted(
        "Tab. 6",
        f"test error, {layers} layers",
        printed=digits,
        unit="%",
        data="CIFAR-10",
        headline=layers in ("20", "110"),
        because="needs CIFAR-10, which cannot be generated, and a GPU for hours (20 layers) to weeks (1202 layers); "
        "the training script takes its files",
    )

for locator, text, digits, data in (
    ("Tab. 7", "mAP on VOC 2007, ResNet-101", "76.4", "PASCAL VOC"),
    ("Tab. 7", "mAP on VOC 2012, ResNet-101", "73.8", "PASCAL VOC"),
    ("Tab. 8", "mAP at 0.5, ResNet-101", "48.4", "MS COCO"),
    ("Tab. 8", "mAP from 0.5 to 0.95, ResNet-101", "27.2", "MS COCO"),
    ("App. B", "mAP from 0.5 to 0.95 on test-dev, three networks", "37.4", "MS COCO"),
    ("App. B", "mAP on VOC 2007 with all improvements", "85.6", "PASCAL VOC"),
    ("App. B", "mAP on VOC 2012 with all improvements", "83.8", "PASCAL VOC"),
    ("App. B", "mAP on ImageNet detection, three networks", "62.1", "ImageNet DET"),
    ("App. C", "top-5 localization error on the test set", "9.0", "ImageNet LOC"),
):
    paper.not_attempted(
        locator,
        text,
        printed=digits,
        unit="%",
        data=data,
        headline=text == "mAP from 0.5 to 0.95, ResNet-101",
        because="a detection system of another publication on networks trained on ImageNet",
    )
