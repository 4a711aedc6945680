"""What the paper publishes of its experiments (section 4)."""

from ectype_roformer.claims.shared import paper

# Translation, fine-tuning, pre-training


for model, bleu in {"Transformer-base": "27.3", "RoFormer": "27.5"}.items():
    paper.not_attempted(
        "Tab. 1",
        f"BLEU, {model}",
        printed=bleu,
        because="needs WMT 2014 English-German, 4.5 million sentence pairs, and days on eight GPUs",
        data="WMT 2014 English-German",
        headline=model == "RoFormer",
    )

TASKS = ("MRPC", "SST-2", "QNLI", "STS-B", "QQP", "MNLI matched", "MNLI mismatched")
TABLE_2 = {
    "BERT": ("88.9", "93.5", "90.5", "85.8", "71.2", "84.6", "83.4"),
    "RoFormer": ("89.5", "90.7", "88.0", "87.0", "86.4", "80.2", "79.8"),
}
for model, scores in TABLE_2.items():
    for task, score in zip(TASKS, scores, strict=True):
        paper.not_attempted(
            "Tab. 2",
            f"{model}, {task}",
            printed=score,
            because="needs pre-training on BookCorpus and Wikipedia, and the data of GLUE",
            data=f"GLUE {task}",
            headline=model == "RoFormer",
        )

TABLE_4 = (("1.73", "65.0"), ("1.61", "66.8"), ("1.75", "64.6"), ("1.83", "63.4"), ("1.58", "67.4"), ("1.66", "66.2"))
for stage, numbers in enumerate(TABLE_4, start=1):
    for what, unit, digits in zip(("loss", "accuracy"), ("nats", "%"), numbers, strict=True):
        paper.not_attempted(
            "Tab. 4",
            f"pre-training stage {stage}, {what}",
            printed=digits,
            unit=unit,
            because="needs 34 GB of Chinese text, which is not distributed",
            data="Chinese Wikipedia, news and forums",
        )

TABLE_5 = {
    "BERT-512": ("64.13", "67.77"),
    "WoBERT-512": ("64.07", "68.10"),
    "RoFormer-512": ("64.13", "68.29"),
    "RoFormer-1024": ("66.07", "69.79"),
}
for model, accuracies in TABLE_5.items():
    for split, accuracy in zip(("validation", "test"), accuracies, strict=True):
        paper.not_attempted(
            "Tab. 5",
            f"{model}, {split} accuracy",
            printed=accuracy,
            unit="%",
            because="needs the pre-trained models and CAIL2019-SCM, and was run on eight V100",
            data="CAIL2019-SCM",
            headline=(model, split) == ("RoFormer-1024", "test"),
        )


# What the text says of its tables


@paper.claim("Sec. 4.3.3", "data sets of Table 2 on which RoFormer is above BERT, of six", printed="3")
def better_data_sets():
    wins = {
        task.partition(" ")[0]: float(ours) > float(bert)
        for task, bert, ours in zip(TASKS, TABLE_2["BERT"], TABLE_2["RoFormer"], strict=True)
    }
    return sum(wins.values())


rival = paper.disagreement(
    "improvement on long texts",
    "Section 4.5.4 says that RoFormer at 1024 tokens is 1.5 % above WoBERT. By Table 5 that is its distance from RoFormer at "
    "512 tokens; WoBERT is farther away.",
    at="Sec. 4.5.4, Tab. 5",
    follow="paper",
)


@rival.reading("paper", source="Sec. 4.5.4: above WoBERT")
def _():
    return "WoBERT-512"


@rival.reading("RoFormer-512", source="Tab. 5: above RoFormer at 512 tokens")
def _():
    return "RoFormer-512"


@paper.claim(
    "Sec. 4.5.4",
    "test accuracy of RoFormer-1024 over that of WoBERT",
    printed="1.5",
    unit="percentage points",
    under=rival,
)
def improvement(reading):
    return float(TABLE_5["RoFormer-1024"][1]) - float(TABLE_5[reading()][1])


@improvement.derivation
def _(reading):
    hundredths = [int(TABLE_5[model][1].replace(".", "")) for model in ("RoFormer-1024", reading())]
    return (hundredths[0] - hundredths[1]) / 100
