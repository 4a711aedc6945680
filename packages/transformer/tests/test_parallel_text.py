import sys
from collections import Counter
from importlib.resources import files
from itertools import pairwise

import pytest
import torch
from ectype.errors import UsageError
from ectype_transformer.batch_order import BatchOrder
from ectype_transformer.byte_pairs import BytePairs
from ectype_transformer.corpus_grammar import corpus
from ectype_transformer.parallel_text import (
    ParallelText,
    Translations,
    encode_pairs,
    learn_byte_pairs,
    shipped_corpus,
    wmt14,
)
from ectype_transformer.tasks import load_task, prepare
from ectype_transformer.token_pairs import END, PADDING, SPECIAL_TOKENS, START, TokenPairs

pytest.importorskip("tokenizers")

SENTENCES = [
    ("Wiederaufnahme der Sitzungsperiode", "Resumption of the session"),
    ("Ich bitte Sie, sich zu erheben.", "Please rise, then, for this minute's silence."),
    ("Das ist ein Haus.", "This is a house."),
    ("Das Haus ist alt.", "The house is old."),
]


# The corpus of the package


def test_the_shipped_file_is_what_the_grammar_makes():
    text = (files("ectype_transformer") / "corpus" / "english-german.tsv").read_text(encoding="utf-8")
    assert text == "".join(f"{english}\t{german}\n" for english, german in corpus())
    assert len(set(text.splitlines())) == 400


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("The teacher does not read the small book.", "Der Lehrer liest das kleine Buch nicht."),
        ("Every day the friendly doctor finds a lamp.", "Jeden Tag findet der freundliche Arzt eine Lampe."),
        ("The doctor has painted a tree.", "Der Arzt hat einen Baum gemalt."),
        ("The man wants to buy the big bag.", "Der Mann will die große Tasche kaufen."),
        ("Does the friendly girl see the small table?", "Sieht das freundliche Mädchen den kleinen Tisch?"),
    ],
)
def test_translations_agree_with_ones_written_by_hand(english, german):
    assert (english, german) in corpus()


def test_held_out_pairs_are_not_trained_on():
    text = shipped_corpus()
    assert (len(list(text.train)), len(list(text.held_out))) == (350, 50)
    assert {source for source, _ in text.train}.isdisjoint(source for source, _ in text.held_out)


# Byte-pair encoding


def test_any_text_comes_back():
    byte_pairs = BytePairs.learn(["low lower lowest", "neu neuer am neuesten"], 300)
    texts = ["low  neuest\tünïcödé", "", "日本語 🙂", "<end> <padding>", " leading and trailing "]
    tokens = byte_pairs.encode(texts)
    assert [byte_pairs.decode(row) for row in tokens] == texts
    assert min(token for row in tokens for token in row) >= len(SPECIAL_TOKENS)
    assert max(token for row in tokens for token in row) < len(byte_pairs) <= 300
    assert byte_pairs.decode([START, *tokens[0], END, PADDING]) == texts[0]


def test_the_first_learned_token_is_the_most_frequent_pair():
    words = ["abab", "abc", "ab", "cab", "ba"]
    pairs = Counter(pair for word in words for pair in pairwise(word))
    (first, second), _ = pairs.most_common(1)[0]
    with_one_merge = BytePairs.learn(words, 256 + len(SPECIAL_TOKENS) + 1)
    assert [len(row) for row in with_one_merge.encode(words)] == [len(w) - w.count(first + second) for w in words]


def test_both_languages_share_one_vocabulary_which_is_saved_and_learned_again(tmp_path):
    text = shipped_corpus()
    byte_pairs = learn_byte_pairs(text, 500)
    byte_pairs.save(tmp_path / "byte-pairs.json")
    samples = ["The teacher sees the house.", "Der Lehrer sieht das Haus."]
    assert BytePairs.load(tmp_path / "byte-pairs.json").encode(samples) == byte_pairs.encode(samples)
    assert learn_byte_pairs(text, 500).encode(samples) == byte_pairs.encode(samples)
    assert all(len(row) < len(sample) / 2 for row, sample in zip(byte_pairs.encode(samples), samples, strict=True))


def test_a_vocabulary_without_room_for_bytes_is_refused():
    with pytest.raises(ValueError, match=r"at least 259.*received 100"):
        BytePairs.learn(["text"], 100)


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(UsageError, match=r"needs tokenizers.*pip install 'ectype-transformer\[train\]'"):
        BytePairs.learn(["text"], 300)


# Token pairs


def test_pairs_become_batches_with_end_tokens_padding_and_a_shifted_target():
    pairs = TokenPairs.of([([5, 6, 7], [8]), ([9], [10, 11])])
    batch = pairs.batch(torch.tensor([1, 0]))
    assert batch.source.tolist() == [[9, END, PADDING, PADDING], [5, 6, 7, END]]
    assert batch.target.tolist() == [[10, 11, END], [8, END, PADDING]]
    assert batch.previous.tolist() == [[START, 10, 11], [START, 8, END]]
    assert pairs.source.lengths.tolist() == [4, 2]


def test_saved_pairs_come_back(tmp_path):
    pairs = TokenPairs.of([([5, 6, 7], [8]), ([9], [10, 11])])
    pairs.save(tmp_path / "pairs.safetensors")
    loaded = TokenPairs.load(tmp_path / "pairs.safetensors")
    assert [loaded.source[row].tolist() for row in range(2)] == [[5, 6, 7, END], [9, END]]
    assert [loaded.target[row].tolist() for row in range(2)] == [[8, END], [10, 11, END]]


