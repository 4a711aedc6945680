"""Sessions: `nox -l` lists them. All share the environment that `uv run` uses."""

from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["verify", "tests", "lint", "docs"]


def run(session: nox.Session, *command: str) -> None:
    """Run a command in the workspace's environment, brought up to date first."""
    env = {"UV_PROJECT_ENVIRONMENT": ".venv", "UV_PYTHON": None, "VIRTUAL_ENV": None}
    session.run("uv", "run", "--all-packages", "--all-extras", *command, env=env, external=True)


@nox.session
def verify(session: nox.Session) -> None:
    """Verify all papers, or those named: `nox -s verify -- transformer --deep`."""
    run(session, "ectype", "verify", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests; arguments go to pytest, papers by name: `nox -s tests -- lora`, `-- --changed main`."""
    run(session, "pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site from what was verified; `nox -s docs -- serve` shows it."""
    run(session, "ectype", "site")
    run(session, "mkdocs", *(session.posargs or ["build", "--strict"]))


@nox.session
def lint(session: nox.Session) -> None:
    """Check format, style and types."""
    run(session, "ruff", "format", "--check", ".")
    run(session, "ruff", "check", ".")
    run(session, "mypy")


@nox.session
def lock(session: nox.Session) -> None:
    """Refresh the pinned versions in pyproject.toml."""
    run(session, "python", "core/pins.py")


@nox.session(default=False)
def isolated(session: nox.Session) -> None:
    """Verify and test each package, or those named, with only its declared dependencies installed."""
    where = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location, "ECTYPE_RESULTS": session.create_tmp()}
    env = {**where, "UV_PYTHON": None, "VIRTUAL_ENV": None}
    for slug in session.posargs or sorted(folder.name for folder in Path("packages").iterdir()):
        alone = ["uv", "run", "--exact", "--no-default-groups", "--package", f"ectype-{slug}"]
        session.run(*alone, "ectype", "verify", slug, env=env, external=True)
        tools = ["--with", "pytest", "--with", "pytest-timeout"]
        session.run(*alone, *tools, "pytest", f"packages/{slug}", env=env, external=True, success_codes=[0, 5])


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Plant faults in a paper's code and count how many its checks catch: `nox -s faults -- transformer`."""
    run(session, "ectype", "faults", *session.posargs)


@nox.session(default=False)
def new(session: nox.Session) -> None:
    """Begin a paper: `nox -s new -- my-paper --from paper.bib`."""
    run(session, "ectype", "new", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Time the commands of the harness, and the site of a growing number of papers."""
    run(session, "python", "core/benchmarks/commands.py")
    run(session, "python", "core/benchmarks/site.py")
