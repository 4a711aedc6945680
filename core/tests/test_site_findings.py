"""The findings page, its JSON and its feed, and what authors answer."""

import json
from xml.etree import ElementTree

import msgspec
import pytest
import specimen
from ectype import ledger, results
from ectype.freshness import Tree
from ectype.site.answers import answers
from ectype.site.command import pages
from ectype.site.feed import ATOM, as_atom, as_json
from ectype.site.publication import gather

ANSWERED = (
    specimen.README
    + """
## References consulted

| kind | link | licence | used for |
| --- | --- | --- | --- |
| author clarification | [issue 12](https://example.org/12) | – | `mean-or-sum`: the sum was meant <b> |
| Author clarification | https://example.org/13 | – | wavelength: it is truncated |
| article | https://example.org/14 | – | mean-or-sum |
"""
)


@pytest.fixture
def paper(tmp_path, monkeypatch):
    def make(change=lambda result: result, **texts):
        entry = specimen.write(tmp_path, **texts)
        monkeypatch.syspath_prepend(str(entry.package.parent))
        found = specimen.result(entry)
        results.write(tmp_path, change(found))
        ledger.accept(entry.root, found, "looked at")
        return gather(entry, tmp_path, Tree([entry]))

    return make


def entries(feed):
    return ElementTree.fromstring(feed.encode()).findall(f"{{{ATOM}}}entry")


def field(entry, name):
    return entry.find(f"{{{ATOM}}}{name}").text


def test_every_finding_has_a_place_what_was_measured_and_a_command(paper):
    page = pages([paper()])["findings.md"]
    assert '<tr id="specimen-claim-scale-row-a"' in page
    assert "{ #specimen-mean-or-sum }" in page
    for said in (
        "ectype verify specimen --only disagreement/mean-or-sum",
        "ectype verify specimen --only claim/wavelength",
        "code&#58; 65.01",
        "0.67",
        "62832",
    ):
        assert said in page, said


def test_a_finding_is_found_by_paper_sides_and_answer(paper):
    page = pages([paper()])["findings.md"]
    assert '<article class="finding" data-item="" ' in page
    assert 'data-paper="specimen" data-between="paper code" data-answer="open"' in page
    assert "No answer from the authors yet. [How to answer](answering.md)" in page


def test_an_answer_is_a_row_of_the_references_and_names_its_finding(paper):
    publication = paper(readme=ANSWERED)
    [one] = answers(publication, "mean-or-sum")
    assert (one.label, one.url, one.about) == (
        "issue 12",
        "https://example.org/12",
        "mean-or-sum: the sum was meant <b>",
    )
    [bare] = answers(publication, "wavelength")
    assert (bare.label, bare.url) == ("https://example.org/13", "https://example.org/13")
    assert answers(publication, "mean") == []
    page = pages([publication])["findings.md"]
    assert (
        "The authors' answer: [issue 12](https://example.org/12): mean-or-sum&#58; the sum was meant &#60;b&#62;"
        in page
    )
    assert 'data-answer="answered"' in page


def test_the_json_holds_what_the_page_shows(paper):
    found = json.loads(as_json([paper(readme=ANSWERED)]))["findings"]
    assert [one["id"] for one in found] == [
        "specimen-mean-or-sum",
        "specimen-claim-scale-row-a",
        "specimen-claim-wavelength",
    ]
    first, second, _ = found
    assert first["page"] == "findings.html#specimen-mean-or-sum"
    assert first["readings"][1]["measured"] == {"factor at width 8": "0.67"}
    assert (first["followed"], first["departure"], first["claims"]) == ("code", "D1", ["scale-row-a"])
    assert first["answers"][0]["url"] == "https://example.org/12"
    assert second["published"] == {"printed": "65", "unit": "million", "source": "paper"}
    assert second["measured"] == {"paper": "63.1", "code": "65.01"}
    assert second["command"] == "ectype verify specimen --only claim/scale-row-a"


def test_the_feed_is_atom_with_stable_ids_and_names_no_host(paper):
    publication = paper()
    feed = as_atom([publication])
    root = ElementTree.fromstring(feed.encode())
    assert root.tag == f"{{{ATOM}}}feed"
    for name in ("id", "title", "updated"):
        assert field(root, name)
    found = entries(feed)
    ids = [field(entry, "id") for entry in found]
    assert len(set(ids)) == len(ids) == 3
    assert all(id.startswith("urn:uuid:") for id in [*ids, field(root, "id")])
    assert ids == [field(entry, "id") for entry in entries(as_atom([publication]))]
    links = [link.get("href") for link in root.iter(f"{{{ATOM}}}link")]
    assert not [link for link in links if ":" in link]
    assert {field(entry, "updated") for entry in found} == {f"{publication.accepted.history[-1].date}T00:00:00Z"}
    assert "paper: factor at width 8 0.29" in field(found[-1], "summary") + field(found[0], "summary")


def test_any_text_makes_a_feed_that_can_be_read(paper):
    text = "]]> <script>&amp; \x00\x0b\ud800 \U0001f600"

    def hostile(result):
        [one] = result.disagreements
        return msgspec.structs.replace(result, disagreements=[msgspec.structs.replace(one, text="x")])

    publication = paper(hostile)
    [one] = publication.result.disagreements
    object.__setattr__(
        publication,
        "result",
        msgspec.structs.replace(publication.result, disagreements=[msgspec.structs.replace(one, text=text)]),
    )
    found = entries(as_atom([publication]))
    assert any("]]> <script>&amp; \N{REPLACEMENT CHARACTER}" in field(entry, "summary") for entry in found)


def test_without_findings_there_is_a_feed_that_says_so():
    root = ElementTree.fromstring(as_atom([]).encode())
    assert field(root, "updated") == "1970-01-01T00:00:00Z"
    assert json.loads(as_json([]))["findings"] == []
