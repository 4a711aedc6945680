"""The command line: ``ectype list | show | verify | status | doctor | faults | reproduce | power | audit | sync | ...``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ectype.errors import EctypeError, UsageError
from ectype.experiments import command as experiments
from ectype.exports import command as exports
from ectype.scaffold import command as scaffold
from ectype.watching import command as watching

if TYPE_CHECKING:
    from ectype.plugins import Entry

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    0: everything asked for ran and nothing is worse than accepted; 1: something failed or a verdict is not the accepted
    one; 2: the command or the environment is wrong, or nothing ran.
    """
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except EctypeError as error:
        print(f"ectype: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("ectype: interrupted; results that were finished are kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ectype", description="Verifies implementations of research papers.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Command, text: str, *, papers: str = "*") -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=command)
        if papers:
            made.add_argument("papers" if papers == "*" else "paper", nargs=papers or None, metavar="PAPER")
        made.add_argument("--json", action="store_true", help="print JSON instead of text")
        return made

    listed = add("list", _list, "list the papers that are installed", papers="")
    _add_changed(listed)
    shown = add("show", _show, "show one paper: header, claims, equations, findings", papers="")
    shown.add_argument("paper", metavar="PAPER")
    verify = add("verify", _verify, "run every check of papers and compare with what was accepted")
    verify.add_argument("--only", action="append", default=[], metavar="ID", help="a check, or the beginning of its id")
    _add_changed(verify)
    verify.add_argument("--deep", action="store_true", help="also run what takes longer than seconds")
    verify.add_argument("--fresh", action="store_true", help="run again also where nothing changed")
    verify.add_argument("--strict", action="store_true", help="fail on warnings too")
    verify.add_argument("--jobs", type=_positive, metavar="N", help="papers at a time (default: one a core)")
    verify.add_argument("--timeout", type=_positive, default=600, metavar="SECONDS", help="for each paper (600)")
    verify.add_argument("--memory", type=_positive, default=8192, metavar="MIB", help="for each paper (8192)")
    verify.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write a report: junit, json, or a plugin's",
    )
    status = add("status", _status, "show what was verified and whether it is still fresh")
    status.add_argument("--strict", action="store_true", help="fail on stale results and other warnings too")
    add("doctor", _doctor, "check that this environment can verify papers", papers="")
    sync = add("sync", _sync, "write the measured reproduction status into headers")
    sync.add_argument("--check", action="store_true", help="write nothing; fail if something would change")
    faults = add("faults", _faults, "plant faults in a paper's code and count how many its checks catch", papers="")
    faults.add_argument("paper", metavar="PAPER")
    faults.add_argument("--only", action="append", default=[], metavar="MODULE", help="only faults of this module")
    faults.add_argument("--jobs", type=_positive, metavar="N", help="faults at a time (default: one a core)")
    faults.add_argument(
        "--equivalent", action="append", default=[], metavar="ID", help="accept a survivor, with the reason in -m"
    )
    faults.add_argument("-m", "--message", default="", metavar="WHY", help="the reason, kept in the ledger")
    experiments.add(add)
    exports.add(add)
    scaffold.add(add)
    watching.add(add)
    site = add("site", _site, "write the pages of the documentation site from what was verified", papers="")
    site.add_argument("--docs", type=Path, metavar="FOLDER", help="where to (default: docs/ of the workspace)")
    accept = add("accept", _accept, "accept what was verified into the ledger")
    accept.add_argument("-m", "--message", required=True, metavar="WHY", help="the reason, kept in the history")
    return parser


def _add_changed(parser: argparse.ArgumentParser) -> None:
    text = "only papers that changed since this revision of git, and those that build on them"
    parser.add_argument("--changed", metavar="REVISION", help=text)


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1; received {text!r}")
    return value


def _list(arguments: argparse.Namespace) -> int:
    from ectype import header
    from ectype.errors import HeaderError
    from ectype.plugins import discover

    rows, entries = [], discover()
    installed = bool(entries)
    if arguments.changed is not None:
        from ectype.changed import changed_papers

        entries = changed_papers(arguments.changed, entries)
    for entry in entries:
        title, problem = "", entry.problem
        if entry.package is not None:
            try:
                title = header.read(entry.package / "__init__.py").title
            except HeaderError as error:
                problem = problem or str(error)
        rows.append(
            {
                "slug": entry.slug,
                "title": title,
                "distribution": entry.distribution,
                "version": entry.version,
                "problem": problem,
            }
        )
    if arguments.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        width = max((len(row["slug"]) for row in rows), default=0)
        for row in rows:
            print(f"{row['slug']:{width}}  {row['title'] or '(no header)'}")
            if row["problem"]:
                print(f"{'':{width}}  problem: {row['problem']}")
        if not installed:
            print("no paper is installed; run `uv sync --all-packages --all-extras`", file=sys.stderr)
    return 0 if installed else 2


