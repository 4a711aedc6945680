import itertools
import math

import pytest
import torch
from ectype_transformer.beam_search import beam_search, length_penalty, translate
from ectype_transformer.transformer import Transformer, TransformerSettings

END = 0


def random_model(seed, vocabulary=4, batch=2):
    """A next-token model of which every prefix has its own random distribution, different for each item."""
    memory = {}

    def log_p(item, prefix):
        if (item, prefix) not in memory:
            number = hash((seed, item, *prefix)) % 2**31  # integers only: the same in every process
            logits = 2 * torch.randn(vocabulary, generator=torch.Generator().manual_seed(number), dtype=torch.float64)
            memory[item, prefix] = logits.log_softmax(-1)
        return memory[item, prefix]

    def step(tokens):
        beam = len(tokens) // batch
        return torch.stack([log_p(row // beam, tuple(prefix)) for row, prefix in enumerate(tokens.tolist())])

    return log_p, step


def score_of(log_p, item, sequence, penalty):
    total = sum(log_p(item, (1, *sequence[:i]))[token].item() for i, token in enumerate(sequence))
    return total / ((5 + len(sequence)) / 6) ** penalty


def exhaustive(log_p, item, vocabulary, max_length, penalty):
    inner = [token for token in range(vocabulary) if token != END]
    ended = [(*body, END) for n in range(max_length) for body in itertools.product(inner, repeat=n)]
    return max(ended, key=lambda sequence: score_of(log_p, item, sequence, penalty))


def greedy(log_p, item, max_length):
    sequence = []
    while len(sequence) < max_length and END not in sequence:
        sequence.append(log_p(item, (1, *sequence)).argmax().item())
    return sequence


def strip(row):
    return row[: row.index(END) + 1] if END in row else row


@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_the_tree_finds_the_best_sequence(seed, penalty):
    log_p, step = random_model(seed)
    start = torch.ones(2, dtype=torch.long)
    tokens, scores = beam_search(step, start, END, beam=4**4, penalty=penalty, max_length=4)
    for item in range(2):
        best = exhaustive(log_p, item, 4, 4, penalty)
        assert tuple(strip(tokens[item].tolist())) == best
        assert scores[item].item() == pytest.approx(score_of(log_p, item, best, penalty), rel=1e-12)


@pytest.mark.parametrize("penalty", [0.0, 0.6])
@pytest.mark.parametrize("seed", range(5))
def test_beam_of_one_is_greedy(seed, penalty):
    log_p, step = random_model(seed)
    tokens, scores = beam_search(step, torch.ones(2, dtype=torch.long), END, beam=1, penalty=penalty, max_length=6)
    for item in range(2):
        expected = greedy(log_p, item, 6)
        assert strip(tokens[item].tolist()) == expected
        assert scores[item].item() == pytest.approx(score_of(log_p, item, expected, penalty), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_an_item_does_not_depend_on_its_batch(seed):
    start = torch.ones(2, dtype=torch.long)
    log_p, step = random_model(seed)
    tokens, scores = beam_search(step, start, END, beam=2, max_length=5)
    for item in range(2):
        alone = lambda prefixes, item=item: torch.stack([log_p(item, tuple(p)) for p in prefixes.tolist()])  # noqa: E731
        own_tokens, own_scores = beam_search(alone, start[:1], END, beam=2, max_length=5)
        assert strip(own_tokens[0].tolist()) == strip(tokens[item].tolist())
        assert own_scores[0] == scores[item]


def test_search_stops_when_nothing_better_can_come():
    lengths = []

    def step(tokens):
        lengths.append(tokens.shape[1])
        return torch.tensor([0.98, 0.01, 0.01], dtype=torch.float64).log().expand(len(tokens), 3)

    tokens, scores = beam_search(step, torch.ones(1, dtype=torch.long), END, beam=2, max_length=50)
    assert tokens.tolist() == [[END]]
    assert scores.item() == pytest.approx(math.log(0.98))
    assert lengths == [1]


def test_without_an_ending_the_best_unfinished_sequence_is_returned():
    step = lambda tokens: torch.tensor([0.0, 0.3, 0.7], dtype=torch.float64).log().expand(len(tokens), 3)  # noqa: E731
    tokens, scores = beam_search(step, torch.ones(1, dtype=torch.long), END, beam=2, max_length=3, penalty=0.6)
    assert tokens.tolist() == [[2, 2, 2]]
    assert scores.item() == pytest.approx(3 * math.log(0.7) / (8 / 6) ** 0.6)


def test_length_penalty():
    assert length_penalty(1, 0.6) == 1
    assert length_penalty(7, 0.0) == 1
    assert length_penalty(7, 1.0) == 2
    assert length_penalty(19, 0.5) == 2


@pytest.mark.parametrize(
    ("beam", "penalty", "max_length", "received"),
    [(0, 0.6, 5, "beam=0"), (4, -0.1, 5, "penalty=-0.1"), (4, 0.6, 0, "max_length=0")],
)
def test_errors_name_what_was_received(beam, penalty, max_length, received):
    with pytest.raises(ValueError, match=received):
        beam_search(
            lambda tokens: tokens,
            torch.ones(1, dtype=torch.long),
            END,
            beam=beam,
            penalty=penalty,
            max_length=max_length,
        )


@pytest.fixture
def model():
    torch.manual_seed(0)
    settings = TransformerSettings(vocabulary=11, d_model=16, heads=2, layers=2, d_ff=32)
    return Transformer(settings).double().eval()


def test_translation_scores_are_those_of_the_model(model):
    source = torch.tensor([[3, 4, 5, 2], [6, 2, 0, 0]])
    tokens, scores = translate(model, source, start=1, end=2, beam=3, extra_length=3)
    assert tokens.shape[1] <= 7
    for item in range(2):
        row = tokens[item].tolist()
        sequence = torch.tensor([row[: row.index(2) + 1] if 2 in row else row])
        shifted = torch.cat((torch.tensor([[1]]), sequence[:, :-1]), dim=1)
        with torch.no_grad():
            log_p = model(source[item : item + 1], shifted).log_softmax(-1)
        total = log_p.gather(-1, sequence.unsqueeze(-1)).sum().item()
        expected = total / ((5 + sequence.shape[1]) / 6) ** 0.6
        assert scores[item].item() == pytest.approx(expected, rel=1e-10)


def test_translation_refuses_a_model_in_training_mode(model):
    with pytest.raises(ValueError, match="training mode"):
        translate(model.train(), torch.tensor([[3]]), start=1, end=2)
