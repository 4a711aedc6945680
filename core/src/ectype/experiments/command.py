"""The commands about experiments: ``ectype reproduce | power | audit``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ectype.errors import UsageError

if TYPE_CHECKING:
    from ectype.experiments.executors import Executor
    from ectype.experiments.reproduce import Reproduction
    from ectype.results import ClaimRecord

_UNITS = {"": 60, "s": 1, "m": 60, "h": 3600}


def add(adder: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the command line.

    Args:
        adder: makes a command: ``adder(name, function, text, papers="")``.
    """
    reproduce = adder("reproduce", run, "run what trained claims of a paper still need, and judge them", papers="")
    _claims(reproduce)
    reproduce.add_argument("--dry-run", action="store_true", help="show what would be run and what it costs")
    reproduce.add_argument("--seeds", type=_count, metavar="N", help="seeds 0 to N-1 (default: as each claim declares)")
    reproduce.add_argument(
        "--device", default="cpu", metavar="DEVICE", help="where to compute, as torch names it (cpu)"
    )
    reproduce.add_argument("--budget", type=_seconds, metavar="10m", help="only claims that fit: 90s, 10m, 2h")
    reproduce.add_argument("--jobs", type=_count, metavar="N", help="runs at a time (default: one a core)")
    reproduce.add_argument("--executor", choices=["local", "ray"], default="local", help="where runs go on (local)")
    reproduce.add_argument("--address", default="auto", metavar="ADDRESS", help="of the Ray cluster (auto)")
    power = adder("power", needed, "say how many runs a claim needs for its margin", papers="")
    _claims(power)
    power.add_argument("--wanted", type=float, default=0.8, metavar="P", help="probability of a verdict (0.8)")
    audit = adder("audit", again, "do recorded runs again and report what no longer comes out", papers="")
    _claims(audit)
    audit.add_argument("--sample", type=_count, default=3, metavar="N", help="how many runs, at random (3)")
    audit.add_argument("--all", action="store_true", help="every run")
    audit.add_argument("--seed", type=int, metavar="N", help="of the choice (default: cannot be foreseen)")
    audit.add_argument("--jobs", type=_count, metavar="N", help="runs at a time (default: one a core)")


def run(arguments: argparse.Namespace) -> int:
    """Reproduce claims: 0 if every run ended, 1 if one failed or a verdict is not the accepted one."""
    from ectype import report, workers
    from ectype.experiments import display

    console = report.console(quiet=arguments.json)
    paper = _paper(arguments)
    processes = arguments.jobs or workers.cores()
    plan = paper.plan(arguments.claims, processes=processes, seeds=arguments.seeds, budget=arguments.budget)
    display.show_plan(plan, console)
    if arguments.dry_run:
        if arguments.json:
            runs = [{"variant": r.variant, "seed": r.seed, "seconds": r.seconds} for r in plan.runs]
            left = [claim.id for claim in plan.left_out]
            print(json.dumps({"runs": runs, "seconds": plan.seconds, "left_out": left}, indent=1))
        return 0
    paper.registered(plan.claims)
    _check_needs(paper, plan.claims)
    jobs = paper.jobs(plan.runs, device=arguments.device)
    ended = []
    try:
        with display.Board(plan, console) as board:
            for end in _executor(arguments, paper, processes).run(jobs, on_progress=board.advance):
                ended.append(end)
                board.end(end)
    except KeyboardInterrupt:
        print(
            f"ectype: interrupted; {len(jobs) - len(ended)} runs go on where they were with the same command",
            file=sys.stderr,
        )
        return 130
    claims = paper.claims([claim.id for claim in plan.claims])
    if arguments.json:
        print(json.dumps([_judged(claim) for claim in claims], indent=1, ensure_ascii=False))
    else:
        display.show_verdicts(claims, console)
    return max(_status(paper, claims), int(any(end.state in ("failed", "lost") for end in ended)))


