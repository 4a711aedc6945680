"""Implementation of: RoFormer: Enhanced Transformer with Rotary Position Embedding
Authors: Jianlin Su, Yu Lu, Shengfeng Pan, Ahmed Murtadha, Bo Wen, Yunfeng Liu
Paper: https://arxiv.org/abs/2104.09864
Official code: https://github.com/ZhuiyiTechnology/roformer

This implementation covers:
- [x] Rotation of queries and keys in two dimensions and in general, and their self-attention (Section 3.2, Equation 2, Equation 13, Equation 14, Equation 15, Equation 16)
- [x] Linear attention without and with rotary position embedding (Section 3.3, Equation 18, Equation 19)
- [x] Efficient realization of the rotation (Equation 34)
- [x] Long-term decay: the bound of an inner product at a distance (Section 3.4.3, Equation 37)
- [x] Model and pre-training with masked tokens (Section 4.2)
- [ ] Earlier position embeddings (Section 2): related work; the sinusoidal one is in the package of the Transformer
- [ ] Translation, fine-tuning, Performer and Chinese data (Section 4.1, Section 4.3, Section 4.4, Section 4.5): need WMT 2014, GLUE, Enwik8 or 34 GB of Chinese text, and eight V100

Known differences from paper:
- None

Reproduction status:
- Dataset: WMT 2014 English-German (BLEU, RoFormer) - not attempted vs 27.5 [not attempted]
- Dataset: GLUE MRPC (RoFormer, MRPC) - not attempted vs 89.5 [not attempted]
- Dataset: GLUE SST-2 (RoFormer, SST-2) - not attempted vs 90.7 [not attempted]
- Dataset: GLUE QNLI (RoFormer, QNLI) - not attempted vs 88.0 [not attempted]
- Dataset: GLUE STS-B (RoFormer, STS-B) - not attempted vs 87.0 [not attempted]
- Dataset: GLUE QQP (RoFormer, QQP) - not attempted vs 86.4 [not attempted]
- Dataset: GLUE MNLI matched (RoFormer, MNLI matched) - not attempted vs 80.2 [not attempted]
- Dataset: GLUE MNLI mismatched (RoFormer, MNLI mismatched) - not attempted vs 79.8 [not attempted]
- Dataset: CAIL2019-SCM (RoFormer-1024, test accuracy) - not attempted vs 69.79 % [not attempted]
"""

from ectype_roformer.angles import rotary_angles, rotary_frequencies
from ectype_roformer.attention import RotarySelfAttention, encode_position, rotary_scores
from ectype_roformer.decay import inner_product_bound, partial_sums, relative_upper_bound
from ectype_roformer.language_model import RoFormer, RoFormerLayer
from ectype_roformer.linear_attention import linear_attention, rotary_linear_attention
from ectype_roformer.masking import mask_tokens
from ectype_roformer.pairing import halves_to_neighbours, neighbours_to_halves
from ectype_roformer.presets import BASE, PRETRAINING, PretrainingSettings, RoFormerSettings
from ectype_roformer.pretraining import Pretraining
from ectype_roformer.rotation import rotary_matrix, rotate_halves, rotate_neighbours

__all__ = [
    "BASE",
    "PRETRAINING",
    "Pretraining",
    "PretrainingSettings",
    "RoFormer",
    "RoFormerLayer",
    "RoFormerSettings",
    "RotarySelfAttention",
    "encode_position",
    "halves_to_neighbours",
    "inner_product_bound",
    "linear_attention",
    "mask_tokens",
    "neighbours_to_halves",
    "partial_sums",
    "relative_upper_bound",
    "rotary_angles",
    "rotary_frequencies",
    "rotary_linear_attention",
    "rotary_matrix",
    "rotary_scores",
    "rotate_halves",
    "rotate_neighbours",
]
