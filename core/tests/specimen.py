"""A paper with something in every section of its page: its package is written below a folder, its result made by hand."""

from pathlib import Path

from ectype import digests, results
from ectype.plugins import Entry
from ectype.results import (
    ClaimRecord,
    ComponentRecord,
    DisagreementRecord,
    Environment,
    EquationRecord,
    Mark,
    Measured,
    Outcome,
    PropertyRecord,
    ReadingRecord,
    ReferenceRecord,
    Result,
    Source,
    TargetRecord,
)

HEADER = '''"""Implementation of: Shrinkage in Wide Layers
Authors: Łucja Ångström, Bo de Vries, C. D. Third
Paper: https://example.org/abs/1234.5678v2
Official code: Not available

This implementation covers:
- [x] Shrinkage of a vector (Section 3.2, Eq. 1)
- [x] Its inverse (Eq. 2)
- [ ] Training on images (Section 5, Tab. 2): needs four devices

Known differences from paper:
- D1 sum of squares instead of the mean (Section 3.2): as in the official code [moves: scale-row-a]

Reproduction status:
- None
"""
'''

CODE = '''"""Shrinkage (section 3)."""

import math


def shrink(vector, strength=1.0):
    r"""Shrink a vector towards zero.

    $$S_\\lambda(x) = \\left(1 - \\frac{\\lambda}{\\sqrt{1 + \\lVert x \\rVert^2}}\\right) x$$

    Source: section 3.2, Eq. 1.
    """
    # D1: the sum of squares, as in the official code
    square = sum(value * value for value in vector)
    # Eq. 1: the factor in front of the vector
    factor = 1 - strength / math.sqrt(1 + square)
    # Eq. 1: S(x)
    return [factor * value for value in vector]


def grow(vector):
    """Undo it.

    Source: Eq. 2.
    """
    # Eq. 2: fixed point of x = y / S
    return vector
'''

CLAIMS = '''"""What is verified."""

from ectype import Paper

paper = Paper(__package__, equations=3, tables=2)


@paper.equation("Eq. 1", of=None)
def oracle(x, strength):
    norm = 0.0
    for value in x:
        norm += value * value
    return (1 - strength / (1 + norm) ** 0.5) * x
'''

README = r"""# Shrinkage in Wide Layers

## Core contribution

A factor in front of a vector, $S_\lambda(x) = f(\lVert x \rVert) \, x$ with $f \le 1$, defined in [the code](src/ectype_specimen/shrink.py):

$$f(r) = 1 - \frac{\lambda}{\sqrt{1 + r^2}}$$

1. It costs $5 a vector, not $6.
2. See [Gaps](#gaps).

## Architecture

```
x (B, d) --> |x|^2 --> factor --> <S(x)>
```

| layer | cost |
| --- | ---: |
| shrink | $O(n)$ |
| grow | $O(n \log n)$ |

## Gaps

- The mean or the sum? The paper has `mean`, the code has `sum`.
"""


def write(
    folder: Path, *, header: str = HEADER, code: str = CODE, readme: str = README, slug: str = "specimen"
) -> Entry:
    """Write the package and return its entry."""
    module = f"ectype_{slug.replace('-', '_')}"
    package = folder / slug / "src" / module
    package.mkdir(parents=True)
    (folder / slug / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (folder / slug / "README.md").write_text(readme, encoding="utf-8")
    for name, text in {"__init__": header, "shrink": code, "claims": CLAIMS}.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    entry = Entry(slug, f"{module}.claims:paper", f"ectype-{slug}", "0.1.0", package)
    info = package.parent / f"{module}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ectype-{slug}\nVersion: 0.1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[ectype.papers]\n{slug} = {entry.value}\n", encoding="utf-8")
    return entry


