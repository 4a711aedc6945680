"""Sizes of the models, and settings of the adaptations, each with the table that states it."""

from dataclasses import dataclass

from ectype_lora.decoder import DecoderSettings

# Sec. 5.4: GPT-2 medium and large, with the sizes of the official code (gpt2_ft.py)
GPT2_MEDIUM = DecoderSettings(d_model=1024, layers=24, heads=16)
GPT2_LARGE = DecoderSettings(d_model=1280, layers=36, heads=20)
# Sec. 5.5: GPT-3 175B, with the sizes of Brown et al. 2020 (Table 2.1) and the tokens of GPT-2
GPT3 = DecoderSettings(d_model=12_288, layers=96, heads=96, context=2048)


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaptationSettings:
    """How a decoder is adapted."""

    targets: tuple[str, ...] = ("query", "value")
    """Layers that are adapted."""
    r: int = 4
    """Rank of each."""
    alpha: float = 32.0
    """Scale of the updates, times the rank."""
    dropout: float = 0.1
    """Rate of dropout on what the factors see."""
    smoothing: float = 0.1
    """Part of the target that is spread over all tokens."""
    rate: float = 2e-4
    """Highest learning rate."""
    warmup: int = 500
    """Steps over which the rate rises."""
    epochs: int = 5
    """Passes over the data."""
    batch: int = 8
    """Examples of a step."""
    weight_decay: float = 0.01
    """Decay of AdamW."""
    beta2: float = 0.999
    """Decay of the mean of squared gradients; official code, the paper does not state it."""
    epsilon: float = 1e-6
    """Added to the root of that mean; official code, the paper does not state it."""


# Tab. 11: GPT-2 on E2E, WebNLG and DART
E2E = AdaptationSettings()
WEBNLG = AdaptationSettings()
DART = AdaptationSettings(weight_decay=0.0, dropout=0.0, smoothing=0.0)
TABLE_11 = {"e2e": E2E, "webnlg": WEBNLG, "dart": DART}
