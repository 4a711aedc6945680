"""What the paper publishes of its experiments (section 3)."""

from ectype_cpc.claims.shared import paper

SPEECH = "needs LibriSpeech with phones aligned by Kaldi, and 8 GPUs"
VISION = "needs ImageNet, a ResNet v2 101 and 32 GPUs"
LANGUAGE = "needs BookCorpus, which is no longer distributed, and 8 GPUs"

TABLE_1 = {
    "phones": {"random initialization": "27.6", "MFCC features": "39.7", "CPC": "64.6", "supervised": "74.6"},
    "speakers": {"random initialization": "1.87", "MFCC features": "17.6", "CPC": "97.4", "supervised": "98.5"},
}
TABLE_2 = {
    "2 steps": "28.5",
    "4 steps": "57.6",
    "8 steps": "63.6",
    "12 steps": "64.6",
    "16 steps": "63.8",
    "negatives of mixed speakers": "64.6",
    "negatives of the same speaker": "65.5",
    "negatives of mixed speakers, other sequences": "57.3",
    "negatives of the same speaker, other sequences": "64.6",
    "negatives of the current sequence": "65.2",
}
TABLE_3 = {
    "motion segmentation": "27.6",
    "exemplar": "31.5",
    "relative position": "36.2",
    "colorization": "39.6",
    "CPC": "48.7",
}
TABLE_4 = {
    "motion segmentation": "48.3",
    "exemplar": "53.1",
    "relative position": "59.2",
    "colorization": "62.5",
    "the four together": "69.3",
    "CPC": "73.6",
}
TABLE_5 = {"MR": "76.9", "CR": "80.1", "Subj": "91.2", "MPQA": "87.7", "TREC": "96.8"}

for task, rows in TABLE_1.items():
    for method, digits in rows.items():
        paper.not_attempted(
            "Tab. 1",
            f"{task}, {method}",
            printed=digits,
            unit="%",
            because=SPEECH,
            data="LibriSpeech",
            headline=method == "CPC",
        )
for row, digits in TABLE_2.items():
    paper.not_attempted("Tab. 2", f"phones, {row}", printed=digits, unit="%", because=SPEECH, data="LibriSpeech")
paper.not_attempted(
    "Sec. 3.1", "phones, with one hidden layer", printed="72.5", unit="%", because=SPEECH, data="LibriSpeech"
)
for locator, top, table in (("Tab. 3", "top-1", TABLE_3), ("Tab. 4", "top-5", TABLE_4)):
    for method, digits in table.items():
        paper.not_attempted(
            locator,
            f"{top}, {method}",
            printed=digits,
            unit="%",
            because=VISION,
            data="ImageNet",
            headline=method == "CPC",
        )
for task, digits in TABLE_5.items():
    paper.not_attempted("Tab. 5", f"CPC, {task}", printed=digits, unit="%", because=LANGUAGE, data=task, headline=True)


# What the text says of its tables


@paper.claim(
    "Sec. 3.2",
    "improvement over the best earlier method",
    printed={"top-1": "9", "top-5": "4"},
    unit="percentage points",
)
def improvement(row):
    *earlier, ours = map(float, (TABLE_3 if row == "top-1" else TABLE_4).values())
    return ours - max(earlier)


@paper.claim("Sec. 3.1", "steps ahead with the best phone accuracy in Table 2", printed="12")
def best_steps():
    accuracies = {int(row.partition(" ")[0]): float(digits) for row, digits in TABLE_2.items() if row.endswith("steps")}
    return max(accuracies, key=accuracies.__getitem__)