def result(entry: Entry) -> Result:
    """Return what a verification of the package could have found."""
    source = f"{entry.module}/shrink.py"
    checks = [
        ("paper/header", "paper", "passed", "the header follows the grammar", {}),
        ("component/shrink/gradients", "component", "passed", "gradients are finite", {}),
        ("component/shrink/dtype", "component", "not applicable", "plain floats have one precision", {}),
        ("component/shrink/export", "component", "expected failure", "lists cannot be exported", {}),
        ("equation/eq-1/shrink", "equation", "passed", "Eq. 1", {"deviation": 2.3e-16, "draws": 24, "settings": 2}),
        ("equation/eq-2/grow", "equation", "failed", "Eq. 2: grow equals its oracle", {}),
        (
            "reference/shrink/other-library",
            "reference",
            "passed",
            "shrink equals other-library",
            {
                "deviations": {"values": 1.1e-16, "input gradients": 3e-15, "float32": 2e-7},
                "versions": {"other": "1.2"},
            },
        ),
        ("reference/grow/absent", "reference", "not run", "needs absent, which is not installed", {}),
        ("property/contraction", "property", "passed", "it contracts", {"deviation": 0.0, "draws": 20}),
        ("claim/scale-row-a", "claim", "passed", "published 65", {}),
        ("disagreement/mean-or-sum", "disagreement", "passed", "mean or sum", {}),
    ]
    readings = [("paper", "Sec. 3.2"), ("code", "https://example.org/code, shrink.py:12")]
    return Result(
        schema=results.SCHEMA,
        slug=entry.slug,
        distribution=entry.distribution,
        version=entry.version,
        started="2026-01-02T03:04:05+00:00",
        seconds=1.25,
        partial=False,
        environment=Environment(
            python="3.11.7", torch="2.15.0", ectype="0.1.0", platform="Linux", device="cpu", threads=1
        ),
        modules={f"{entry.module}.shrink": digests.of_file(entry.package / "shrink.py")},
        outcomes=[
            Outcome(id=id, group=group, status=status, summary=summary, data=data)
            for id, group, status, summary, data in checks
        ],
        components=[
            ComponentRecord(
                id="shrink",
                kind="layer",
                of=f"{entry.module}.shrink.shrink",
                summary="Shrink a vector towards zero.",
                place="claims.py:8",
                settings=["shrink()"],
                source=Source(file=source, line=6, end_line=18),
                parameters=65011712,
            ),
            ComponentRecord(
                id="grow",
                kind="layer",
                of=f"{entry.module}.shrink.grow",
                summary="Undo it.",
                place="claims.py:8",
                settings=[],
            ),
        ],
        equations=[
            EquationRecord(
                id="eq-2/grow", locator="Eq. 2", of="grow", component="grow", place="claims.py:8", oracle=None
            ),
            EquationRecord(
                id="eq-1/shrink",
                locator="Eq. 1",
                of="shrink",
                component="shrink",
                place="claims.py:8",
                oracle=Source(file=f"{entry.module}/claims.py", line=8, end_line=13),
            ),
        ],
        references=[
            ReferenceRecord(id="other-library", component="shrink", needs=["other"], place="claims.py:9"),
            ReferenceRecord(id="absent", component="grow", needs=["absent"], place="claims.py:9"),
        ],
        properties=[
            PropertyRecord(id="contraction", locator="Thm. 1", text="it contracts", holds=True, place="claims.py:10"),
            PropertyRecord(id="linear", locator="Sec. 3", text="it is linear", holds=False, place="claims.py:10"),
        ],
        claims=[
            ClaimRecord(
                id="scale-row-a",
                kind="exact",
                locator="Tab. 1",
                text="parameters: row a",
                target=TargetRecord(printed="65"),
                unit="million",
                under="mean-or-sum",
                place="claims.py:11",
                measured=[
                    Measured(reading="paper", value=63.1, text="63.1", derivations=[63.1]),
                    Measured(reading="code", value=65.01, text="65.01", match="rounding", derivations=[65.01]),
                ],
                verdict="reproduced only under code",
            ),
            ClaimRecord(
                id="cost",
                kind="exact",
                locator="Sec. 4",
                text="operations a vector",
                target=TargetRecord(printed="100"),
                measured=[Measured(reading=None, value=100.0, text="100", match="exactly", derivations=[100.0])],
                verdict="reproduced",
            ),
            ClaimRecord(
                id="wavelength",
                kind="exact",
                locator="Sec. 3.5",
                text="the longest wavelength",
                target=TargetRecord(printed="62832"),
                measured=[Measured(reading=None, value=60611.4, text="60611.4", derivations=[60611.4])],
                verdict="contradicted",
            ),
            ClaimRecord(
                id="accuracy",
                kind="not attempted",
                locator="Tab. 2",
                text="accuracy on images",
                target=TargetRecord(printed="34.0", runs=1, plus_minus="0.2", spans="seeds"),
                unit="%",
                because="needs four devices",
                headline=True,
                verdict="not attempted",
            ),
        ],
        disagreements=[
            DisagreementRecord(
                id="mean-or-sum",
                name="mean or sum",
                at="Sec. 3.2",
                text="The paper averages the squares, its code adds them.",
                follow="code",
                departure="D1",
                readings=[
                    ReadingRecord(name=name, source=source, place="claims.py:12", measured={"factor at width 8": value})
                    for (name, source), value in zip(readings, ["0.29", "0.67"], strict=True)
                ],
                claims=["scale-row-a"],
                place="claims.py:12",
            )
        ],
        marks=[
            Mark(name="runs", held=2, of=2, text="components that pass every conformance check"),
            Mark(name="equations", held=1, of=3, text="3 numbered equations and 0 located formulas"),
            Mark(name="reference", held=0, of=2, text="components equal to an independent implementation"),
            Mark(name="properties", held=0, of=0, text="not applicable: none is stated"),
            Mark(name="numbers", held=1, of=3, qualified=1, text="exact claims"),
            Mark(name="reproduced", held=0, of=1, text="empirical headline claims"),
        ],
    )
