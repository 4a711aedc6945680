"""The page of the conformance suite is read from the source and says what the checks say of themselves."""

from ectype.checks import BuiltIn
from ectype.site.suite import described, suite


def test_every_check_is_described_as_it_is():
    listed = {check.name: check for checks in described().values() for check in checks}
    loaded = {check.name: check for check in BuiltIn().ectype_checks()}
    assert listed.keys() == loaded.keys()
    for name, check in loaded.items():
        assert set(listed[name].kinds) == check.kinds
        assert (listed[name].asserts, listed[name].why, listed[name].deep) == (check.asserts, check.why, check.deep)
        assert listed[name].trait == (check.trait.__name__ if check.trait else "")


def test_the_page_has_a_row_for_each():
    page = suite()
    for checks in described().values():
        for check in checks:
            assert check.name in page