def _verify(arguments: argparse.Namespace) -> int:
    from ectype import report
    from ectype.files import write_atomically
    from ectype.judge import exit_status
    from ectype.verify import select, verify
    from ectype.workers import Limits
    from ectype.workspace import results_folder

    formats = _formats(arguments.report)
    entries = select(arguments.papers)
    if arguments.changed is not None:
        from ectype.changed import changed_papers

        if not (entries := changed_papers(arguments.changed, entries)):
            print(f"no paper changed since {arguments.changed}", file=sys.stderr)
            return 0
    folder = results_folder()
    found = verify(
        entries,
        folder=folder,
        only=arguments.only,
        deep=arguments.deep,
        fresh=arguments.fresh,
        jobs=arguments.jobs,
        limits=Limits(seconds=arguments.timeout, memory=arguments.memory * 2**20),
        progress=_progress(len(entries), quiet=arguments.json),
    )
    judged = _judged(entries, [item.result for item in found])
    notes = {i.result.slug: f"unchanged, verified on {report.age(i.result.started)}" for i in found if not i.now}
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.only:
        write_atomically(folder / "junit.xml", report.junit(judged))
    for render, path in formats:
        write_atomically(path, render(judged))
    if arguments.json:
        sys.stdout.write(report.as_json(judged).decode())
    else:
        console = report.console()
        report.table(judged, console, notes=notes)
        report.attention(judged, console)
        console.print(f"\n{report.summary(judged)}", highlight=False)
    return max(exit_status(items, strict=arguments.strict) for _, items in judged)


def _formats(asked: Sequence[str]) -> list[tuple[Callable[[Any], bytes], Path]]:
    if not asked:
        return []
    from ectype.plugins import manager

    known = {made.name: made.render for found in manager().hook.ectype_report_formats() for made in found}
    chosen = []
    for text in asked:
        name, equals, path = text.partition("=")
        if not (equals and path and name in known):
            raise UsageError(
                f"--report must be FORMAT=FILE with a format of {', '.join(sorted(known))}; received {text!r}"
            )
        if not Path(path).parent.is_dir():
            raise UsageError(f"--report must name a file in a folder that exists; received {text!r}")
        chosen.append((known[name], Path(path)))
    return chosen


def _judged(entries: Sequence[Entry], found: Sequence[Any]) -> list[Any]:
    from ectype.judge import judge_as_accepted

    roots = {entry.slug: entry.root for entry in entries}
    return [(result, judge_as_accepted(result, roots.get(result.slug))) for result in found]


def _status(arguments: argparse.Namespace) -> int:
    from ectype import report, results
    from ectype.errors import ResultError
    from ectype.freshness import Tree
    from ectype.judge import exit_status
    from ectype.plugins import discover
    from ectype.verify import select
    from ectype.workspace import results_folder

    entries, folder, tree = select(arguments.papers), results_folder(), Tree(discover())
    judged, notes, rows, warned, unreadable = [], {}, [], False, False
    for entry in entries:
        try:
            result = results.read(folder, entry.slug)
            reason = "not verified here" if result is None else tree.stale(result)
        except ResultError as error:
            result, reason, unreadable = None, str(error), True
        warned = warned or bool(reason)
        rows.append({"slug": entry.slug, "verified": result.started if result else None, "stale": reason})
        if result is not None:
            judged += _judged([entry], [result])
            notes[entry.slug] = "stale" if reason else report.age(result.started)
    if arguments.json:
        marks = {r.slug: {m.name: report.mark_text(m) for m in r.marks} for r, _ in judged}
        print(json.dumps([{**row, "marks": marks.get(row["slug"], {})} for row in rows], indent=1, ensure_ascii=False))
    else:
        console = report.console()
        if judged:
            report.table(judged, console, notes=notes)
        for row in rows:
            if row["stale"]:
                console.print(f"{row['slug']}: {row['stale']}", highlight=False, markup=False)
    failed = max((exit_status(found, strict=arguments.strict) for _, found in judged), default=0)
    return failed or int(unreadable or (arguments.strict and warned))


def _show(arguments: argparse.Namespace) -> int:
    from ectype import header, report, results
    from ectype.claims import explain
    from ectype.progress import progress
    from ectype.verify import select
    from ectype.workspace import results_folder

    (entry,) = select([arguments.paper])
    result = results.read(results_folder(), entry.slug)
    if arguments.json:
        if result is None:
            raise UsageError(f"{entry.slug} was not verified here: run `ectype verify {entry.slug}`")
        sys.stdout.write(results.encode(result).decode())
        return 0
    if entry.package is None:
        raise UsageError(f"{entry.slug}: {entry.problem}")
    print(header.render(header.read(entry.package / "__init__.py")).rstrip())
    if result is None:
        print(f"\nnot verified here: run `ectype verify {entry.slug}`")
        return 0
    print("\nMarks: " + ", ".join(f"{mark.name} {report.mark_text(mark)}" for mark in result.marks))
    if (far := progress(result)) is not None:
        print(f"Finished: {far.summary}")
        print("\n".join(["\nNext steps:", *far.lines()]) if far.due else "\nNext steps: none")
    for title, lines in {
        "Claims": [f"[{c.verdict}] {c.locator} {c.text}: {explain(c)}" for c in result.claims],
        "Findings": [f"{d.at} {d.id}: {d.text}" for d in result.disagreements],
    }.items():
        print(f"\n{title}:" + "".join(f"\n- {line}" for line in lines) if lines else f"\n{title}: none")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from ectype.doctor import examine

    found = examine()
    if arguments.json:
        print(json.dumps([{"what": w, "ok": ok, "says": says} for w, ok, says in found], indent=1, ensure_ascii=False))
    else:
        for what, ok, says in found:
            print(f"{'ok     ' if ok else 'problem'}  {what}: {says}")
    return 0 if all(ok for _, ok, _ in found) else 2


