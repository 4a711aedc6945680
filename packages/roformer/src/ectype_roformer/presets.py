"""Settings of the model and of its pre-training (section 4.2)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class RoFormerSettings:
    """The model; the defaults are those of BERT base, uncased, which the paper names.

    Source: section 4.2.1.
    """

    vocabulary: int = 30_522
    """Number of tokens."""
    d_model: int = 768
    """Width of the model."""
    layers: int = 12
    """Number of layers."""
    heads: int = 12
    """Number of heads; their width is even."""
    d_ff: int = 3072
    """Width inside the feed-forward network."""
    dropout: float = 0.1
    """Probability with which a number is dropped in embeddings and after each sub-layer."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        reasons = [
            f"{name} must be at least 1; received {getattr(self, name)}"
            for name in ("vocabulary", "layers", "d_ff")
            if getattr(self, name) < 1
        ]
        if self.heads < 1 or self.d_model < 2 or self.d_model % (2 * self.heads):
            reasons.append(
                f"heads must divide d_model into even widths; received d_model={self.d_model}, heads={self.heads}"
            )
        if not 0 <= self.dropout < 1:
            reasons.append(f"dropout must be at least 0 and below 1; received {self.dropout}")
        if reasons:
            raise ValueError("; ".join(reasons))


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainingSettings:
    """Pre-training with masked tokens.

    Source: section 4.2.2; what it leaves open is that of BERT and of the official `train.py`.
    """

    steps: int = 100_000
    """Steps of the optimizer (section 4.2.2)."""
    batch: int = 64
    """Sequences in a batch (section 4.2.2)."""
    length: int = 512
    """Tokens of a sequence (section 4.2.2)."""
    rate: float = 1e-5
    """Learning rate of AdamW (section 4.2.2)."""
    weight_decay: float = 0.01
    """Of weights, not of biases and normalisations (official code)."""
    masked: float = 0.15
    """Part of the tokens that are to be predicted (official code)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        reasons = [
            f"{name} must be at least {least}; received {getattr(self, name)}"
            for name, least in {"steps": 0, "batch": 1, "length": 1, "weight_decay": 0}.items()
            if getattr(self, name) < least
        ]
        if self.rate <= 0:
            reasons.append(f"rate must be positive; received {self.rate}")
        if not 0 < self.masked <= 1:
            reasons.append(f"masked must be above 0 and at most 1; received {self.masked}")
        if reasons:
            raise ValueError("; ".join(reasons))


# Sec. 4.2: bert-base-uncased, 100k steps of AdamW at 1e-5, batch size 64, maximum sequence length 512
BASE = RoFormerSettings()
PRETRAINING = PretrainingSettings()
