"""Settings of the paper: the models of Table 3, training (section 5) and decoding (section 6.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ectype_transformer.transformer import TransformerSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingSettings:
    """How a model is trained; the defaults are the base model's.

    Source: section 5.
    """

    steps: int = 100_000
    """Optimizer steps (section 5.2 and Table 3)."""
    warmup: int = 4_000
    """Steps of the rise of the learning rate (section 5.3)."""
    beta1: float = 0.9
    """Adam's decay of the first moment (section 5.3)."""
    beta2: float = 0.98
    """Adam's decay of the second moment (section 5.3)."""
    epsilon: float = 1e-9
    """Adam's epsilon (section 5.3)."""
    smoothing: float = 0.1
    """epsilon_ls of label smoothing (section 5.4 and Table 3)."""
    source_tokens: int = 25_000
    """Source tokens in a batch, about (section 5.1)."""
    target_tokens: int = 25_000
    """Target tokens in a batch, about (section 5.1)."""
    averaged_checkpoints: int = 5
    """Last checkpoints whose weights are averaged for Table 2; Table 3 uses none of them (sections 6.1, 6.2)."""
    checkpoint_minutes: float = 10.0
    """Time between those checkpoints (section 6.1, given for the base models)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchSettings:
    """How translations are searched for.

    Source: section 6.1.
    """

    beam: int = 4
    """Beam size."""
    penalty: float = 0.6
    """alpha of the length penalty."""
    extra_length: int = 50
    """How much longer than the input an output may get."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A row of Table 3.

    Source: Table 3.
    """

    model: TransformerSettings
    """The architecture."""
    training: TrainingSettings = field(default_factory=TrainingSettings)
    """The training."""


# Sec. 5.1: English-German, a shared source-target vocabulary of about 37000 tokens
VOCABULARY = 37_000

# Tab. 3: row base, N 6, d_model 512, d_ff 2048, h 8, d_k and d_v 64, P_drop 0.1, epsilon_ls 0.1, 100K steps
BASE = Preset(model=TransformerSettings(vocabulary=VOCABULARY))

# Tab. 3: row big, d_model 1024, d_ff 4096, h 16, P_drop 0.3, 300K steps
# Sec. 6.1: for the big models the last 20 checkpoints are averaged
BIG = Preset(
    model=replace(BASE.model, d_model=1024, heads=16, d_ff=4096, dropout=0.3),
    training=replace(BASE.training, steps=300_000, averaged_checkpoints=20),
)

# Sec. 6.1: the big model for English-French has dropout 0.1
# Sec. 5.1: English-French, a vocabulary of 32000 word pieces
BIG_FRENCH = replace(BIG, model=replace(BIG.model, vocabulary=32_000, dropout=0.1))

# Sec. 6.1: beam size 4, length penalty 0.6, maximum output length input length + 50
SEARCH = SearchSettings()

# The paper does not give the length of the learned table of row (E); 256 is `max_length` of tensor2tensor's base model.
LEARNED_POSITIONS = 256


TABLE_3: Mapping[str, Preset] = MappingProxyType(
    {
        "base": BASE,
        # Tab. 3: rows (A), heads with d_k = d_v = d_model / h
        "A-heads-1": Preset(model=replace(BASE.model, heads=1)),
        "A-heads-4": Preset(model=replace(BASE.model, heads=4)),
        "A-heads-16": Preset(model=replace(BASE.model, heads=16)),
        "A-heads-32": Preset(model=replace(BASE.model, heads=32)),
        # Tab. 3: rows (B), d_k alone
        "B-key-16": Preset(model=replace(BASE.model, d_k=16)),
        "B-key-32": Preset(model=replace(BASE.model, d_k=32)),
        # Tab. 3: rows (C), size of the model; the rows with another d_model keep 8 heads, so that d_k is 32 and 128
        "C-layers-2": Preset(model=replace(BASE.model, layers=2)),
        "C-layers-4": Preset(model=replace(BASE.model, layers=4)),
        "C-layers-8": Preset(model=replace(BASE.model, layers=8)),
        "C-width-256": Preset(model=replace(BASE.model, d_model=256)),
        "C-width-1024": Preset(model=replace(BASE.model, d_model=1024)),
        "C-inner-1024": Preset(model=replace(BASE.model, d_ff=1024)),
        "C-inner-4096": Preset(model=replace(BASE.model, d_ff=4096)),
        # Tab. 3: rows (D), dropout and label smoothing
        "D-dropout-0.0": Preset(model=replace(BASE.model, dropout=0.0)),
        "D-dropout-0.2": Preset(model=replace(BASE.model, dropout=0.2)),
        "D-smoothing-0.0": Preset(model=BASE.model, training=replace(BASE.training, smoothing=0.0)),
        "D-smoothing-0.2": Preset(model=BASE.model, training=replace(BASE.training, smoothing=0.2)),
        # Tab. 3: row (E), learned positional embedding instead of sinusoids
        "E-learned-positions": Preset(model=replace(BASE.model, learned_positions=LEARNED_POSITIONS)),
        "big": BIG,
    }
)
