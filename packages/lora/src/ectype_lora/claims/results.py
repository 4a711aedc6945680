"""What the paper's trained models reached, none of which is measured here."""

from ectype_lora.claims.shared import paper

GLUE = "needs GLUE, the pre-trained model, and days of GPU time for five seeds of eight tasks"
NLG = "needs pre-trained GPT-2 and its beam search over the test set, and hours of GPU time a seed"
CLOSED = "the weights of GPT-3 are not public"

AVERAGES = {
    "RoBERTa base": "87.2",
    "RoBERTa large": "89.0",
    "RoBERTa large, setup of Houlsby et al.": "88.6",
    "DeBERTa XXL": "91.3",
}
for model, average in AVERAGES.items():
    paper.not_attempted(
        "Tab. 2", f"average of GLUE, {model}, LoRA", printed=average, because=GLUE, data="GLUE", headline=True
    )

E2E = {"GPT-2 M": ("70.4", "8.85", "46.8", "71.8", "2.53"), "GPT-2 L": ("70.4", "8.89", "46.8", "72.0", "2.47")}
for model, row in E2E.items():
    for metric, digits in zip(("BLEU", "NIST", "MET", "ROUGE-L", "CIDEr"), row, strict=True):
        paper.not_attempted(
            "Tab. 3",
            f"{metric} of {model} with LoRA",
            printed=digits,
            because=NLG,
            data="E2E",
            headline=metric == "BLEU",
        )

for size, row in {"4.7M": ("73.4", "91.7"), "37.7M": ("74.0", "91.6")}.items():
    for data, digits in zip(("WikiSQL", "MNLI-m"), row, strict=True):
        paper.not_attempted(
            "Tab. 4",
            f"accuracy of GPT-3 with LoRA of {size}, {data}",
            printed=digits,
            unit="%",
            because=CLOSED,
            data=data,
            headline=True,
        )

for weights, row in {
    "q, v, r = 4": ("73.7", "91.3"),
    "q, k, v, o, r = 2": ("73.7", "91.7"),
    "q, r = 8": ("70.4", "91.0"),
}.items():
    for data, digits in zip(("WikiSQL", "MultiNLI"), row, strict=True):
        text = f"accuracy of GPT-3 with a budget of 18M on {weights}, {data}"
        paper.not_attempted("Tab. 5", text, printed=digits, unit="%", because=CLOSED, data=data)

for rank, row in {"1": ("73.4", "91.3"), "64": ("73.5", "91.4")}.items():
    for data, digits in zip(("WikiSQL", "MultiNLI"), row, strict=True):
        text = f"accuracy of GPT-3 on {data} with rank {rank} on q, v"
        paper.not_attempted("Tab. 6", text, printed=digits, unit="%", because=CLOSED, data=data)

for rank, digits in {"4": "0.32", "64": "1.90"}.items():
    text = f"norm of W_q in the directions of its update, r = {rank}"
    paper.not_attempted("Tab. 7", text, printed=digits, because=CLOSED)

for which, digits in {"L, batch 1": "20.7", "H, batch 1": "30.3", "L, batch 32": "2.2", "H, batch 32": "3.0"}.items():
    text = f"slow-down of GPT-2 M by adapters {which}"
    paper.not_attempted("Tab. 1", text, printed=digits, unit="%", because="times on a Quadro RTX8000 of its authors")

for data, table, digits in (("DART", "Tab. 13", "47.1"), ("WebNLG", "Tab. 14", "55.3")):
    paper.not_attempted(table, f"BLEU of GPT-2 M with LoRA on {data}", printed=digits, because=NLG, data=data)

for method, digits in {"Fine-Tune": "60.2", "LoRA": "63.8"}.items():
    text = f"accuracy of GPT-3 on MNLI-100, {method}"
    paper.not_attempted("Tab. 16", text, printed=digits, unit="%", because=CLOSED, data="MNLI")

for rank, digits in {"1": "1.23", "4": "1.18", "16": "1.16", "1024": "1.17"}.items():
    paper.not_attempted("Tab. 18", f"validation loss of GPT-2 M, rank {rank}", printed=digits, because=NLG, data="E2E")
