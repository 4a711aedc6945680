"""The home page: a row a paper, what it can be sorted and filtered by, and what it costs."""

import re
from html.parser import HTMLParser

import msgspec
import pytest
import specimen
import trained_specimen
from ectype import ledger, results
from ectype.freshness import Tree
from ectype.results import TrainedRecord
from ectype.site import costs
from ectype.site.home import COLUMNS, home
from ectype.site.publication import gather


class Matrix(HTMLParser):
    """The rows of a page: their attributes, and the text and key of every cell."""

    def __init__(self, source):
        super().__init__()
        self.rows, self.cells, self.keys, self.inside = [], [], [], False
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "tr" and "data-item" in found:
            self.rows.append(found)
            self.cells.append([])
            self.keys.append([])
        elif tag in ("td", "th") and self.rows:
            self.cells[-1].append("")
            self.keys[-1].append(found.get("data-key"))
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.cells[-1][-1] += data


@pytest.fixture
def paper(tmp_path, monkeypatch):
    def make(slug="specimen", change=None):
        entry = specimen.write(tmp_path, slug=slug, readme=specimen.README.replace("ectype_specimen", f"ectype_{slug}"))
        monkeypatch.syspath_prepend(str(entry.package.parent))
        found = specimen.result(entry)
        results.write(tmp_path, change(found) if change else found)
        ledger.accept(entry.root, found, "looked at")
        return gather(entry, tmp_path, Tree([entry]))

    return make


def test_a_row_says_marks_verdicts_findings_state_and_cost(paper):
    page = Matrix(home([paper()]))
    [cells] = page.cells
    said = dict(zip([column.title for column in COLUMNS], cells, strict=True))
    assert said["Paper"].startswith("Shrinkage in Wide Layers")
    assert "Łucja Ångström, Bo de Vries and others" in said["Paper"]
    assert (said["runs"], said["equations"], said["reference"]) == ("●2/2", "◐1/3", "○0/2")
    assert (said["properties"], said["numbers"], said["faults"]) == ("–", "◐1/3", "–")
    assert said["Verdicts"] == "✓1 reproduced ◐1 reproduced only under a reading ✗1 contradicted ○1 not attempted"
    assert (said["Findings"], said["Cost"]) == ("1", "1.2 s")
    assert said["State"] == "! needs attention2026-01-02"


def test_a_row_is_found_by_kind_mark_verdict_and_state(paper):
    [row] = Matrix(home([paper()])).rows
    assert row["data-kind"] == "architecture"
    assert row["data-mark"] == ("runs-all equations-some reference-none properties-none numbers-some reproduced-none")
    assert row["data-verdict"] == "contradicted not-attempted reproduced reproduced-only-under-a-reading"
    assert row["data-state"] == "needs-attention"
    assert "specimen" in row["data-also"]
    assert "C. D. Third" in row["data-also"]


def test_kinds_are_those_of_the_components_and_layers_and_models_are_architecture(paper):
    kinds = ("layer", "model", "loss", "optimizer", "layer")

    def several(result):
        [one, *_] = result.components
        components = [msgspec.structs.replace(one, id=f"c{n}", kind=kind) for n, kind in enumerate(kinds)]
        return msgspec.structs.replace(result, components=components)

    [row] = Matrix(home([paper(change=several)])).rows
    assert row["data-kind"] == "architecture loss optimizer"


def test_what_is_not_there_has_no_key_to_sort_by(paper):
    [keys] = Matrix(home([paper()])).keys
    found = dict(zip([column.title for column in COLUMNS], keys, strict=True))
    assert (found["properties"], found["faults"]) == ("", "")
    assert float(found["equations"]) == pytest.approx(1 / 3, rel=1e-5)
    assert float(found["Cost"]) == 1.25


def test_the_controls_need_a_script_and_the_table_does_not(paper):
    one = paper()
    other = paper("other", lambda result: msgspec.structs.replace(result, problem="it hangs"))
    page = home([one, other])
    assert re.search(r'<form class="controls" hidden ', page)
    assert '<table class="sortable matrix">' in page
    assert '<option value="broken">broken</option>' in page
    assert '<option value="&#45;cost">Cost, most first</option>' in page
    assert "<optgroup" not in page.partition('name="kind"')[2].partition("</select>")[0]


def test_a_choice_with_one_option_is_left_out(paper):
    assert 'name="state"' not in home([paper()])


def test_twenty_papers_take_less_than_a_hundred_kilobytes(paper):
    one = paper()
    assert len(home([one] * 20).encode()) < 100_000


def trained(variant, seeds, minutes):
    return msgspec.structs.replace(
        trained_specimen.claims()[0],
        id=variant,
        trained=TrainedRecord(of=[variant], metric={"": "x"}, seeds=seeds, needed=seeds, arguments={}, minutes=minutes),
    )


def test_runs_that_claims_share_are_paid_once():
    first = trained("e/a", 4, {"e/a": 2.0, "e/control": 0.5})
    second = trained("e/b", 10, {"e/b": 1.0, "e/control": 0.5})
    assert costs.to_reproduce([first]) == 60 * 4 * 2.5
    assert costs.to_reproduce([first, second]) == 60 * (4 * 2.0 + 10 * 1.0 + 10 * 0.5)
    assert costs.to_reproduce([]) == 0
