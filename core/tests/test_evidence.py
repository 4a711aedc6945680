"""Evidence: written whole, by several processes at once; what cannot be read or was edited is reported, the rest kept."""

import json
import multiprocessing

import msgspec
import pytest
from ectype import evidence
from ectype.errors import EvidenceError
from ectype.evidence import Attempted, Audited, Completed, Failed, Where
from hypothesis import given, settings
from hypothesis import strategies as st

WHERE = Where(python="3.11", platform="Linux", device="cpu", threads=1, versions={"torch": "2.15.0"})


def attempted(seed=0, **changes):
    values = {"variant": "hnn", "arguments": {"model": "hnn"}, "modules": {"ectype_x.training": "a1"}, "seed": seed}
    return Attempted(**{"id": f"hnn/{seed}/1", "started": "2026", "command": "ectype reproduce x", **values, **changes})


def completed(seed=0, value=0.25):
    curves = {"loss": ([1, 2], [0.5, None])}
    modules = {"ectype_x.training": "a1"}
    return Completed(
        attempt=f"hnn/{seed}/1",
        ended="2026",
        seconds=1.5,
        metrics={"loss": value},
        modules=modules,
        where=WHERE,
        curves=curves,
    )


EVENTS = [
    attempted(0),
    completed(0),
    attempted(1),
    Failed(attempt="hnn/1/1", ended="2026", seconds=0.1, reason="loss is nan", detail="trace"),
    Audited(attempt="hnn/0/1", ended="2027", seconds=1.0, metrics={"loss": 0.25}, modules={}, where=WHERE),
]


@pytest.fixture
def written(tmp_path):
    for event in EVENTS:
        evidence.append(tmp_path, "x", "spring", event)
    return tmp_path


def read(root):
    return evidence.read(root, "x", "spring")


def test_what_is_appended_is_read_in_order(written):
    found = read(written)
    assert list(found.events) == EVENTS
    assert not found.problems


def test_the_file_is_one_json_document_with_a_record_a_line(written):
    text = evidence.path(written, "spring").read_text()
    assert [line["record"]["event"] for line in json.loads(text)["records"]] == [
        "attempted",
        "completed",
        "attempted",
        "failed",
        "audited",
    ]
    assert len(text.splitlines()) == len(EVENTS) + 2


def test_no_file_is_no_evidence_and_no_problem(tmp_path):
    assert read(tmp_path).events == ()
    assert read(tmp_path).problems == ()


def _append(root, seed):
    evidence.append(root, "x", "spring", attempted(seed))


def test_several_processes_append_at_once_and_nothing_is_lost(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append, args=(tmp_path, seed)) for seed in range(12)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    found = read(tmp_path)
    assert not found.problems
    assert sorted(event.seed for event in found.events) == list(range(12))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"loss":0.25', '"loss":0.24'),
        ('"seed":0', '"seed":7'),
        ('"reason":"loss is nan"', '"reason":"none"'),
        ("hnn/0/1", "hnn/9/1"),
    ],
)
def test_a_record_that_was_edited_by_hand_is_reported_and_not_believed(written, before, after):
    file = evidence.path(written, "spring")
    file.write_text(file.read_text().replace(before, after, 1))
    found = read(written)
    assert any("an edit by hand" in str(problem) for problem in found.problems)
    assert len(found.events) == len(EVENTS) - 1


def test_a_record_that_was_taken_out_leaves_a_gap(written):
    file = evidence.path(written, "spring")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:2] + lines[3:]))
    [problem] = read(written).problems
    assert "a gap" in str(problem)
    assert problem.line == 3


@given(cut=st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_a_file_that_was_cut_off_is_reported_and_its_whole_records_are_kept(tmp_path_factory, cut):
    root = tmp_path_factory.mktemp("cut")
    for event in EVENTS:
        evidence.append(root, "x", "spring", event)
    file = evidence.path(root, "spring")
    text = file.read_bytes()
    file.write_bytes(text[: max(len(text) - cut - 2, 0)])
    found = read(root)
    assert found.problems
    assert list(found.events) == EVENTS[: len(found.events)]


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_content_raises(tmp_path_factory, content):
    root = tmp_path_factory.mktemp("any")
    for text in (content, b'{"schema":1,"paper":"x","experiment":"spring","records":[\n' + content):
        file = evidence.path(root, "spring")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text)
        found = read(root)
        assert found.events == ()
        assert found.problems or content.strip(b" \r\n\t\v\f,") == b"]}"


def test_a_bad_line_stays_and_what_comes_after_it_can_be_read(written):
    file = evidence.path(written, "spring")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines[:2], '{"previous": 3,\n', *lines[2:]]))
    evidence.append(written, "x", "spring", attempted(5))
    found = read(written)
    assert list(found.events) == [*EVENTS, attempted(5)]
    assert ["3: expected a record" in str(problem) for problem in found.problems] == [True]


@pytest.mark.parametrize("head", ['{"schema":9,"paper":"x"', '{"schema":1,"paper":"y"', "nothing"])
def test_a_foreign_file_is_neither_read_nor_added_to(written, head):
    file = evidence.path(written, "spring")
    changed = file.read_text().replace('{"schema":1,"paper":"x"', head, 1)
    file.write_text(changed)
    assert read(written).events == ()
    with pytest.raises(EvidenceError, match=r"received"):
        evidence.append(written, "x", "spring", attempted(9))
    assert file.read_text() == changed


def test_numbers_come_back_bit_for_bit(tmp_path):
    value = 0.1 + 0.2
    evidence.append(tmp_path, "x", "spring", completed(0, value))
    [found] = read(tmp_path).events
    assert found.metrics["loss"] == value


def test_unknown_fields_are_refused(written):
    file = evidence.path(written, "spring")
    record = msgspec.json.encode(attempted(3)).replace(b'"seed":3', b'"seed":3,"verdict":"reproduced"')
    previous = json.loads(file.read_text())["records"][-1]["seal"]
    line = {"previous": previous, "seal": evidence.seal(previous, record), "record": json.loads(record)}
    file.write_text(file.read_text().replace("\n]}", f",\n{json.dumps(line)}\n]}}"))
    assert len(read(written).events) == len(EVENTS)
    assert len(read(written).problems) == 1
