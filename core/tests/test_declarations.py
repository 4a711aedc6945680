"""Declarations: every reason collected and raised once, with file and line."""

import pytest
import torch
from ectype import Paper, Sample, Target
from ectype.declarations import bind, kebab
from ectype.errors import DeclarationError


def double(x: torch.Tensor, scale: float = 2.0) -> torch.Tensor:
    return scale * x


def paper() -> Paper:
    made = Paper("ectype_example", equations=1, tables=1)

    @made.component("layer", of=double)
    def draw(rng, batch=2):
        return torch.randn(batch, generator=rng)

    return made


def reasons(made: Paper) -> str:
    with pytest.raises(DeclarationError) as caught:
        made.validate()
    assert all(__file__ in problem.file for problem in caught.value.problems)
    assert all(problem.line for problem in caught.value.problems)
    return str(caught.value)


def test_a_valid_paper_has_no_problem():
    paper().validate()


def test_all_reasons_are_raised_at_once_each_with_its_line():
    made = paper()
    made.equation("Equation one", of=double)
    made.claim("Tab. 1", "a number", printed="sixty")(lambda: 1)
    made.property("Sec. 1", "never", draws=0, tolerance=0.1)(lambda rng: True)
    made.not_attempted("Tab. 1", "BLEU", printed="28.4", because=" ")
    text = reasons(made)
    for part in ("'Equation one'", "'sixty'", "at least one draw", "because=", "not attempted"):
        assert part in text
    lines = {problem.line for problem in _problems(made)}
    assert len(lines) == 4


def _problems(made):
    with pytest.raises(DeclarationError) as caught:
        made.validate()
    return caught.value.problems


def no_component(made):
    made.components.clear()


def unknown_kind(made):
    made.component("widget", of=abs, id="other")(lambda rng: 1)


def no_draw(made):
    made.component("layer", of=abs, id="other")


def draw_without_rng(made):
    made.component("layer", of=abs, id="other")(lambda generator: 1)


def no_settings(made):
    made.component("layer", of=abs, id="other", settings=[])(lambda rng: 1)


def failure_without_reason(made):
    made.component("layer", of=abs, id="other", expected_failures={"gradients": ""})(lambda rng: 1)


def equation_of_nothing(made):
    made.equation("Eq. 1", of=abs)


def reference_of_nothing(made):
    made.reference(of=abs)(lambda x: x)


def reference_without_function(made):
    made.reference(of=double, id="none")


def same_claim_twice(made):
    made.claim("Tab. 1", "a", printed="1")(double)
    made.claim("Tab. 1", "b", printed="2")(double)


def bad_id(made):
    made.claim("Tab. 1", "a", printed="1", id="Not An Id")(double)


def train_line(run, slope):
    return {"error": slope}


def empirical(made, *, control="flat", **changes):
    line = made.experiment(train_line, variants={"steep": {"slope": 1.0}, "flat": {"slope": 0.0}}, minutes=0.1)
    given = {"margin": 0.5, "because": "half the gap", "seeds": 3} | changes
    made.empirical(
        "Tab. 1", "a", of=line["steep"], metric="error", printed=Target("1", runs=1), control=line[control], **given
    )


def empirical_without_margin(made):
    empirical(made, margin=0.0)


def empirical_without_reason(made):
    empirical(made, because=" ")


def empirical_as_its_own_control(made):
    empirical(made, control="steep")


def one_reading(made):
    made.disagreement("norm", "differs", at="Sec. 1", follow="paper").reading("paper", source="Sec. 1")(double)


def follows_nothing(made):
    d = made.disagreement("norm", "differs", at="Sec. 1", follow="mine")
    d.reading("paper", source="Sec. 1")(double)
    d.reading("code", source="file.py")(double)
    d.measure("x")(lambda reading: 1)


def departure_missing(made):
    d = made.disagreement("norm", "differs", at="Sec. 1", follow="code")
    d.reading("paper", source="Sec. 1")(double)
    d.reading("code", source="file.py")(double)
    d.measure("x")(lambda reading: 1)


def nothing_measured(made):
    d = made.disagreement("norm", "differs", at="Sec. 1", follow="paper")
    d.reading("paper", source="Sec. 1")(double)
    d.reading("code", source="file.py")(double)


def reading_twice(made):
    d = made.disagreement("norm", "differs", at="Sec. 1", follow="paper")
    d.reading("paper", source="Sec. 1")(double)
    d.reading("paper", source="Sec. 2")(double)
    d.reading("code", source="file.py")(double)
    d.measure("x")(lambda reading: 1)


def unknown_mark(made):
    made.not_applicable("beauty", because="it is a matter of taste")


@pytest.mark.parametrize(
    ("break_it", "text"),
    [
        (no_component, "at least one component"),
        (unknown_kind, "received 'widget'"),
        (no_draw, "a function that draws the inputs of other"),
        (draw_without_rng, "whose first parameter is rng"),
        (no_settings, "at least one setting"),
        (failure_without_reason, "a reason for the expected failure of 'gradients'"),
        (equation_of_nothing, "Eq. 1 to be of a declared component"),
        (reference_of_nothing, "a reference of a declared component"),
        (reference_without_function, "a function that gives the reference of double"),
        (same_claim_twice, "one claim called 'double'; received a second one"),
        (bad_id, "received 'Not An Id'"),
        (empirical_without_margin, "a margin above 0"),
        (empirical_without_reason, "the source of the margin"),
        (empirical_as_its_own_control, "that is another variant"),
        (one_reading, "at least two readings"),
        (follows_nothing, "received 'mine'"),
        (departure_missing, "departure= for norm"),
        (nothing_measured, "something measured under the readings of norm"),
        (reading_twice, "one reading 'paper' of norm"),
        (unknown_mark, "received 'beauty'"),
    ],
)
def test_each_mistake_is_named(break_it, text):
    made = paper()
    break_it(made)
    assert text in reasons(made)


def test_rows_become_claims_of_their_own_and_share_a_second_derivation():
    made = paper()
    claims = made.claim("Tab. 3", "parameters", printed={"base": "65", "big model": Target("213", source="code")})(
        double
    )
    claims.derivation(abs)
    assert [claim.id for claim in made.claims] == ["double-base", "double-big-model"]
    assert [claim.target.source for claim in made.claims] == ["paper", "code"]
    assert all(claim.second is abs for claim in made.claims)


def test_free_axes_are_the_integer_defaults_of_the_draw():
    assert paper().components[0].axes == {"batch": 2}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MultiHeadAttention", "multi-head-attention"),
        ("warmup_rate", "warmup-rate"),
        ("LSTMCell", "lstm-cell"),
        ("Eq. 1!", "eq-1"),
    ],
)
def test_kebab(name, words):
    assert kebab(name) == words


def test_bind_gives_what_is_asked_for_and_names_what_is_missing():
    assert bind(lambda x, scale: x * scale, (2,), {"scale": 3, "other": 0}, what="f") == 6
    assert bind(lambda x, scale=5: x * scale, (2,), {}, what="f") == 10
    with pytest.raises(TypeError, match="f asks for 'gamma'; what can be asked for here is: scale"):
        bind(lambda x, gamma: x, (2,), {"scale": 3}, what="f")
    with pytest.raises(TypeError, match="f must take 2 inputs by position; it takes 1"):
        bind(lambda x: x, (2, 3), {}, what="f")


def test_a_sample_keeps_values_and_expectation():
    assert Sample([1.0, 2.0], 1.5).expected == 1.5
