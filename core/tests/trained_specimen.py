"""The specimen with trained claims: evidence is written by the harness's own writer, the result refers to it."""

import math

import msgspec
import specimen
from ectype import digests, evidence, results
from ectype.evidence import Attempted, Completed, Failed, Where
from ectype.fingerprint import evidence_of
from ectype.freshness import Tree
from ectype.results import ClaimRecord, Measured, TargetRecord, TrainedRecord
from ectype.site.publication import gather

WHERE = Where(python="3.11.7", platform="Linux", device="cpu", threads=1, versions={"torch": "2.15.0"})
ARGUMENTS = {
    "spring/hnn": {"model": "hnn"},
    "spring/baseline": {"model": "baseline"},
    "spring/linear": {"model": "linear"},
}
VALUES = {
    "spring/hnn": [1.99, 2.01, 2.0, 2.005],
    "spring/baseline": [1.5, 1.52, 1.49, 1.51],
    "spring/linear": [0.5, 0.52, 0.49, 0.51],
}
MEASURED = [Measured(reading=None, value=9.0, text="typed by hand", verdict="reproduced")]


def trained(**changes):
    """How the claims are measured; a control that fails."""
    common = {
        "of": ["spring/hnn"],
        "metric": {"": "slope"},
        "seeds": 4,
        "needed": 4,
        "arguments": ARGUMENTS,
        "minutes": dict.fromkeys(ARGUMENTS, 0.5),
        "margin": 0.05,
        "control": "spring/linear",
        "novel": True,
    }
    return TrainedRecord(**{**common, **changes})


def claims():
    """An empirical claim, one with two readings, a quotient, an order, and one that nobody has run."""
    target = TargetRecord(printed="2.0", source="paper", runs=1, plus_minus="0.1", spans="seeds")
    readings = {"paper": "energy", "notebook": "slope"}
    quotient = {"per": "spring/baseline", "margin": 0.1}
    order = {"of": ["spring/hnn", "spring/baseline"], "margin": None, "control": ""}
    unseen = {"of": ["spring/new"], "arguments": {**ARGUMENTS, "spring/new": {"model": "new"}}, "control": ""}
    found = [
        ("slope", "empirical", target, {"headline": True, "data": "spring"}, trained()),
        (
            "energy",
            "empirical",
            TargetRecord(printed="2.00", runs=3),
            {"under": "mean-or-sum"},
            trained(metric=readings),
        ),
        ("quotient", "empirical", TargetRecord(printed="1.3"), {}, trained(**quotient)),
        ("hnn-before-baseline", "order", TargetRecord(printed="hnn > baseline"), {}, trained(**order)),
        ("not-yet", "order", TargetRecord(printed="new > hnn"), {}, trained(**{**unseen, "margin": None})),
    ]
    return [
        ClaimRecord(
            id=id,
            kind=kind,
            locator="Tab. 2",
            text=f"the {id}",
            target=published,
            margin="0.05: the digits printed",
            seeds=4,
            place="claims.py:4",
            measured=MEASURED,
            trained=how,
            verdict="reproduced",
            **more,
        )
        for id, kind, published, more, how in found
    ]


def record(entry, *, values=VALUES, failed=(), curves=None):
    """Write runs of every variant and seed as evidence; ``failed`` names variant and seed of those that ended in an error."""
    modules = {f"{entry.module}.shrink": digests.of_file(entry.package / "shrink.py")}
    for variant, numbers in values.items():
        name = variant.partition("/")[2]
        for seed, value in enumerate(numbers):
            id = f"{name}/{seed}/1"
            common = {"attempt": id, "ended": f"2026-03-04T05:06:0{seed}+00:00", "seconds": 75.0}
            attempted = Attempted(
                id=id,
                variant=name,
                seed=seed,
                arguments=ARGUMENTS[variant],
                modules=modules,
                started="2026-03-04T05:00:00+00:00",
                command="ectype reproduce specimen",
            )
            metrics = {"slope": value, "energy": value / 2}
            drawn = curves(variant, seed) if curves else {"slope": ([10, 20, 30], [value / 4, value / 2, value])}
            end = Completed(**common, metrics=metrics, modules=modules, where=WHERE, curves=drawn)
            if (variant, seed) in failed:
                end = Failed(**common, reason="it did not converge")
            evidence.append(entry.root, entry.slug, "spring", attempted)
            evidence.append(entry.root, entry.slug, "spring", end)


def write(folder, *, slug="specimen", change=lambda result: result, recorded=True, **options):
    """Write the package, its evidence and a result in which every verdict was typed by hand; return its entry."""
    readme = specimen.README.replace("ectype_specimen", f"ectype_{slug}")
    entry = specimen.write(folder, slug=slug, readme=readme)
    if recorded:
        record(entry, **options)
    result = specimen.result(entry)
    kept = [claim for claim in result.claims if claim.kind != "empirical"]
    made = msgspec.structs.replace(result, claims=[*kept, *claims()], evidence=evidence_of(entry))
    results.write(folder, change(made))
    return entry


def publication(folder, **options):
    """Return what is known about the package."""
    entry = write(folder, **options)
    return gather(entry, folder, Tree([entry]))


def spread(variant, seed):
    """Losses that span five decades, with a seed that gives no number at one step."""
    steps = list(range(1, 401))
    values = [10.0 ** (-5 * step / 400) * (1 + seed / 10) for step in steps]
    gap = [
        None if (variant, seed, step) == ("spring/linear", 0, 200) else v for step, v in zip(steps, values, strict=True)
    ]
    return {"test_loss": (steps, gap), "once": ([1], [1.0]), "never": ([1, 2], [None, None]), "slope": (steps, values)}


def mean(values):
    """The mean, in another way than the harness takes it."""
    return math.fsum(values) / len(values)