def needed(arguments: argparse.Namespace) -> int:
    """Say how many runs claims need for their margins."""
    from ectype.statistics import power, runs_needed

    if not 0.5 <= arguments.wanted < 1:
        raise UsageError(f"--wanted must be a probability from 0.5 to below 1; received {arguments.wanted}")
    rows = []
    for claim in _paper(arguments).claims(arguments.claims):
        trained = claim.trained
        assert trained is not None
        row: dict[str, Any] = {"claim": claim.id, "seeds": trained.seeds, "margin": trained.margin, "sd": trained.sd}
        if trained.sd is not None and trained.margin is not None:
            row["needed"] = runs_needed(trained.sd, trained.margin, wanted=arguments.wanted)
            row["power"] = round(power(trained.seeds, trained.sd, trained.margin), 3)
        rows.append(row)
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return 0
    for row in rows:
        if "needed" in row:
            said = (
                f"sd {row['sd']:g}, margin {row['margin']:g}: {row['needed']} runs for a power of {arguments.wanted:g}"
            )
            print(f"{row['claim']}: {said}; declared {row['seeds']}, power {row['power']:g}")
        elif row["margin"] is None:
            print(f"{row['claim']}: an order has no margin; declared {row['seeds']} runs of each")
        else:
            print(f"{row['claim']}: no sd= is declared, so nothing is known beforehand; declared {row['seeds']} runs")
    return 0


def again(arguments: argparse.Namespace) -> int:
    """Audit recorded runs: 0 if all come out, 1 if one does not, 2 if there is none."""
    from ectype import workers
    from ectype.experiments.audit import audit, sample

    paper = _paper(arguments)
    claims = paper.claims(arguments.claims)
    runs = sample(paper, claims, None if arguments.all else arguments.sample, arguments.seed)
    if not runs:
        raise UsageError(
            f"there must be recorded runs of {arguments.paper} to audit; received none. Run `ectype reproduce {arguments.paper}`"
        )
    found = []
    for item in audit(paper, claims, runs, processes=arguments.jobs or workers.cores()):
        found.append(item)
        if not arguments.json:
            print(f"[{len(found)}/{len(runs)}] {item.variant} seed {item.seed}: {item.found}: {item.text}", flush=True)
    if arguments.json:
        names = ("variant", "seed", "found", "text")
        print(json.dumps([{name: getattr(item, name) for name in names} for item in found], indent=1))
    return int(any(item.found in ("differs", "failed") for item in found))


def _claims(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paper", metavar="PAPER")
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help="ids, or their beginnings (default: all)")


def _paper(arguments: argparse.Namespace) -> Reproduction:
    from ectype.experiments.reproduce import open_paper
    from ectype.verify import select
    from ectype.workspace import results_folder

    (entry,) = select([arguments.paper])
    if entry.problem:
        raise UsageError(f"{entry.slug}: {entry.problem}")
    return open_paper(entry, results_folder() / "runs")


def _executor(arguments: argparse.Namespace, paper: Reproduction, processes: int) -> Executor:
    if arguments.executor == "ray":
        from ectype.experiments.executors.ray import Ray

        gpus = int(arguments.device.startswith("cuda"))
        return Ray(arguments.address, paper.declared.modules, paper.arguments(), gpus=gpus)
    from ectype.experiments.executors.local import Local

    return Local(processes)


def _check_needs(paper: Reproduction, claims: Sequence[ClaimRecord]) -> None:
    from ectype.needs import require

    used = {name.partition("/")[0] for claim in claims if claim.trained for name in claim.trained.arguments}
    for experiment in sorted(used):
        for module in paper.declared.needs[experiment]:
            require(module, paper.entry.distribution)


def _status(paper: Reproduction, claims: Sequence[ClaimRecord]) -> int:
    """Return 1 if a verdict is an error, or not the one that was accepted after an earlier reproduction."""
    from ectype import ledger

    accepted = ledger.read(paper.root)
    pinned = accepted.claims if accepted else {}
    worse = False
    for claim in claims:
        before = pinned[claim.id].verdict if claim.id in pinned else "not run"
        worse = worse or claim.verdict == "error" or before not in ("not run", claim.verdict)
    return int(worse)


def _judged(claim: ClaimRecord) -> dict[str, Any]:
    import msgspec

    from ectype.claims import explain

    plain = msgspec.to_builtins(claim)
    return {name: plain[name] for name in ("id", "verdict", "measured", "evidence")} | {"text": explain(claim)}


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1; received {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smh]?)", text)
    if not found or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"must be a time such as 90s, 10m or 2h; received {text!r}")
    return float(found[1]) * _UNITS[found[2]]
