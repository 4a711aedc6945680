"""Fixtures that all tests of core share."""

import pytest
from throwaway import make_workspace


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path)


@pytest.fixture(scope="module")
def shared_workspace(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("workspace"))
