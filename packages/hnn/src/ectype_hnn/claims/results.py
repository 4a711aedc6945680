"""What trained models reach: Table 1, and why some rows are not attempted.

Published numbers are those of the table in the official README, which prints more digits than Table 1; the plus-minus of
losses is over samples, that of energies over five groups of three trajectories, and neither says anything about seeds. One
run stands behind each number. The energies of tasks 1 and 2 were computed by the notebooks, which the paper does not
describe: these claims have readings.
"""

from ectype.declarations import Target

from ectype_hnn import training
from ectype_hnn.claims.disagreements import pendulum_measure, spring_horizon
from ectype_hnn.claims.shared import paper

README = "greydanus/hamiltonian-nn@bcc3622 README"

PUBLISHED = {
    "spring": {
        "train loss": {"hnn": ("3.6933e-2", "1.9128e-3"), "baseline": ("3.7134e-2", "1.9143e-3")},
        "test loss": {"hnn": ("3.5928e-2", "1.8328e-3"), "baseline": ("3.6656e-2", "1.8652e-3")},
        "energy": {"hnn": ("3.8416e-4", "6.53e-5"), "baseline": ("1.7077e-1", "2.06e-2")},
    },
    "pendulum": {
        "train loss": {"hnn": ("3.2787e-2", "1.7567e-3"), "baseline": ("3.2606e-2", "1.7434e-3")},
        "test loss": {"hnn": ("3.5586e-2", "1.8178e-3"), "baseline": ("3.5273e-2", "1.7970e-3")},
        "energy": {"hnn": ("2.4852e-2", "5.42e-3"), "baseline": ("4.1519e-2", "9.62e-3")},
    },
    "two-body": {
        "train loss": {"hnn": ("2.9959e-6", "6.5500e-8"), "baseline": ("3.2682e-5", "1.2022e-6")},
        "test loss": {"hnn": ("2.8218e-6", "4.2020e-8"), "baseline": ("2.9575e-5", "8.8900e-7")},
        "energy": {"hnn": ("3.8751e-5", "5.04e-6"), "baseline": ("6.3276e-2", "3.36e-2")},
    },
}
"""Digits and plus-minus by task, metric and model."""

NOT_ATTEMPTED = {
    "real pendulum": {
        "train loss": {"hnn": ("9.2376e-3", "5.0263e-4"), "baseline": ("2.7455e-3", "2.0735e-4")},
        "test loss": {"hnn": ("5.9584e-3", "6.1798e-4"), "baseline": ("2.1864e-3", "3.3296e-4")},
        "energy": {"hnn": ("1.4477e-2", "4.65e-3"), "baseline": ("3.8564e-1", "6.92e-2")},
    },
    "pixel pendulum": {
        "train loss": {"hnn": ("1.8683e-4", "2.4238e-6"), "baseline": ("1.7731e-4", "2.4202e-6")},
        "test loss": {"hnn": ("1.8451e-4", "3.3422e-6"), "baseline": ("1.7306e-4", "3.2413e-6")},
        "energy": {"hnn": ("1.5315e-4", "8.42e-6"), "baseline": ("9.2748e-3", "1.14e-3")},
    },
    "three-body": {
        "train loss": {"hnn": ("8.0346e-2", "2.1470e-2"), "baseline": ("9.5573e-2", "6.5610e-2")},
        "test loss": {"hnn": ("4.8809e-1", "4.7745e-1"), "baseline": ("3.8000e-1", "4.1612e-1")},
        "energy": {"hnn": ("4.1926e-2", "3.39e-2"), "baseline": ("1.0906e+2", "7.74e+1")},
    },
}
REASONS = {
    "real pendulum": "needs the recordings of Schmidt and Lipson 2009, data of another publication",
    "pixel pendulum": "needs rendered frames of Gym's Pendulum-v0, which is no longer distributed",
    "three-body": "an appendix, of which the paper says that both models struggle with the data",
}


def target(digits, plus_minus):
    return Target(digits, source=README, runs=1, plus_minus=plus_minus, spans="samples")


def value(task, metric, model):
    published = {**PUBLISHED, **NOT_ATTEMPTED}
    return float(published[task][metric][model][0])