def _sync(arguments: argparse.Namespace) -> int:
    from ectype import header
    from ectype.freshness import Tree
    from ectype.plugins import discover
    from ectype.reproduction import reproduction
    from ectype.trials import Trials

    changed, tree = [], Tree(discover())
    for entry, result in _whole_results(arguments.papers):
        assert entry.package is not None
        path = entry.package / "__init__.py"
        trials = Trials(entry.root, entry.slug, tree.changed)
        due = reproduction(trials.judged(claim) for claim in result.claims)
        differs = header.read(path).reproduction != due if arguments.check else header.replace_reproduction(path, due)
        if differs:
            changed.append(entry.slug)
    if arguments.json:
        print(json.dumps({"changed": changed, "written": not arguments.check}))
    else:
        verb = "would change" if arguments.check else "changed"
        print(f"{verb}: {', '.join(changed)}" if changed else "every header says what was measured")
    return int(bool(changed) and arguments.check)


def _faults(arguments: argparse.Namespace) -> int:
    from ectype.faults.command import faults

    return faults(arguments)


def _site(arguments: argparse.Namespace) -> int:
    from ectype import workspace
    from ectype.site.command import write

    written = write(arguments.docs or workspace.root() / "docs", results=workspace.results_folder())
    if arguments.json:
        print(
            json.dumps(
                {"written": len(written.changed), "removed": len(written.removed), "unchanged": len(written.unchanged)}
            )
        )
    else:
        print(
            f"{len(written.changed)} pages written, {len(written.removed)} removed, {len(written.unchanged)} unchanged"
        )
    return 0


def _accept(arguments: argparse.Namespace) -> int:
    from ectype import ledger
    from ectype.freshness import Tree
    from ectype.judge import is_skeleton
    from ectype.plugins import discover

    every, tree = {}, Tree(discover())
    chosen = _whole_results(arguments.papers)
    for entry, result in chosen:
        if reason := tree.stale(result):
            raise UsageError(f"{entry.slug}: {reason}. Run `ectype verify {entry.slug}`, then accept what it found")
        if entry.root is None:
            raise UsageError(f"{entry.slug}: its ledger stands in its source folder, which is not installed here")
        if is_skeleton(result, ledger.read(entry.root)):
            raise UsageError(
                f"{entry.slug}: a skeleton cannot be accepted; {len(result.unwritten)} places are unwritten. "
                f"`ectype show {entry.slug}` lists the next steps"
            )
    for entry, result in chosen:
        assert entry.root is not None
        every[entry.slug] = ledger.accept(entry.root, result, arguments.message)
    if arguments.json:
        print(json.dumps(every, indent=1, ensure_ascii=False))
    else:
        for slug, changes in every.items():
            print(f"{slug}:" if changes else f"{slug}: nothing to accept, the ledger says so already")
            for change in changes:
                print(f"  {change}")
    return 0


def _whole_results(slugs: Sequence[str]) -> list[tuple[Entry, Any]]:
    from ectype import results
    from ectype.verify import select
    from ectype.workspace import results_folder

    found = []
    for entry in select(slugs):
        result = results.read(results_folder(), entry.slug)
        if result is None or result.problem:
            reason = result.problem if result else "not verified here"
            raise UsageError(f"{entry.slug}: {reason}. Run `ectype verify {entry.slug}` first")
        found.append((entry, result))
    return found


def _progress(papers: int, *, quiet: bool) -> Callable[[str, dict[str, Any]], None] | None:
    """Return what shows progress on standard error: one line that is rewritten, on a terminal; nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        return None
    running: dict[str, str] = {}
    ended = 0

    def show(slug: str, event: dict[str, Any]) -> None:
        nonlocal ended
        if "ended" in event:
            ended += 1
            running.pop(slug, None)
        else:
            running[slug] = f"{slug} {event['done'] + 1}/{event['of']} {event['check']}"
        text = f"[{ended}/{papers}] " + "; ".join(running.values())
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
        sys.stderr.write(f"\r\x1b[K{text[: columns - 1]}" if ended < papers else "\r\x1b[K")
        sys.stderr.flush()

    return show


if __name__ == "__main__":
    sys.exit(main())
