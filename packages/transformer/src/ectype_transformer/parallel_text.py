"""Corpora of sentence pairs: WMT 2014 (section 5.1), and a small one that the package ships."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, Protocol

from ectype.errors import UsageError

from ectype_transformer.byte_pairs import BytePairs
from ectype_transformer.extras import require
from ectype_transformer.presets import Preset, TrainingSettings
from ectype_transformer.token_pairs import TokenPairs
from ectype_transformer.transformer import TransformerSettings

if TYPE_CHECKING:
    from datasets import Dataset

WMT14 = "wmt/wmt14"

# The first code leaves out longer training sentences (`max_length` in tensor2tensor's base model); the paper is silent.
LONGEST = 256

# Not from the paper: sizes with which the shipped corpus is learned within a minute on one core.
SHIPPED = Preset(
    model=TransformerSettings(vocabulary=512, d_model=64, heads=4, layers=2, d_ff=128, dropout=0.1),
    training=TrainingSettings(steps=600, warmup=300, smoothing=0.1, source_tokens=1024, target_tokens=1024),
)


class SentencePairs(Protocol):
    """Pairs of source and target sentence that can be gone through again and again."""

    def __iter__(self) -> Iterator[tuple[str, str]]: ...


@dataclass(frozen=True, slots=True)
class ParallelText:
    """A corpus: pairs to train on, and pairs held out.

    Args:
        train: pairs to train on.
        held_out: other pairs, for validation.
    """

    train: SentencePairs
    held_out: SentencePairs


@dataclass(frozen=True, slots=True)
class Translations:
    """Sentence pairs of a Hugging Face data set with a column `translation` of texts by language.

    Args:
        rows: the data set.
        source: code of the source language.
        target: code of the target language.
    """

    rows: "Dataset"
    source: str
    target: str

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for rows in self.rows.iter(batch_size=1000):
            for texts in rows["translation"]:
                yield texts[self.source], texts[self.target]


def wmt14(target: Literal["de", "fr"], path: str = WMT14) -> ParallelText:
    """Load WMT 2014 from English, with newstest2013 held out.

    Args:
        target: the target language.
        path: name of the data set on the Hugging Face hub, or a folder with a copy of it.

    Returns:
        The corpus, read from disk as needed: about 4.5 million pairs for German, many more for French.

    Raises:
        UsageError: the data set cannot be loaded, or `datasets` is not installed.

    Source: section 5.1.
    """
    datasets = require("datasets")
    try:
        splits = datasets.load_dataset(path, f"{target}-en")
        # Sec. 5.1: the WMT 2014 data
        # Sec. 6.2: newstest2013 is the development set
        return ParallelText(*(Translations(splits[name], "en", target) for name in ("train", "validation")))
    except Exception as error:  # network libraries raise many unrelated kinds
        reason = str(error).partition("\n")[0] or "no reason given"
        raise UsageError(
            f"{path} ({target}-en) must be a copy of WMT 2014 that can be loaded; received {type(error).__name__}: {reason}. "
            "It is downloaded once, which needs access to huggingface.co; without it, copy the repository of the data "
            "set to this machine and name its folder with --wmt14, or use --data shipped"
        ) from error


def shipped_corpus(held_out_every: int = 8) -> ParallelText:
    """Load the English-German corpus of the package, 400 sentence pairs of `corpus_grammar`.

    Args:
        held_out_every: one in so many pairs is held out.

    Returns:
        The corpus.
    """
    lines = (files(__package__) / "corpus" / "english-german.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [(english, german) for english, _, german in (line.partition("\t") for line in lines)]
    held_out = pairs[::held_out_every]
    return ParallelText([pair for index, pair in enumerate(pairs) if index % held_out_every], held_out)


def learn_byte_pairs(text: ParallelText, size: int) -> BytePairs:
    """Learn the shared vocabulary from the training pairs.

    Args:
        text: the corpus.
        size: greatest number of tokens.

    Returns:
        The encoding.

    Raises:
        ValueError: see `BytePairs.learn`.

    Source: section 5.1.
    """
    # Sec. 5.1: a shared source-target vocabulary
    return BytePairs.learn(chain.from_iterable(text.train), size)


def encode_pairs(pairs: Iterable[tuple[str, str]], byte_pairs: BytePairs, longest: int | None = None) -> TokenPairs:
    """Tokenise sentence pairs.

    Args:
        pairs: source and target sentences.
        byte_pairs: the encoding of both languages.
        longest: pairs of which a side has more tokens, end token included, are left out, and so are pairs with an empty
            side; None to keep all.

    Returns:
        The tokens.
    """
    return TokenPairs.of(_encoded(pairs, byte_pairs, longest))


def _encoded(
    pairs: Iterable[tuple[str, str]], byte_pairs: BytePairs, longest: int | None
) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    remaining = iter(pairs)
    while chunk := list(islice(remaining, 10_000)):
        sides = (byte_pairs.encode(texts) for texts in zip(*chunk, strict=True))
        for source, target in zip(*sides, strict=True):
            if longest is None or (source and target and max(len(source), len(target)) < longest):
                yield source, target