VARIANTS = {name: {"model": name} for name in ("hnn", "baseline", "linear", "still")}
SEEDS = {
    "spring": {"hnn": 12, "baseline": 12},
    "pendulum": {"hnn": 12, "baseline": 6},
    "two-body": {"hnn": 6, "baseline": 6},
}
"""Runs by task and model; a claim whose margin asks for more stays inconclusive, which its page says."""


TASKS = {
    "spring": paper.experiment(
        training.train_spring,
        variants=VARIANTS,
        minutes={"hnn": 0.35, "baseline": 0.2, "linear": 0.05, "still": 0.05},
        novel="hnn",
    ),
    "pendulum": paper.experiment(
        training.train_pendulum,
        variants=VARIANTS,
        minutes={"hnn": 0.5, "baseline": 0.25, "linear": 0.05, "still": 0.05},
        novel="hnn",
    ),
    "two-body": paper.experiment(
        training.train_two_body,
        variants={name: VARIANTS[name] for name in ("hnn", "baseline", "linear")},
        minutes={"hnn": 0.7, "baseline": 0.3, "linear": 0.05},
        novel="hnn",
    ),
}

# Losses. Those of tasks 1 and 2 are near the floor that the noise sets, where nothing but a model that cannot bend at all
# is told from an HNN: on the spring not even a linear field, which is right there.

PILOT = "pilot on seeds 1000-1003, three of them for task 2, as measured"
LOSSES = {
    ("spring", "train loss"): {"hnn": 1.6e-3, "baseline": 2.0e-3},
    ("spring", "test loss"): {"hnn": 2.0e-3, "baseline": 2.3e-3},
    ("pendulum", "train loss"): {"hnn": 5.4e-4, "baseline": 7.1e-4},
    ("pendulum", "test loss"): {"hnn": 2.6e-3, "baseline": 2.6e-3},
}
"""Deviations over seeds of the pilot; most of them come from the data, which differ from seed to seed."""

for task, other in (("spring", "pendulum"), ("pendulum", "spring")):
    for metric in ("train loss", "test loss"):
        gaps = {
            model: abs(value(task, metric, model) - value(other, metric, model)) / 2 for model in ("hnn", "baseline")
        }
        paper.empirical(
            "Tab. 1",
            f"{task}, {metric}",
            of=TASKS[task],
            metric=metric,
            printed={model: target(*digits) for model, digits in PUBLISHED[task][metric].items()},
            seeds=SEEDS[task],
            margin={model: max(gap, 5e-4) for model, gap in gaps.items()},
            because="half the gap between the rows of tasks 1 and 2, and no less than half a unit of the digits of Table 1",
            sd=LOSSES[task, metric],
            sd_from=PILOT,
            better="lower",
            control=TASKS[task]["linear"],
            data=task,
            headline=True,
        )

for metric in ("train loss", "test loss"):
    paper.empirical(
        "Tab. 1",
        f"two-body, {metric}",
        of=TASKS["two-body"],
        metric=metric,
        printed={model: target(*digits) for model, digits in PUBLISHED["two-body"][metric].items()},
        seeds=SEEDS["two-body"],
        margin=(value("two-body", metric, "baseline") - value("two-body", metric, "hnn")) / 2,
        because="half the gap between the two models",
        sd={"hnn": 1.9e-6, "baseline": 1.3e-5 if metric == "test loss" else 3.8e-6},
        sd_from=PILOT,
        better="lower",
        control=TASKS["two-body"]["linear"],
        data="two-body",
        headline=True,
    )

# The loss of one model over that of the other, on the same data

for task in ("spring", "pendulum"):
    for metric in ("train loss", "test loss"):
        ratio = value(task, metric, "hnn") / value(task, metric, "baseline")
        paper.empirical(
            "Tab. 1",
            f"{task}, {metric} of the HNN over that of the baseline",
            of=TASKS[task]["hnn"],
            per=TASKS[task]["baseline"],
            metric=metric,
            printed=Target(f"{ratio:.4f}", source=README, runs=1),
            seeds=SEEDS[task]["baseline"],
            margin=0.5 / 36 + 0.5 / 37,
            because="half a unit of the last digit of either loss in Table 1, which prints 36 and 37",
            sd=0.019 if task == "spring" else 0.006,
            sd_from=PILOT,
            control=TASKS[task]["linear"],
            data=task,
        )

