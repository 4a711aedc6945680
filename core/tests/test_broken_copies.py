"""A copy of a real paper package broken in each way: what `ectype verify` prints and returns for it.

The copy stands before the installed package on the path, so the command is the one that a contributor types.
"""

import shutil
from pathlib import Path

import pytest
from throwaway import make_workspace

PACKAGE = Path(__file__).parents[2] / "packages/transformer"
MODULE = "src/ectype_transformer"
HANG = "import time\nwhile True:\n    time.sleep(1)\n"


def replace(old, new):
    def change(text):
        assert text.count(old) >= 1, old
        return text.replace(old, new)

    return change


def before(line):
    return lambda text: line + text


BROKEN = {
    "bad header": ("__init__.py", replace("Authors: ", "Writers: "), "paper", "paper/header", "Writers:"),
    "hand-typed status": (
        "__init__.py",
        replace("- not attempted vs 27.3", "- 27.2 BLEU vs 27.3"),
        "paper",
        "paper/scope",
        "A status is never typed: run `ectype sync transformer`",
    ),
    "wrong scale in attention": (
        "attention.py",
        replace("/ math.sqrt(d_k)", "/ d_k"),
        "equation/eq-1",
        "equation/eq-1/scaled-dot-product-attention",
        "ours against the oracle of Eq. 1",
    ),
    "missing mask": (
        "attention.py",
        replace("logits.masked_fill(~mask, -math.inf)", "logits"),
        "reference/scaled-dot-product-attention",
        "reference/scaled-dot-product-attention/torch",
        "ours against torch",
    ),
    "wrong parameter count": (
        "transformer.py",
        replace("d_ff: int = 2048", "d_ff: int = 2304"),
        "claim",
        "claim/parameters-base",
        "two derivations of parameters-base must agree",
    ),
    "reference that disagrees": (
        "claims/stacks.py",
        replace("d_ff, batch_first=True), bias)", "d_ff, batch_first=True, norm_first=True), bias)"),
        "reference/encoder-layer",
        "reference/encoder-layer/torch",
        "values: value",
    ),
    "target edited towards our number": (
        "claims/cost.py",
        replace('"65"', '"63"'),
        "claim",
        "claim/parameters-base",
        "target is '63', the ledger has '65'",
    ),
    "plugin that raises on import": (
        "claims/__init__.py",
        before("raise RuntimeError('on purpose')\n"),
        "",
        "",
        "raised RuntimeError: on purpose",
    ),
    "plugin that hangs": ("claims/__init__.py", before(HANG), "", "", "still running after"),
}


@pytest.fixture
def copy(tmp_path):
    workspace = make_workspace(tmp_path)
    folder = workspace.root / "packages/transformer"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    workspace.register(folder / "src", "transformer", "ectype_transformer.claims:paper", "ectype-transformer")
    return workspace


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_copy_is_named_and_returns_1(copy, name):
    file, change, only, id, text = BROKEN[name]
    path = copy.root / "packages/transformer" / MODULE / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    arguments = ["--only", only] if only else ["--timeout", "20"]
    done = copy.run("verify", "transformer", *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    printed = " ".join(done.stdout.split())
    assert "x transformer" in printed
    assert f"failure transformer: {id}" in printed if id else "failure transformer" in printed
    assert text in printed
    assert f"again: ectype verify transformer{f' --only {id}' if id else ''}" in printed


def test_the_copy_itself_is_accepted(copy):
    done = copy.run("verify", "transformer", "--only", "paper", "--only", "claim")
    assert done.returncode == 0, done.stdout + done.stderr
