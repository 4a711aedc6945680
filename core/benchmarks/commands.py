"""Times the commands of the harness: `nox -s bench`. Prints medians of wall time in seconds beside what is aimed at."""

import statistics
import subprocess
import sys
import time

AIMS = {
    ("--help",): 0.3,
    ("list",): 0.3,
    ("status",): 0.3,
    ("show", "transformer"): 0.3,
    ("verify",): 2.0,
    ("verify", "transformer", "--fresh"): 20.0,
}
"""Commands, each with the seconds it may take on two cores; `verify` runs after everything is verified."""


def seconds(command: tuple[str, ...]) -> float:
    """Return the wall time of one run of `ectype` with these arguments.

    Raises:
        RuntimeError: if the command could not run; a verdict that is not accepted (status 1) is no reason.
    """
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "ectype.cli", *command], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"ectype {' '.join(command)} returned {done.returncode}: {done.stderr.strip()}")
    return time.perf_counter() - started


def main() -> None:
    """Verify once so that results are there, then time every command."""
    seconds(("verify",))
    for command, aim in AIMS.items():
        repeats = 1 if aim > 5 else 5
        median = statistics.median(seconds(command) for _ in range(repeats))
        print(f"{'ok  ' if median <= aim else 'slow'} {median:7.2f} s  (aim {aim:g} s)  ectype {' '.join(command)}")


if __name__ == "__main__":
    main()
