"""Files are replaced whole or not at all."""

import os

import pytest
from ectype import files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "a.txt"
    files.write_atomically(target, b"old")
    monkeypatch.setattr(files.os, "fsync", lambda fd: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        files.write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_has_the_mode_that_open_gives(tmp_path):
    files.write_atomically(tmp_path / "a.txt", b"")
    (tmp_path / "b.txt").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o444])
def test_an_existing_file_keeps_its_mode(tmp_path, mode):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    target.chmod(mode)
    files.write_atomically(target, b"new")
    assert (target.read_bytes(), target.stat().st_mode & 0o7777) == (b"new", mode)


def test_content_is_never_open_to_more_readers_than_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "a.txt"
    target.touch(mode=0o600)
    modes = []
    monkeypatch.setattr(files.os, "fsync", lambda fd: modes.append(os.fstat(fd).st_mode & 0o7777))
    files.write_atomically(target, b"new")
    assert modes == [0o600]


def test_a_link_stays_a_link(tmp_path):
    link, target = tmp_path / "link", tmp_path / "a.txt"
    link.symlink_to(target.name)
    for content in (b"first", b"second"):  # of a file that is absent, then there
        files.write_atomically(link, content)
        assert link.is_symlink()
        assert target.read_bytes() == content


def test_a_folder_that_is_absent_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.write_atomically(tmp_path / "absent" / "a.txt", b"")
    assert list(tmp_path.iterdir()) == []
