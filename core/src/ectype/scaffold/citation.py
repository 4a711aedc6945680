"""What a citation file says about a paper: a BibTeX entry or a ``CITATION.cff``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ectype.errors import UsageError
from ectype.scaffold import bibtex

_ARXIV = re.compile(r"(?:arxiv[:.\s]\s*|abs/)?(\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """What is known about a paper; what is not is empty.

    Args:
        title: its title.
        authors: their names.
        paper: its URL.
        code: URL of the official code.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    paper: str = ""
    code: str = ""


def read(path: Path) -> Citation:
    """Return what a file says.

    Raises:
        UsageError: if it is neither a BibTeX entry nor a citation file, or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--from must name a BibTeX entry or a CITATION.cff; {path}: {error}") from error
    if path.suffix == ".bib" or re.match(r"\s*(?:%.*\n\s*)*@", text):
        return _from_bibtex(bibtex.read(text))
    return _from_cff(_yaml(text, path), path)


def url(text: str) -> str:
    """Return a URL as it is, and an arXiv identifier (``1708.02002v2``, ``arXiv:1708.02002``) as the URL of its page."""
    found = _ARXIV.fullmatch(text.strip())
    return f"https://arxiv.org/abs/{found[1]}" if found else text.strip()


def _from_bibtex(fields: Mapping[str, str]) -> Citation:
    return Citation(
        title=bibtex.plain(fields.get("title", "")),
        authors=bibtex.names(fields["author"]) if "author" in fields else (),
        paper=next(_places(fields), ""),
    )


def _places(fields: Mapping[str, str]) -> Iterator[str]:
    """Yield the URLs of a paper, that of the preprint first."""
    for name in ("eprint", "journal", "volume", "howpublished", "note"):
        found = _ARXIV.search(fields.get(name, ""))
        if found and (name == "eprint" or found[0] != found[1]):
            yield url(found[1])
    if address := re.search(r"https?://[^\s{}]+", fields.get("url", "")):
        yield address[0]
    if doi := fields.get("doi", "").strip():
        yield _doi(doi)


def _from_cff(read: Mapping[str, Any], path: Path) -> Citation:
    if "cff-version" not in read:
        raise UsageError(f"--from must name a BibTeX entry or a CITATION.cff; {path} has no cff-version")
    cited = read.get("preferred-citation")
    work = cited if isinstance(cited, dict) else read
    identifiers = [item for item in _list(work.get("identifiers")) if isinstance(item, dict)]
    dois = [str(work.get("doi") or ""), *(str(i.get("value", "")) for i in identifiers if i.get("type") == "doi")]
    urls = [str(i.get("value", "")) for i in identifiers if i.get("type") == "url"]
    urls += [str(work.get("url") or "")] if work is cited else []
    places = [*(doi for doi in map(_doi, dois) if "arxiv.org" in doi), *urls, *map(_doi, dois)]
    return Citation(
        title=" ".join(str(work.get("title") or "").split()),
        authors=tuple(filter(None, map(_person, _list(work.get("authors"))))),
        paper=next(filter(None, places), ""),
        code=str(read.get("repository-code") or work.get("repository-code") or ""),
    )


def _person(author: Any) -> str:
    if not isinstance(author, dict):
        return ""
    parts = ("given-names", "name-particle", "family-names", "name-suffix")
    return str(author.get("name") or " ".join(str(author[part]) for part in parts if author.get(part))).replace(",", "")


def _doi(text: str) -> str:
    """Return the URL of a DOI; those of arXiv lead to arXiv."""
    doi = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", text.strip(), flags=re.I)
    preprint = re.fullmatch(r"10\.48550/arxiv\.(\S+)", doi, re.I)
    return url(preprint[1]) if preprint else f"https://doi.org/{doi}" if doi else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _yaml(text: str, path: Path) -> Mapping[str, Any]:
    import yaml  # type: ignore[import-untyped]

    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"--from must name a BibTeX entry or a CITATION.cff; {path}: {reason}") from error
    return read if isinstance(read, dict) else {}
