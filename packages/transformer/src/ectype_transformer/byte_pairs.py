"""Byte-pair encoding with one vocabulary for both languages (section 5.1)."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ectype_transformer.extras import require
from ectype_transformer.token_pairs import SPECIAL_TOKENS

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class BytePairs:
    """Text to tokens and back, without loss for any text.

    The paper does not say how text is split before the pairs are learned: at spaces and between letters, digits and
    punctuation, with bytes for the smallest units, so that no text is unknown. The first ids are the special tokens,
    which no text can produce.

    Args:
        tokenizer: a trained tokenizer.

    Source: section 5.1.
    """

    def __init__(self, tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer

    @classmethod
    def learn(cls, texts: Iterable[str], size: int) -> "BytePairs":
        """Learn from texts, which are those of both languages.

        Args:
            texts: sentences.
            size: greatest number of tokens, special ones included; a small corpus gives fewer.

        Returns:
            The encoding; the same texts give the same one.

        Raises:
            ValueError: size leaves no room for the 256 bytes and the special tokens.
        """
        tokenizers = require("tokenizers")
        if size < 256 + len(SPECIAL_TOKENS):
            raise ValueError(
                f"size must be at least {256 + len(SPECIAL_TOKENS)}, for bytes and special tokens; received {size}"
            )
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = tokenizers.decoders.ByteLevel()
        # Sec. 5.1: byte-pair encoding with a shared source-target vocabulary
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=size - len(SPECIAL_TOKENS),
            initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer)

    @classmethod
    def load(cls, path: Path) -> "BytePairs":
        """Read what `save` wrote."""
        return cls(require("tokenizers").Tokenizer.from_file(str(path)))

    def save(self, path: Path) -> None:
        """Write to a JSON file."""
        self._tokenizer.save(str(path))

    def __len__(self) -> int:
        """Tokens of the vocabulary, special ones included."""
        return self._tokenizer.get_vocab_size() + len(SPECIAL_TOKENS)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of each text, without special ones."""
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        return [[token + len(SPECIAL_TOKENS) for token in encoding.ids] for encoding in encodings]

    def decode(self, tokens: Iterable[int]) -> str:
        """Text of tokens; special ones are left out."""
        return self._tokenizer.decode([token - len(SPECIAL_TOKENS) for token in tokens if token >= len(SPECIAL_TOKENS)])
