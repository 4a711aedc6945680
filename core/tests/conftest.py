"""Fixtures that all tests of core share."""

import sys

import pytest
from ectype import plugins
from throwaway import make_workspace

pytest.register_assert_rewrite("browsing")  # before a test imports it


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path)


@pytest.fixture(scope="module")
def shared_workspace(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("workspace"))


@pytest.fixture
def installed(workspace, monkeypatch):
    """Put the workspace's packages on the path of this process, and forget them afterwards."""

    def use():
        for source in workspace.sources:
            monkeypatch.syspath_prepend(str(source))
        return {entry.slug: entry for entry in plugins.discover()}

    before = set(sys.modules)
    yield use
    for name in set(sys.modules) - before:
        del sys.modules[name]
