"""Plugins: found without an import, loaded one by one, a bad one is a row with its reason."""

import sys

import pluggy
import pytest
from ectype import Paper, hookimpl, plugins
from ectype.checks import Check, unique
from ectype.errors import UsageError
from ectype.plugins import Entry, Manager, PluginError


def test_papers_are_found_sorted_and_not_imported(workspace, installed):
    workspace.paper("zebra")
    workspace.paper("alpha")
    found = installed()
    assert [slug for slug in found if slug in ("alpha", "zebra")] == ["alpha", "zebra"]
    assert found["alpha"].package == workspace.root / "packages/ectype-alpha/src/ectype_alpha"
    assert found["alpha"].root == workspace.root / "packages/ectype-alpha"
    assert "ectype_alpha" not in sys.modules


def test_a_slug_of_two_distributions_is_a_problem_that_names_both(workspace, installed):
    workspace.paper("twice")
    workspace.paper("twice", package="ectype_other", distribution="ectype-other")
    assert "by ectype-other and ectype-twice" in installed()["twice"].problem


@pytest.mark.parametrize("slug", ["Upper", "under_score", "-dash"])
def test_a_slug_that_is_not_words_is_a_problem(workspace, installed, slug):
    workspace.paper(slug, package="ectype_x")
    assert "lower-case words" in installed()[slug].problem


def test_a_package_whose_source_is_gone_is_a_problem(workspace, installed):
    workspace.paper("gone", value="no_such_package.claims:paper")
    assert "'no_such_package.claims' is registered and its source is not there" in installed()["gone"].problem


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ("raise RuntimeError('on purpose')", "raised RuntimeError: on purpose"),
        ("import no_such_module", "raised ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", "raised SystemExit: 3"),
        ("def broken(:", "raised SyntaxError"),
        ("other = 1", "raised AttributeError"),
        (
            "from ectype import Paper\npaper = Paper(__package__, equations=1, tables=1, api=2)",
            "version 2 of the plugin",
        ),
    ],
)
def test_a_plugin_that_cannot_be_loaded_says_why(workspace, installed, claims, text):
    workspace.paper("bad", claims=claims)
    with pytest.raises(PluginError, match=text) as caught:
        plugins.load(installed()["bad"])
    assert str(caught.value).startswith("bad: ")


class WrongHook:
    @hookimpl
    def ectype_papers(self):
        return None


class NoHook:
    pass


class WrongArguments:
    @hookimpl
    def ectype_paper(self, colour):
        return colour


class Good:
    @hookimpl
    def ectype_paper(self):
        return "a paper"


@pytest.mark.parametrize(
    ("plugin", "text"),
    [
        (WrongHook(), "unknown hook 'ectype_papers'"),
        (NoHook(), "implements none of the hooks"),
        (WrongArguments(), "colour"),
    ],
)
def test_a_wrong_hook_is_a_problem_and_harms_no_other(plugin, text):
    manager = Manager()
    manager.register(Good(), "good")
    manager.register(plugin, "wrong")
    manager.register(Good(), "also-good")
    (problem,) = manager.problems
    assert text in problem.received
    assert problem.file == "wrong"
    assert manager.hook.ectype_paper() == ["a paper", "a paper"]


def test_strict_raises_the_problem_instead():
    with pytest.raises(PluginError, match="unknown hook"):
        Manager(strict=True).register(WrongHook(), "wrong")
    entry = Entry("bad", "no_such_module:x", "ectype-bad", "0.1", None, "its source is not there")
    with pytest.raises(PluginError, match="its source is not there"):
        Manager(strict=True).load([entry])


def test_a_plugin_can_add_checks_and_report_formats(workspace, installed):
    source = workspace.root / "extra"
    source.mkdir()
    (source / "ectype_extra").mkdir()
    (source / "ectype_extra/__init__.py").write_text(
        "from ectype import hookimpl\nfrom ectype.checks import check\nfrom ectype.report import ReportFormat\n"
        "@check('loss')\ndef is_fair(component):\n    '''It is fair.\n\n    Because.'''\n"
        "@hookimpl\ndef ectype_checks():\n    return [is_fair]\n"
        "@hookimpl\ndef ectype_report_formats():\n    return [ReportFormat('words', lambda judged: b'words')]\n"
    )
    workspace.register(source, "extra", "ectype_extra", "ectype-extra", group="ectype.plugins")
    installed()
    manager = plugins.manager(strict=True)
    assert "is-fair" in {c.name for found in manager.hook.ectype_checks() for c in found}
    assert {f.name for found in manager.hook.ectype_report_formats() for f in found} == {"junit", "json", "words"}


def test_a_check_cannot_replace_another():
    first, second = (Check("shape", frozenset({"layer"}), function) for function in (lambda c: None, lambda c: {}))
    with pytest.raises(UsageError, match="two are called 'shape'"):
        unique([first, second])


def test_a_paper_is_a_plugin_by_itself():
    manager = pluggy.PluginManager("ectype")
    manager.add_hookspecs(plugins.Hooks)
    paper = Paper("ectype_example", equations=0, tables=0)
    manager.register(paper)
    manager.check_pending()
    assert manager.hook.ectype_paper() == [paper]
