"""Makes many small papers: real packages with headers, code, declarations, analyses, ledgers, and a result each.

The first is verified and accepted by the harness; the others are its copies under other names, with digests and
fingerprints of their own, so that every one of them is fresh.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
from ectype import digests, plugins, results
from ectype.fingerprint import Fingerprints, built_on
from ectype.plugins import Entry

FIRST = "paper-0000"

HEADER = '''"""Implementation of: A Focal Loss of Its Own, Number NUMBER
Authors: Ada Author, Bo de Bruin, Chen NUMBER
Paper: https://arxiv.org/abs/1708.02002v2
Official code: https://github.com/facebookresearch/Detectron

This implementation covers:
- [x] Focal loss (Section 3.2, Eq. 4)
- [ ] RetinaNet (Section 4): needs COCO

Known differences from paper:
- None

Reproduction status:
- Dataset: COCO (AP, gamma 2) - not attempted vs 34.0 [not attempted]
"""

from PACKAGE.focal_loss import focal_loss

__all__ = ["focal_loss"]
'''

CODE = '''"""Focal loss (section 3.2)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def focal_loss(logits: Float[Tensor, "*n"], targets: Float[Tensor, "*n"], gamma: float = 2.0) -> Float[Tensor, "*n"]:
    r"""Cross entropy of binary targets, turned down where the prediction is right already.

    $$\\\\mathrm{FL}(p_t) = -(1 - p_t)^\\\\gamma \\\\log(p_t)$$

    Args:
        logits: log-odds of the target being 1.
        targets: 0 or 1.
        gamma: how much easy examples are turned down.

    Returns:
        The loss of each element.

    Raises:
        ValueError: if gamma is negative.

    Source: section 3.2, Eq. 4.
    """
    if gamma < 0:
        raise ValueError(f"gamma must be at least 0; received {gamma}")
    # Sec. 3.2: p_t is the probability of the true class
    log_p = -F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    # Eq. 4: FL(p_t) = -(1 - p_t)^gamma log(p_t)
    return -((1 - log_p.exp()) ** gamma) * log_p
'''.replace("\\\\", "\\")

CLAIMS = '''"""What is verified."""

import math

import torch
import torch.nn.functional as F
from ectype import Paper

from PACKAGE.focal_loss import focal_loss

paper = Paper(__package__, equations=5, tables=3)


@paper.component("layer", of=focal_loss, settings=[{"gamma": 1.0}, {"gamma": 2.0}])
def draw(rng, batch=3, anchors=7):
    logits = 4 * torch.randn(batch, anchors, generator=rng, dtype=torch.float64)
    return logits, (torch.rand(batch, anchors, generator=rng) < 0.3).to(logits)


@paper.equation("Eq. 4", of=focal_loss, elementwise=True)
def oracle(x, y, gamma):
    p = 1 / (1 + math.exp(-x))
    p_t = p if y == 1 else 1 - p
    return -((1 - p_t) ** gamma) * math.log(p_t)


@paper.property("Sec. 3.2", "with gamma 0 it is the cross entropy")
def cross_entropy(rng):
    logits, targets = draw.draw(rng)
    return focal_loss(logits, targets, 0.0), F.binary_cross_entropy_with_logits(logits, targets, reduction="none")


@paper.claim("Sec. 3.2", "gamma divides the loss at p_t 0.9 by", printed={"two": "100", "one": "10"})
def easy(row):
    x = torch.tensor(math.log(9), dtype=torch.float64)
    gamma = {"two": 2.0, "one": 1.0}[row]
    return float(focal_loss(x, torch.ones_like(x), 0.0) / focal_loss(x, torch.ones_like(x), gamma))


paper.not_attempted(
    "Tab. 1b", "AP, gamma 2", printed="34.0", because="needs COCO and 8 GPUs", data="COCO", headline=True
)

normaliser = paper.disagreement(
    "normaliser",
    "The paper divides the sum over all anchors by the number of anchors assigned to an object; a library by all.",
    at="Sec. 3.2",
    follow="paper",
)


@normaliser.reading("paper", source="Sec. 3.2")
def by_assigned(losses, targets):
    return losses.sum() / targets.sum()


@normaliser.reading("library", source="reduction='mean'")
def by_all(losses, targets):
    return losses.mean()