# The energy metric. Baselines have a heavy tail over seeds: a spiral that happens to close conserves energy nearly as well
# as an HNN, and one that opens does not at all. A model that stands still has no error: it is the control, and it is better.

ENERGY = {
    "spring": ("pixel pendulum", "pendulum", {"hnn": 1.9e-4, "baseline": 0.21}),
    "pendulum": ("real pendulum", "pixel pendulum", {"hnn": 5.3e-3, "baseline": 0.15}),
    "two-body": ("pixel pendulum", "pendulum", {"hnn": 2.9e-5, "baseline": 3.0}),
}
"""Rows of Table 1 that are nearest, for the HNN and for the baseline, and deviations of the pilot."""

READINGS = {"spring": spring_horizon, "pendulum": pendulum_measure, "two-body": None}
METRICS = {"paper": "energy", "box": "energy from the box", "notebook": "energy of the notebook"}

for task, (nearest, nearest_baseline, deviations) in ENERGY.items():
    rival = TASKS[task]["linear" if task == "two-body" else "still"]
    under = READINGS[task]
    paper.empirical(
        "Tab. 1",
        f"{task}, energy",
        of=TASKS[task],
        metric=METRICS if under else "energy",
        under=under,
        printed={model: target(*digits) for model, digits in PUBLISHED[task]["energy"].items()},
        seeds=SEEDS[task],
        margin={
            "hnn": abs(value(task, "energy", "hnn") - value(nearest, "energy", "hnn")) / 2,
            "baseline": abs(value(task, "energy", "baseline") - value(nearest_baseline, "energy", "baseline")) / 2,
        },
        because="half the gap to the nearest row of the same column of Table 1",
        sd=deviations,
        sd_from=PILOT,
        better="lower",
        control=rival,
        data=task,
        headline=True,
    )
    ratio = value(task, "energy", "hnn") / value(task, "energy", "baseline")
    paper.empirical(
        "Tab. 1",
        f"{task}, energy of the HNN over that of the baseline",
        of=TASKS[task]["hnn"],
        per=TASKS[task]["baseline"],
        metric=METRICS if under else "energy",
        under=under,
        printed=Target(f"{ratio:.3g}", source=README, runs=1),
        seeds=SEEDS[task]["baseline"],
        margin=(1 - ratio) / 2,
        because="half the gap to 1, which is the baseline over itself",
        sd={"spring": 0.006, "pendulum": 0.49, "two-body": 0.001}[task],
        sd_from=PILOT,
        better="lower",
        control=TASKS[task]["linear"],
        data=task,
    )

# Orders that the text states. Energies differ by powers of ten between seeds, so their logarithms are ordered.

for task, where in (("spring", "Sec. 3.2"), ("pendulum", "Sec. 3.2"), ("two-body", "Sec. 4.2")):
    paper.order(
        where,
        f"{task}, energy error: baseline > HNN",
        of=[TASKS[task]["baseline"], TASKS[task]["hnn"]],
        metric="log10 energy",
        seeds=SEEDS[task]["baseline"],
        paired=True,
        data=task,
        headline=True,
    )

for metric in ("train loss", "test loss"):
    paper.order(
        "Sec. 4.2",
        f"two-body, {metric}: linear > baseline > HNN",
        of=[TASKS["two-body"][model] for model in ("linear", "baseline", "hnn")],
        metric=metric,
        seeds=SEEDS["two-body"]["baseline"],
        paired=True,
        data="two-body",
        headline=True,
    )

for task, metrics in NOT_ATTEMPTED.items():
    for metric, models in metrics.items():
        for model, digits in models.items():
            paper.not_attempted(
                "Tab. 2" if task == "three-body" else "Tab. 1",
                f"{task}, {metric}, {model}",
                printed=target(*digits),
                because=REASONS[task],
                data=task,
                headline=task != "three-body",
            )
