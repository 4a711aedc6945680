"""What can be trained on: data, tokenised and on disk, with the settings that go with it."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ectype.errors import UsageError

from ectype_transformer.byte_pairs import BytePairs
from ectype_transformer.parallel_text import (
    LONGEST,
    SHIPPED,
    WMT14,
    ParallelText,
    encode_pairs,
    learn_byte_pairs,
    shipped_corpus,
    wmt14,
)
from ectype_transformer.presets import BIG_FRENCH, TABLE_3, Preset
from ectype_transformer.synthetic import REVERSAL, reversal_pairs
from ectype_transformer.token_pairs import SPECIAL_TOKENS, TokenPairs

# Sec. 5.1: a vocabulary of 32000 for English-French, and all else as for English-German
FRENCH = {
    name: replace(preset, model=replace(preset.model, vocabulary=BIG_FRENCH.model.vocabulary))
    for name, preset in TABLE_3.items()
} | {"big": BIG_FRENCH}

PRESETS: Mapping[str, Mapping[str, Preset]] = {
    "wmt14-en-de": TABLE_3,
    "wmt14-en-fr": FRENCH,
    "shipped": {"small": SHIPPED},
    "synthetic": {"small": REVERSAL},
}


@dataclass(frozen=True, slots=True)
class Task:
    """Data to train on.

    Args:
        train: pairs to train on.
        held_out: other pairs, for validation.
        vocabulary: number of tokens.
        text: turns tokens into text.
    """

    train: TokenPairs
    held_out: TokenPairs
    vocabulary: int
    text: Callable[[Iterable[int]], str]


def preset(data: str, name: str | None) -> Preset:
    """Pick settings.

    Args:
        data: name of the data.
        name: name of the settings; the first of the data's if None.

    Returns:
        The settings; their vocabulary is the one asked for, the data may turn out to have a smaller one.

    Raises:
        UsageError: there are no settings of that name for the data.
    """
    presets = PRESETS[data]
    if name is not None and name not in presets:
        raise UsageError(f"--preset must be one of {', '.join(presets)} with --data {data}; received {name}")
    return presets[name] if name is not None else next(iter(presets.values()))


def prepare(data: str, folder: Path, *, vocabulary: int, seed: int, wmt14_path: str = WMT14) -> None:
    """Tokenise data and write it into a folder, unless the folder is there already.

    Args:
        data: name of the data.
        folder: where to; made whole or not at all.
        vocabulary: greatest number of tokens.
        seed: seed of the data that is drawn at random.
        wmt14_path: see `parallel_text.wmt14`.

    Raises:
        UsageError: the data cannot be loaded, or a library is not installed.
    """
    if folder.exists():
        return
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if data == "synthetic":
        train, held_out = reversal_pairs(20_000, held_out=100, seed=seed)
    else:
        text, longest = _corpus(data, wmt14_path)
        byte_pairs = learn_byte_pairs(text, vocabulary)
        byte_pairs.save(partial / "byte-pairs.json")
        train, held_out = encode_pairs(text.train, byte_pairs, longest), encode_pairs(text.held_out, byte_pairs)
    train.save(partial / "train.safetensors")
    held_out.save(partial / "held-out.safetensors")
    partial.rename(folder)


def load_task(data: str, folder: Path) -> Task:
    """Load what `prepare` wrote.

    Args:
        data: name of the data.
        folder: where it is.

    Returns:
        The task.
    """
    train, held_out = (TokenPairs.load(folder / f"{name}.safetensors") for name in ("train", "held-out"))
    if data == "synthetic":
        return Task(train, held_out, REVERSAL.model.vocabulary, _symbols)
    byte_pairs = BytePairs.load(folder / "byte-pairs.json")
    return Task(train, held_out, len(byte_pairs), byte_pairs.decode)


def _symbols(tokens: Iterable[int]) -> str:
    return " ".join(str(token) for token in tokens if token >= len(SPECIAL_TOKENS))


def _corpus(data: str, wmt14_path: str) -> tuple[ParallelText, int | None]:
    if data == "shipped":
        return shipped_corpus(), None
    language: Literal["de", "fr"] = "de" if data == "wmt14-en-de" else "fr"
    return wmt14(language, wmt14_path), LONGEST