@normaliser.measure("loss of 1,000 anchors of which 10 are assigned")
def loss(reading):
    targets = torch.zeros(1000, dtype=torch.float64)
    targets[:10] = 1
    return float(reading(focal_loss(torch.zeros_like(targets), targets), targets))
'''

README = r"""# A focal loss

## Core contribution
A factor in front of the cross entropy, $(1 - p_t)^\gamma$, that turns down the loss of examples that are classified well.

## Architecture
Not applicable: a loss has no architecture of its own.

## Training procedure
Not applicable: only the loss is in scope here.

## Evaluation protocol
Not applicable: the detection results are not attempted.

## Gaps
The paper does not say at which precision the factor is computed, nor how logits of large size are treated.

## References consulted
| kind | link | licence | used for |
| --- | --- | --- | --- |
| official | https://github.com/facebookresearch/Detectron | Apache-2.0 | behaviour |
"""


def generate(root: Path, count: int) -> None:
    """Write packages below a folder, with a result each.

    Args:
        root: an empty folder.
        count: how many papers.
    """
    (root / "pyproject.toml").write_text("[tool.uv.workspace]\nmembers = []\n", encoding="utf-8")
    slugs = [f"paper-{number:04d}" for number in range(count)]
    for slug in slugs:
        _package(root / "packages" / slug, slug)
    _ectype(root, "verify", FIRST)
    _ectype(root, "accept", FIRST, "-m", "the first of many")
    _ectype(root, "verify", FIRST)
    _copies(root, slugs)


def sources(root: Path) -> list[str]:
    """Return the folders that installing the packages would put on the path."""
    return [str(folder) for folder in sorted((root / "packages").glob("*/src"))]


def _package(folder: Path, slug: str) -> None:
    package = slug.replace("-", "_")
    module = f"ectype_{package}"
    number = slug.partition("-")[2]
    code, info = folder / "src" / module, folder / "src" / f"{module}-0.1.dist-info"
    code.mkdir(parents=True)
    info.mkdir()
    before = f"Requires-Dist: ectype-paper-{int(number) - 1:04d}\n" if int(number) % 10 in (1, 2, 3) else ""
    texts = {
        folder / "pyproject.toml": f'[project]\nname = "ectype-{slug}"\n',
        folder / "README.md": README,
        code / "__init__.py": HEADER,
        code / "focal_loss.py": CODE,
        code / "claims.py": CLAIMS,
        info / "METADATA": f"Metadata-Version: 2.1\nName: ectype-{slug}\nVersion: 0.1\n{before}",
        info / "entry_points.txt": f"[ectype.papers]\n{slug} = {module}.claims:paper\n",
    }
    for path, text in texts.items():
        path.write_text(text.replace("PACKAGE", module).replace("NUMBER", number), encoding="utf-8")


def _ectype(root: Path, *arguments: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(root / "packages" / FIRST / "src")}
    command = [sys.executable, "-m", "ectype.cli", *arguments]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"ectype {' '.join(arguments)} returned {done.returncode}: {done.stderr.strip()}")


def _copies(root: Path, slugs: list[str]) -> None:
    """Give every paper the result and the ledger of the first, in its own name and with its own digests."""
    sys.path += sources(root)
    entries = {entry.slug: entry for entry in plugins.discover() if entry.slug in slugs}
    state = Fingerprints(entries.values())
    found = results.path(root / ".ectype", FIRST).read_text(encoding="utf-8")
    ledger = (root / "packages" / FIRST / "ledger.toml").read_text(encoding="utf-8")
    for slug, entry in entries.items():
        (root / "packages" / slug / "ledger.toml").write_text(ledger, encoding="utf-8")
        own = found.replace(FIRST, slug).replace(FIRST.replace("-", "_"), slug.replace("-", "_"))
        made = results.decode(own.encode(), file=slug)
        modules = {name: _digest(entry, name) or recorded for name, recorded in made.modules.items()}
        made = msgspec.structs.replace(made, modules=modules)
        results.write(root / ".ectype", msgspec.structs.replace(made, inputs=state.of(entry, built_on(made))))


def _digest(entry: Entry, module: str) -> str:
    """Return the digest of a module of a package, or an empty text for another's."""
    if entry.package is None or module.partition(".")[0] != entry.module:
        return ""
    name = module.partition(".")[2] or "__init__"
    return digests.of_file(entry.package / f"{name}.py")
