"""A throw-away workspace with small paper packages, and the command line run in it as a user would."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HEADER = '''"""Implementation of: Focal Loss for Dense Object Detection
Authors: Tsung-Yi Lin, Priya Goyal
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
'''

CODE = '''"""Focal loss."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def focal_loss(logits: Float[Tensor, "*n"], targets: Float[Tensor, "*n"], gamma: float = 2.0) -> Float[Tensor, "*n"]:
    """Focal loss of binary targets.

    Raises:
        ValueError: if gamma is negative.
    """
    if gamma < 0:
        raise ValueError(f"gamma must be at least 0; received {gamma}")
    # Sec. 3.2: p_t is the probability of the true class.
    log_p = -F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    # Eq. 4: FL(p_t) = -(1 - p_t)^gamma log(p_t)
    return -((1 - log_p.exp()) ** gamma) * log_p
'''

CLAIMS = """import math

import torch
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


@paper.claim("Sec. 3.2", "gamma 2 divides the loss at p_t 0.9 by 100", printed="100")
def easy():
    x = torch.tensor(math.log(9), dtype=torch.float64)
    return float(focal_loss(x, torch.ones_like(x), 0.0) / focal_loss(x, torch.ones_like(x), 2.0))


paper.not_attempted(
    "Tab. 1b", "AP, gamma 2", printed="34.0", because="needs COCO and 8 GPUs", data="COCO", headline=True
)
"""

README = """# Focal loss

## Core contribution
A factor in front of the cross entropy that turns down the loss of examples that are already classified well.

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


@dataclass
class Workspace:
    """A folder with packages that are found through PYTHONPATH as installed ones are."""

    root: Path
    sources: list[Path] = field(default_factory=list)

    def paper(
        self, slug: str = "focal", *, package: str = "", distribution: str = "", value: str = "", **files: str
    ) -> Path:
        """Add a package; ``files`` replaces files of the import package (``claims=...``), README or ledger."""
        package = package or f"ectype_{slug.replace('-', '_')}"
        distribution = distribution or f"ectype-{slug}"
        folder = self.root / "packages" / distribution
        source = folder / "src"
        texts = {"__init__": HEADER, "focal_loss": CODE, "claims": CLAIMS, **files}
        (source / package).mkdir(parents=True, exist_ok=True)
        (folder / "pyproject.toml").write_text(f'[project]\nname = "{distribution}"\n', encoding="utf-8")
        (folder / "README.md").write_text(texts.pop("readme", README), encoding="utf-8")
        for name, text in texts.items():
            (source / package / f"{name}.py").write_text(text.replace("PACKAGE", package), encoding="utf-8")
        self.register(source, slug, value or f"{package}.claims:paper", distribution)
        return folder

    def register(self, source: Path, slug: str, value: str, distribution: str, group: str = "ectype.papers") -> None:
        """Write what an installer would write for one entry point."""
        info = source / f"{distribution.replace('-', '_')}-0.1.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0.1\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{group}]\n{slug} = {value}\n", encoding="utf-8")
        if source not in self.sources:
            self.sources.append(source)

    def run(self, *arguments: str, columns: int = 200) -> subprocess.CompletedProcess[str]:
        """Run ``ectype`` in the workspace, in a terminal of that width."""
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, self.sources)), "COLUMNS": str(columns)}
        return subprocess.run(
            [sys.executable, "-m", "ectype.cli", *arguments],
            cwd=self.root,
            env=env,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def verify(self, *arguments: str) -> tuple[int, dict[str, dict]]:
        """Run ``ectype verify --json`` and return the exit status and the papers by slug."""
        done = self.run("verify", "--json", *arguments)
        assert done.stdout, done.stderr
        return done.returncode, {paper["slug"]: paper for paper in json.loads(done.stdout)["papers"]}

    def accept(self, *slugs: str) -> None:
        """Verify and accept, as a contributor does."""
        self.run("verify", *slugs)
        done = self.run("accept", *slugs, "-m", "for the test")
        assert done.returncode == 0, done.stderr


def make_workspace(folder: Path) -> Workspace:
    root = folder / "a wörkspace"
    root.mkdir()
    (root / "pyproject.toml").write_text("[tool.uv.workspace]\nmembers = []\n", encoding="utf-8")
    return Workspace(root)
