"""Implementation of: Attention Is All You Need
Authors: Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit, Llion Jones, Aidan N. Gomez, Łukasz Kaiser, Illia Polosukhin
Paper: https://arxiv.org/abs/1706.03762v7
Official code: https://github.com/tensorflow/tensor2tensor

This implementation covers:
- [x] Encoder and decoder, each sub-layer as LayerNorm(x + Sublayer(x)) (Section 3.1)
- [x] Scaled dot-product attention (Equation 1)
- [x] Multi-head attention, with head widths that need not be d_model / h (Section 3.2.2)
- [x] Masks of later positions and of padding (Section 3.2.3)
- [x] Position-wise feed-forward network (Equation 2)
- [x] One matrix for both embeddings and the pre-softmax projection (Section 3.4)
- [x] Sinusoidal and learned positions, and the sinusoids of five other code bases (Section 3.5)
- [x] Cost of self-attention, recurrent, convolutional and restricted layers (Table 1)
- [x] Batches of sentences of about the same length, shared byte-pair vocabulary (Section 5.1)
- [x] Learning rate with warm-up, Adam (Section 5.3, Equation 3)
- [x] Dropout and label smoothing (Section 5.4)
- [x] Averaged checkpoints, beam search with length penalty, cost of training (Section 6.1, Footnote 5)
- [x] Perplexity per word piece on held-out pairs (Section 6.2)
- [x] Sizes and settings of every row of the table of variations (Table 3)
- [ ] Translation quality of the base and big models (Table 2): needs WMT 2014 and 8 GPUs for half a day to three and a half days
- [ ] English constituency parsing (Section 6.3, Table 4): needs the Penn Treebank, which is not free
- [ ] Attention visualizations (Figure 3, Figure 4, Figure 5): show single sentences in a trained model

Known differences from paper:
- D1 A query that may attend to no key gets zeros (Section 3.2.3): with minus infinity at all keys the softmax is not defined [moves: none]

Reproduction status:
- Dataset: WMT 2014 (base, English-German) - not attempted vs 27.3 BLEU [not attempted]
- Dataset: WMT 2014 (base, English-French) - not attempted vs 38.1 BLEU [not attempted]
- Dataset: WMT 2014 (big, English-German) - not attempted vs 28.4 BLEU [not attempted]
- Dataset: WMT 2014 (big, English-French) - not attempted vs 41.8 BLEU [not attempted]
"""

from ectype_transformer.attention import (
    MultiHeadAttention,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from ectype_transformer.batch_order import BatchOrder
from ectype_transformer.beam_search import beam_search, length_penalty, translate
from ectype_transformer.checkpoints import average_checkpoints
from ectype_transformer.complexity import (
    LayerCost,
    convolutional_cost,
    recurrent_cost,
    restricted_self_attention_cost,
    self_attention_cost,
    training_cost,
)
from ectype_transformer.decoder import Decoder, DecoderLayer
from ectype_transformer.embedding import Embedding
from ectype_transformer.encoder import Encoder, EncoderLayer
from ectype_transformer.feed_forward import PositionWiseFeedForward
from ectype_transformer.label_smoothing import (
    label_smoothing_loss,
    label_smoothing_loss_over_others,
    least_attainable_loss,
    least_attainable_loss_over_others,
)
from ectype_transformer.position_dialects import (
    ddpm_positions,
    diffusers_positions,
    fairseq_positions,
    improved_diffusion_positions,
    tensor2tensor_positions,
)
from ectype_transformer.positions import LearnedPositions, geometric_frequencies, sinusoidal_positions
from ectype_transformer.presets import BASE, BIG, BIG_FRENCH, TABLE_3, Preset, SearchSettings, TrainingSettings
from ectype_transformer.schedule import warmup_rate, warmup_schedule
from ectype_transformer.token_pairs import TokenPairs
from ectype_transformer.training import Training
from ectype_transformer.transformer import Transformer, TransformerSettings

__all__ = [
    "BASE",
    "BIG",
    "BIG_FRENCH",
    "TABLE_3",
    "BatchOrder",
    "Decoder",
    "DecoderLayer",
    "Embedding",
    "Encoder",
    "EncoderLayer",
    "LayerCost",
    "LearnedPositions",
    "MultiHeadAttention",
    "PositionWiseFeedForward",
    "Preset",
    "SearchSettings",
    "TokenPairs",
    "Training",
    "TrainingSettings",
    "Transformer",
    "TransformerSettings",
    "average_checkpoints",
    "beam_search",
    "causal_mask",
    "convolutional_cost",
    "ddpm_positions",
    "diffusers_positions",
    "fairseq_positions",
    "geometric_frequencies",
    "improved_diffusion_positions",
    "label_smoothing_loss",
    "label_smoothing_loss_over_others",
    "least_attainable_loss",
    "least_attainable_loss_over_others",
    "length_penalty",
    "padding_mask",
    "recurrent_cost",
    "restricted_self_attention_cost",
    "scaled_dot_product_attention",
    "self_attention_cost",
    "sinusoidal_positions",
    "tensor2tensor_positions",
    "training_cost",
    "translate",
    "warmup_rate",
    "warmup_schedule",
]
