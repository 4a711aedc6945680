"""Exports: documents, model cards, evaluation results and badges, as other programs read them."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
import specimen
import throwaway
import trained_specimen
import yaml as pyyaml
from ectype import results
from ectype.errors import ResultError, UsageError
from ectype.exports import badges, document, evaluations, model_card, yaml
from ectype.freshness import Tree
from ectype.results import HeaderRecord, Mark
from ectype.site.publication import gather
from hypothesis import given
from hypothesis import strategies as st

EVIL = "<script>x</script> \"q\" 'a' : - # | [x](javascript:x) {{ y }}\n---\n\x00 \ufffe & </svg>"


@pytest.fixture
def exported(tmp_path):
    """The document of a paper with trained claims."""
    return document.document(trained_specimen.publication(tmp_path))


def front(card):
    """Return the metadata of a model card as a YAML reader sees it."""
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    return pyyaml.safe_load(found[1])


# Documents.


def test_a_document_is_read_back_as_it_was(exported):
    assert document.decode(document.encode(exported), file="paper.json") == exported
    assert json.loads(document.encode(exported))["schema"] == document.SCHEMA


def test_a_document_holds_targets_values_intervals_verdicts_and_evidence(exported):
    claims = {claim.id: claim for claim in exported.claims}
    slope = claims["slope"]
    [reading] = slope.readings
    assert (slope.target.printed, slope.target.runs, slope.verdict) == ("2.0", 1, "reproduced")
    assert reading.values == dict(enumerate(trained_specimen.VALUES["spring/hnn"]))
    assert reading.control == dict(enumerate(trained_specimen.VALUES["spring/linear"]))
    assert reading.value == pytest.approx(2.00125, abs=1e-12)
    assert reading.interval == pytest.approx((1.991202, 2.011298), abs=1e-6)
    assert reading.prediction[0] < reading.interval[0]
    assert (slope.evidence.completed, slope.evidence.of) == (8, 8)
    assert slope.command == "ectype reproduce specimen slope"
    assert [item.reading for item in claims["energy"].readings] == ["paper", "notebook"]
    assert list(claims["hnn-before-baseline"].rows) == ["spring/hnn", "spring/baseline"]
    assert claims["cost"].readings[0].match == "exactly"
    assert [finding.id for finding in exported.findings] == ["mean-or-sum"]
    assert {mark.name for mark in exported.marks} >= {"runs", "reproduced"}


def test_a_failed_run_is_null(tmp_path):
    paper = trained_specimen.publication(tmp_path, failed=[("spring/hnn", 1)])
    [slope] = [claim for claim in document.document(paper).claims if claim.id == "slope"]
    assert slope.readings[0].values[1] is None
    assert slope.readings[0].value is None
    assert json.loads(document.encode(document.document(paper)))


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"schema": 1}', b"\xff"])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(ResultError, match=r"x\.json"):
        document.decode(text, file="x.json")


def test_a_document_of_another_schema_is_refused(exported):
    other = document.encode(exported).replace(b'"schema": 1', b'"schema": 7', 1)
    with pytest.raises(ResultError, match="schema 7"):
        document.decode(other, file="x.json")


def test_the_schema_describes_the_document():
    described = json.loads(document.schema())
    assert described["$defs"]["Document"]["properties"].keys() == set(document.Document.__struct_fields__)


def test_a_paper_without_a_result_is_refused(tmp_path):
    entry = specimen.write(tmp_path)
    with pytest.raises(UsageError, match=r"not verified here\. Run `ectype verify specimen` first"):
        document.document(gather(entry, tmp_path, Tree([entry])))
    results.write(tmp_path, msgspec.structs.replace(specimen.result(entry), problem="it does not import"))
    with pytest.raises(UsageError, match="it does not import"):
        document.document(gather(entry, tmp_path, Tree([entry])))


# YAML.

PLAIN = st.recursive(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]))
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{2,4}q", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(PLAIN)
def test_yaml_is_read_back_as_it_was(value):
    assert pyyaml.safe_load(yaml.dump(value)) == value


# The Hugging Face Hub.


def test_the_model_index_has_what_the_hub_requires(exported):
    [index] = front(model_card.model_card(exported))["model-index"]
    assert index["name"] == "specimen"
    for result in index["results"]:
        assert result["task"] == {"type": "other"}
        assert re.fullmatch(r"(?:[\w-]+/)?[\w\-.]+", result["dataset"]["type"])
        assert result["dataset"]["name"] == "spring"
    metrics = [metric for result in index["results"] for metric in result["metrics"]]
    assert [metric["type"] for metric in metrics] == ["slope", "energy", "slope", "slope"]
    assert metrics[0]["value"] == pytest.approx(2.00125)
    assert metrics[0]["name"] == "Tab. 2: the slope, mean of 4 runs"
    assert "under notebook" in metrics[2]["name"]
    assert "divided by spring/baseline" in metrics[3]["name"]
    assert "verif" not in json.dumps(index).lower()


def test_the_hub_reads_the_model_index(exported):
    cards = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    card = cards.ModelCard(model_card.model_card(exported), ignore_metadata_errors=False)
    assert card.data.model_name == "specimen"
    assert card.data.eval_results[0].metric_value == pytest.approx(2.00125)
    assert all(not result.verified and result.verify_token is None for result in card.data.eval_results)


def test_only_what_was_really_measured_is_a_result(tmp_path):
    entry = trained_specimen.write(tmp_path, failed=[("spring/hnn", 0)])
    card = model_card.model_card(document.document(gather(entry, tmp_path, Tree([entry]))))
    assert "model-index" not in front(card)
    fresh = trained_specimen.write(tmp_path / "b")
    code = fresh.package / "shrink.py"
    code.write_text(code.read_text(encoding="utf-8").replace("1 - strength", "2 - strength"), encoding="utf-8")
    stale = document.document(gather(fresh, tmp_path / "b", Tree([fresh])))
    assert [claim for claim, _ in document.measured(stale)] == []
    assert "reproduced &#40;stale&#41;" in model_card.model_card(stale)


def test_a_paper_without_claims_has_a_valid_card_and_badges(tmp_path):
    entry = specimen.write(tmp_path)
    results.write(tmp_path, msgspec.structs.replace(specimen.result(entry), claims=[], marks=[]))
    empty = document.document(gather(entry, tmp_path, Tree([entry])))
    assert document.decode(document.encode(empty), file="x").claims == []
    assert front(model_card.model_card(empty)) == {"library_name": "pytorch", "tags": ["ectype"]}
    assert evaluations.evaluations(empty, {"slope": ("a/b", "c")}) == ""
    [(name, only)] = badges.badges(empty).items()
    assert name == "overall.svg"
    assert "nothing to hold" in only


def test_evaluation_results_are_those_of_the_named_benchmark(exported):
    made = evaluations.evaluations(exported, evaluations.parse(["slope=owner/spring-data:test"]))
    [entry] = pyyaml.safe_load(made)
    assert entry["dataset"] == {"id": "owner/spring-data", "task_id": "test"}
    assert entry["value"] == pytest.approx(2.00125)
    assert entry["date"] == "2026-03-04T05:06:03+00:00"
    assert entry["notes"] == "mean of 4 runs, 90 % interval [1.9912, 2.0113]; published 2.0"
    assert entry.keys() == {"dataset", "value", "date", "notes"}
    assert evaluations.evaluations(exported, {}) == ""


def test_the_hub_reads_evaluation_results(exported):
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    made = evaluations.evaluations(exported, {"slope": ("owner/data", "test")})
    [entry] = hub.parse_eval_result_entries(pyyaml.safe_load(made))
    assert (entry.dataset_id, entry.task_id, entry.verify_token) == ("owner/data", "test", None)


def test_a_claim_with_several_readings_has_no_one_value(exported):
    with pytest.raises(UsageError, match="one reading; energy has paper, notebook"):
        evaluations.evaluations(exported, {"energy": ("a/b", "c")})


@pytest.mark.parametrize("asked", ["slope", "slope=data:task", "slope=a/b", "=a/b:c", "slope=a/b:c d"])
def test_a_benchmark_must_have_its_form(asked):
    with pytest.raises(UsageError, match=re.escape(f"received {asked!r}")):
        evaluations.parse([asked])


# Badges.


def test_badges_say_what_is_held_in_words(exported):
    made = badges.badges(exported)
    assert set(made) == {f"{mark.name}.svg" for mark in exported.marks} | {"overall.svg"}
    parsed = {name: ElementTree.fromstring(svg) for name, svg in made.items()}
    words = {name: "".join(svg.itertext()) for name, svg in parsed.items()}
    assert "reproduced 1 of 2" in words["overall.svg"]
    assert "runs2 of 2" in words["runs.svg"]
    assert "not applicable" in words["properties.svg"]
    for svg in parsed.values():
        title = svg.find("{http://www.w3.org/2000/svg}title").text
        assert svg.get("aria-label") == title
        assert svg.get("role") == "img"


def test_a_stale_paper_has_quiet_badges_that_say_so(exported):
    old = msgspec.structs.replace(exported, stale="stale: x changed")
    assert "1 of 2, stale" in badges.badges(old)["reproduced.svg"]
    assert badges.COLOURS["quiet"] in badges.badges(old)["runs.svg"]
    assert badges.COLOURS["good"] in badges.badges(exported)["runs.svg"]


def test_badges_have_the_colours_of_the_site():
    sheet = (Path(__file__).parents[2] / "docs/assets/ectype.css").read_text(encoding="utf-8")
    for tone, colour in badges.COLOURS.items():
        assert f"--{tone}: {colour};" in sheet


def test_hostile_texts_stay_texts(exported):
    head = HeaderRecord(title=EVIL, authors=[EVIL], paper="javascript:x", official_code=EVIL, covers=[], departures=[])
    claims = [msgspec.structs.replace(claim, text=EVIL, data=EVIL, unit=EVIL) for claim in exported.claims]
    marks = [Mark(name="reproduced", held=1, of=2, text=EVIL)]
    evil = msgspec.structs.replace(exported, header=head, claims=claims, marks=marks)
    card = model_card.model_card(evil)
    assert front(card)["model-index"][0]["results"][0]["dataset"]["name"] == EVIL
    body = card.partition("\n---\n")[2]
    assert "<script" not in body
    assert "](javascript" not in body
    assert "{{" not in body
    assert len({line.count(" | ") for line in body.split("\n") if line.startswith("| ") and "---" not in line}) == 1
    for svg in badges.badges(evil).values():
        assert "<script" not in svg
        assert "<script>x</script>" in ElementTree.fromstring(svg).get("aria-label")
    assert document.decode(document.encode(evil), file="x") == evil


# The command.


@pytest.fixture
def workspace(tmp_path):
    """A workspace with a paper that was verified, and one that was not."""
    made = throwaway.make_workspace(tmp_path)
    for slug in ("specimen", "unseen"):
        entry = trained_specimen.write(made.root / "packages", slug=slug)
        made.sources.append(entry.package.parent)
    (made.root / ".ectype").mkdir()
    for slug in ("specimen", "unseen"):
        source = results.path(made.root / "packages", slug)
        if slug == "specimen":
            results.path(made.root / ".ectype", slug).parent.mkdir()
            source.rename(results.path(made.root / ".ectype", slug))
    return made


def test_the_command_writes_a_folder_a_paper(workspace, tmp_path):
    done = workspace.run("export", "specimen", "--to", str(tmp_path / "out"), "--benchmark", "slope=a/b:c")
    assert done.returncode == 0, done.stderr
    written = {
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()
    }
    assert {
        "schema.json",
        "specimen/paper.json",
        "specimen/huggingface/README.md",
        "specimen/huggingface/.eval_results/ectype.yaml",
        "specimen/badges/overall.svg",
        "specimen/badges/reproduced.svg",
    } <= written
    read = document.decode((tmp_path / "out/specimen/paper.json").read_bytes(), file="paper.json")
    assert {claim.id: claim.verdict for claim in read.claims}["slope"] == "reproduced"


def test_the_command_writes_nothing_where_a_paper_has_no_result(workspace, tmp_path):
    done = workspace.run("export", "specimen", "unseen", "--to", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "unseen must have a result to export; not verified here. Run `ectype verify unseen` first" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_benchmark_of_no_measured_claim_is_refused(workspace, tmp_path):
    done = workspace.run("export", "specimen", "--to", str(tmp_path / "out"), "--benchmark", "cost=a/b:c")
    assert done.returncode == 2
    assert "received cost" in done.stderr
    assert not (tmp_path / "out").exists()
