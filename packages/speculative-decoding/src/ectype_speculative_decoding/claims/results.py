"""Table 1 measured end to end, and published results that are not measured here."""

import math

from ectype_speculative_decoding import measurement
from ectype_speculative_decoding.claims.gains import TABLE_1, alpha_and_gamma
from ectype_speculative_decoding.claims.shared import paper

ROWS = {row: dict(zip(("alpha", "gamma"), alpha_and_gamma(row), strict=True)) for row in TABLE_1}
RIVALS = {f"{row}, matching": {**arguments, "rule": "matching"} for row, arguments in ROWS.items()}


def deviation(alpha, gamma):
    """Of the mean of 4,000 capped geometric variables."""
    chances = [alpha**n * (1 - alpha) for n in range(gamma)] + [alpha**gamma]
    mean, square = (sum((n + 1) ** power * chance for n, chance in enumerate(chances)) for power in (1, 2))
    return math.sqrt((square - mean**2) / 4000)


tokens = paper.experiment(
    measurement.measure_tokens,
    variants=ROWS | RIVALS,
    minutes={row: 0.01 * (2 + arguments["gamma"]) for row, arguments in (ROWS | RIVALS).items()},
    novel=[*ROWS],
)

paper.empirical(
    "Tab. 1",
    "tokens of a run of the target model, measured; with free guesses this is the speed",
    of=tokens,
    metric="tokens of a run",
    printed={row: speed for row, (_, speed) in TABLE_1.items()},
    seeds=5,
    margin={"0.6, 2": 0.24, "0.7, 3": 0.045, "0.8, 2": 0.045, "0.8, 5": 0.49, "0.9, 2": 0.09, "0.9, 10": 1.585},
    because="half the gap to the nearest row of the table",
    sd={row: deviation(**arguments) for row, arguments in ROWS.items()},
    sd_from="the capped geometric variable of section 3.1, over the root of 4,000 runs",
    control={row: tokens[f"{row}, matching"] for row in ROWS},
    headline=True,
    id="measured-speed",
)

WALLTIMES = {
    "EnDe, T5-small, argmax": "3.4",
    "EnDe, T5-base, argmax": "2.8",
    "EnDe, T5-large, argmax": "1.7",
    "EnDe, T5-small, sampling": "2.6",
    "EnDe, T5-base, sampling": "2.4",
    "EnDe, T5-large, sampling": "1.4",
    "CNNDM, T5-small, argmax": "3.1",
    "CNNDM, T5-base, argmax": "3.0",
    "CNNDM, T5-large, argmax": "2.2",
    "CNNDM, T5-small, sampling": "2.3",
    "CNNDM, T5-base, sampling": "2.2",
    "CNNDM, T5-large, sampling": "1.7",
}

for row, digits in WALLTIMES.items():
    paper.not_attempted(
        "Tab. 2",
        f"walltime improvement, {row}",
        printed=digits,
        data=row.split(",")[0],
        headline="T5-small" in row,
        because="needs T5-XXL (11B parameters), fine-tuned, and the walltimes of a TPU-v4",
    )

RATES = {
    "GPT-like 97M, unigram, argmax": "0.03",
    "GPT-like 97M, bigram, argmax": "0.05",
    "GPT-like 97M, GPT-like 6M, argmax": "0.88",
    "GPT-like 97M, GPT-like 6M, sampling": "0.89",
    "T5-XXL, EnDe, bigram, argmax": "0.20",
    "T5-XXL, EnDe, T5-small, argmax": "0.75",
    "T5-XXL, EnDe, T5-small, sampling": "0.62",
    "T5-XXL, CNNDM, bigram, argmax": "0.23",
    "T5-XXL, CNNDM, T5-small, argmax": "0.65",
    "T5-XXL, CNNDM, T5-small, sampling": "0.53",
    "LaMDA 137B, LaMDA 100M, argmax": "0.61",
    "LaMDA 137B, LaMDA 2B, argmax": "0.71",
    "LaMDA 137B, LaMDA 8B, argmax": "0.75",
}

for row, digits in RATES.items():
    paper.not_attempted(
        "Tab. 3",
        f"acceptance rate, {row}",
        printed=digits,
        because="needs the authors' checkpoints; those of LaMDA and of the GPT-like models are not published",
    )

LENIENT = {"unigram": "0.16", "bigram": "0.32", "T5-small": "0.84", "T5-base": "0.90"}

for row, digits in LENIENT.items():
    paper.not_attempted(
        "Tab. 5",
        f"acceptance rate with lenience 0.1, {row}",
        printed=digits,
        because="needs T5-XXL (11B parameters), fine-tuned on WMT English-German",
    )
