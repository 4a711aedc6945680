"""Citations: BibTeX entries and citation files as publishers print them."""

import pytest
from ectype.errors import UsageError
from ectype.scaffold import bibtex, citation
from ectype.scaffold.citation import Citation

ARXIV = r"""
@misc{lin2018focal,
      title={Focal Loss for
             Dense Object Detection},
      author={Tsung-Yi Lin and Priya Goyal and Piotr Doll{\'a}r},
      year={2018},
      eprint={1708.02002v2},
      archivePrefix={arXiv},
      primaryClass={cs.CV},
      url={https://arxiv.org/abs/1708.02002},
}
"""
SCHOLAR = r"""@article{kingma2014adam,
  title={Adam: A method for stochastic optimization},
  author={Kingma, Diederik P and Ba, Jimmy and others},
  journal={arXiv preprint arXiv:1412.6980},
  year={2014}
}"""
DBLP = r"""% from dblp
@article{DBLP:journals/corr/VaswaniSPUJGKP17,
  author    = {Ashish Vaswani and
               {\L}ukasz Kaiser},
  title     = {Attention Is All You Need},
  journal   = {CoRR},
  volume    = {abs/1706.03762},
  month     = jun,
  year      = 2017
}
@comment{ jabref-meta: databaseType:bibtex; }"""
PROCEEDINGS = r"""
@inproceedings{x, author = "van der Berg, Bo and {Barnes and Noble, Inc.} and M{\"u}ller, Jr., Hans and Erd\H{o}s, P\'al",
 title = "{GAN}s \& {$\ell_1$} -- the " # "rest", doi = {10.1000/182}, pages = {1--2}, }
"""
CFF = """
cff-version: 1.2.0
message: "If you use this software, please cite it."
title: the software
authors:
  - family-names: Software
    given-names: Sam
repository-code: https://github.com/a/b
preferred-citation:
  type: article
  title: "The paper:
    in two lines"
  authors:
    - family-names: Berg
      given-names: Bo
      name-particle: van der
    - name: "The Team, Inc."
  doi: 10.48550/arXiv.1708.02002
  url: https://journal.example.org/1
"""


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (
            ARXIV,
            Citation(
                title="Focal Loss for Dense Object Detection",
                authors=("Tsung-Yi Lin", "Priya Goyal", "Piotr Dollár"),
                paper="https://arxiv.org/abs/1708.02002v2",
            ),
        ),
        (
            SCHOLAR,
            Citation(
                title="Adam: A method for stochastic optimization",
                authors=("Diederik P Kingma", "Jimmy Ba"),
                paper="https://arxiv.org/abs/1412.6980",
            ),
        ),
        (
            DBLP,
            Citation(
                title="Attention Is All You Need",
                authors=("Ashish Vaswani", "Łukasz Kaiser"),
                paper="https://arxiv.org/abs/1706.03762",
            ),
        ),
        (
            PROCEEDINGS,
            Citation(
                title=r"GANs & $\ell_1$ – the rest",
                authors=("Bo van der Berg", "Barnes and Noble Inc.", "Hans Müller Jr.", "Pál Erdős"),
                paper="https://doi.org/10.1000/182",
            ),
        ),
        (
            CFF,
            Citation(
                title="The paper: in two lines",
                authors=("Bo van der Berg", "The Team Inc."),
                paper="https://arxiv.org/abs/1708.02002",
                code="https://github.com/a/b",
            ),
        ),
        (
            "cff-version: 1.2.0\ntitle: T\nauthors: [{family-names: A}]\nidentifiers: [{type: doi, value: 10.5281/z.1}]",
            Citation(title="T", authors=("A",), paper="https://doi.org/10.5281/z.1"),
        ),
    ],
)
def test_what_a_file_says(tmp_path, text, known):
    path = tmp_path / "cited"
    path.write_text(text, encoding="utf-8")
    assert citation.read(path) == known


@pytest.mark.parametrize(
    ("name", "text", "received"),
    [
        ("a.bib", ARXIV + SCHOLAR, "received 2"),
        ("a.bib", "no entry", "received 0"),
        ("a.bib", "@misc{x, title={never ends", "never ends"),
        ("a.bib", "@misc{x, title={a} author={b}", "received ''"),
        ("a.bib", "@misc{x", "received ''"),
        ("a.bib", "@misc{x, title=}", "'title'"),
        ("a.cff", "title: no version", "has no cff-version"),
        ("a.cff", "a: [", "a.cff"),
        ("a.cff", "- 1", "has no cff-version"),
    ],
)
def test_what_is_no_citation_is_refused(tmp_path, name, text, received):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        citation.read(tmp_path / name)
    assert received in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.bib"):
        citation.read(tmp_path / "absent.bib")


@pytest.mark.parametrize(
    ("latex", "unicode"),
    [
        (r"{\"O}zdemir", "Özdemir"),
        (r"\c{C}elik", "Çelik"),
        (r"Ho\v{r}ava", "Hořava"),
        (r"{\AA}ngstr{\"{o}}m", "Ångström"),
        (r"Mart{\'\i}n", "Martín"),
        (r"Stra{\ss}e", "Straße"),
        (r"\textit{Deep} {N}ets", "Deep Nets"),
        (r"100\% of R\&D", "100% of R&D"),
        ("Bj{\\o}rn~Lie", "Bjørn Lie"),
    ],
)
def test_markup_becomes_characters(latex, unicode):
    assert bibtex.plain(latex) == unicode


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("1708.02002v2", "https://arxiv.org/abs/1708.02002v2"),
        ("arXiv:1708.02002", "https://arxiv.org/abs/1708.02002"),
        ("cs/0112017", "https://arxiv.org/abs/cs/0112017"),
        ("https://openreview.net/forum?id=x", "https://openreview.net/forum?id=x"),
    ],
)
def test_an_identifier_of_arxiv_becomes_a_url(given, url):
    assert citation.url(given) == url


def test_options_go_before_the_file_and_the_file_fills_the_rest(workspace):
    from ectype.header import read

    (workspace.root / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    (workspace.root / "focal.bib").write_text(ARXIV, encoding="utf-8")
    done = workspace.run("new", "focal", "--from", "focal.bib", "--kind", "loss", "--title", "Another title")
    assert done.returncode == 0, done.stderr
    header = read(workspace.root / "packages/focal/src/ectype_focal/__init__.py")
    assert (header.title, header.authors[2]) == ("Another title", "Piotr Dollár")
    assert header.paper == "https://arxiv.org/abs/1708.02002v2"
