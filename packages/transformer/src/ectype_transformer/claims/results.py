"""What the paper's trained models reached, none of which is measured here: Tables 2, 3 and 4."""

from ectype_transformer.claims.shared import paper

HARDWARE = "needs WMT 2014 and 8 GPUs for 12 hours (base) or 3.5 days (big)"

for model, languages, bleu in (
    ("base", "English-German", "27.3"),
    ("base", "English-French", "38.1"),
    ("big", "English-German", "28.4"),
    ("big", "English-French", "41.8"),
):
    text = f"{model}, {languages}"
    paper.not_attempted("Tab. 2", text, printed=bleu, unit="BLEU", because=HARDWARE, data="WMT 2014", headline=True)

DEVELOPMENT = {
    "base": ("4.92", "25.8"),
    "A-heads-1": ("5.29", "24.9"),
    "A-heads-4": ("5.00", "25.5"),
    "A-heads-16": ("4.91", "25.8"),
    "A-heads-32": ("5.01", "25.4"),
    "B-key-16": ("5.16", "25.1"),
    "B-key-32": ("5.01", "25.4"),
    "C-layers-2": ("6.11", "23.7"),
    "C-layers-4": ("5.19", "25.3"),
    "C-layers-8": ("4.88", "25.5"),
    "C-width-256": ("5.75", "24.5"),
    "C-width-1024": ("4.66", "26.0"),
    "C-inner-1024": ("5.12", "25.4"),
    "C-inner-4096": ("4.75", "26.2"),
    "D-dropout-0.0": ("5.77", "24.6"),
    "D-dropout-0.2": ("4.95", "25.5"),
    "D-smoothing-0.0": ("4.67", "25.3"),
    "D-smoothing-0.2": ("5.47", "25.7"),
    "E-learned-positions": ("4.92", "25.7"),
    "big": ("4.33", "26.4"),
}

for row, (perplexity, bleu) in DEVELOPMENT.items():
    for unit, digits in (("perplexity", perplexity), ("BLEU", bleu)):
        paper.not_attempted(
            "Tab. 3", f"{unit} of row {row}, newstest2013", printed=digits, unit=unit, because=HARDWARE, data="WMT 2014"
        )

for training, f1 in (("WSJ only", "91.3"), ("semi-supervised", "92.7")):
    paper.not_attempted(
        "Tab. 4",
        f"parsing, {training}",
        printed=f1,
        unit="F1",
        because="needs the Penn Treebank, which is not free, and for the second row 17 million further sentences",
        data="WSJ Section 23",
    )