def test_long_and_empty_pairs_are_left_out():
    byte_pairs = BytePairs.learn(["a b"], 259)
    lengths = encode_pairs([("a", "b"), ("aaaa", "b"), ("", "b"), ("aaa", "bbb")], byte_pairs, longest=4)
    assert lengths.source.lengths.tolist() == [2, 4]


# Batches by approximate length


@pytest.fixture
def lengths():
    generator = torch.Generator().manual_seed(0)
    return (torch.randn(20_000, generator=generator) * 0.6 + 3.2).exp().long().clamp(2, 250)


def test_every_epoch_takes_each_pair_once_and_in_another_order(lengths):
    order = BatchOrder(lengths, 25_000, seed=3)
    epochs = [[order.batch(1 + epoch * len(order) + i) for i in range(len(order))] for epoch in range(2)]
    for batches in epochs:
        assert torch.cat(batches).sort().values.equal(torch.arange(20_000))
    assert not torch.cat(epochs[0]).equal(torch.cat(epochs[1]))


def test_batches_hold_about_as_many_tokens_as_asked_for(lengths):
    order = BatchOrder(lengths, 2500)
    batches = [order.batch(step) for step in range(1, len(order) + 1)]
    assert max(len(rows) * int(lengths[rows].max()) for rows in batches) <= 2500
    # The last batch of a class may be small; the others are nearly full.
    assert torch.tensor([float(lengths[rows].sum()) for rows in batches]).median() >= 0.9 * 2500


def test_pairs_of_a_batch_are_about_equally_long(lengths):
    order = BatchOrder(lengths, 25_000)
    for step in range(1, len(order) + 1):
        here = lengths[order.batch(step)]
        assert here.max() <= max(16, 1.1 * here.min())


def test_a_batch_depends_on_seed_and_step_alone(lengths):
    order, again, other = (BatchOrder(lengths, 25_000, seed=seed) for seed in (3, 3, 4))
    step = 2 * len(order) + 7
    for earlier in (1, len(order) + 1):
        order.batch(earlier)
    assert order.batch(step).equal(again.batch(step))
    assert not order.batch(step).equal(other.batch(step))


def test_errors_of_batches_name_what_was_received():
    with pytest.raises(ValueError, match="batch of 50 tokens; received 2 pairs, the longest of 60"):
        BatchOrder(torch.tensor([60, 3]), 50)
    with pytest.raises(ValueError, match="received 0 pairs"):
        BatchOrder(torch.empty(0, dtype=torch.long), 50)
    with pytest.raises(ValueError, match="count from 1; received 0"):
        BatchOrder(torch.tensor([3]), 50).batch(0)


# WMT 2014


@pytest.fixture
def copy_of_wmt14(tmp_path, monkeypatch):
    """A folder laid out as the repository of the data set, with four pairs."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    rows = datasets.Dataset.from_list([{"translation": {"de": german, "en": english}} for german, english in SENTENCES])
    (tmp_path / "wmt14" / "de-en").mkdir(parents=True)
    for split, part in {"train": rows.select(range(3)), "validation": rows.select([3])}.items():
        part.to_parquet(str(tmp_path / "wmt14" / "de-en" / f"{split}-00000-of-00001.parquet"))
    (tmp_path / "wmt14" / "README.md").write_text(
        "---\nconfigs:\n- config_name: de-en\n  data_files:\n"
        "  - {split: train, path: de-en/train-*}\n  - {split: validation, path: de-en/validation-*}\n---\n"
    )
    return tmp_path / "wmt14"


def test_wmt14_is_read_from_a_copy_as_english_to_german(copy_of_wmt14):
    text = wmt14("de", str(copy_of_wmt14))
    assert list(text.train) == [(english, german) for german, english in SENTENCES[:3]]
    assert list(text.train) == list(text.train)
    assert list(text.held_out) == [(english, german) for german, english in SENTENCES[3:]]


def test_wmt14_is_tokenised_once_into_a_folder(copy_of_wmt14, tmp_path):
    folder = tmp_path / "data"
    prepare("wmt14-en-de", folder, vocabulary=300, seed=0, wmt14_path=str(copy_of_wmt14))
    task = load_task("wmt14-en-de", folder)
    assert task.text(task.train.source[0].tolist()) == "Resumption of the session"
    assert task.text(task.train.target[0].tolist()) == "Wiederaufnahme der Sitzungsperiode"
    assert (len(task.train), len(task.held_out)) == (3, 1)
    prepare("wmt14-en-de", folder, vocabulary=300, seed=0, wmt14_path="nowhere")
    assert not list(tmp_path.glob(".*"))


def test_a_data_set_in_memory_will_do_as_well():
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_list([{"translation": {"fr": "Oui.", "en": "Yes."}}] * 3)
    text = ParallelText(Translations(rows, "en", "fr"), Translations(rows.select([0]), "en", "fr"))
    byte_pairs = learn_byte_pairs(text, 300)
    targets = encode_pairs(text.train, byte_pairs).target
    assert [byte_pairs.decode(targets[row].tolist()) for row in range(3)] == ["Oui."] * 3


def test_without_the_data_the_error_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere \(fr-en\) must be a copy of WMT 2014.*received .*--wmt14"):
        wmt14("fr", str(tmp_path / "nowhere"))
