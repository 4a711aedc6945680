"""Implementation of: LoRA: Low-Rank Adaptation of Large Language Models
Authors: Edward J. Hu, Yelong Shen, Phillip Wallis, Zeyuan Allen-Zhu, Yuanzhi Li, Shean Wang, Lu Wang, Weizhu Chen
Paper: https://arxiv.org/abs/2106.09685v2
Official code: https://github.com/microsoft/LoRA

This implementation covers:
- [x] Likelihood of answers, as a function of all parameters and of the factors alone (Equation 1, Equation 2)
- [x] Dense layers with a low-rank update, its initialization and scale (Section 4.1, Equation 3)
- [x] Adapters into any model by the names of its layers, freezing, merging, taking out (Section 4.1)
- [x] Projections that share one matrix, each with factors of its own (Section 4.2)
- [x] Storage of the factors alone, and switching between tasks (Section 4.2)
- [x] Numbers of trained parameters of LoRA, adapters and prefixes (Section 5.1)
- [x] Decoder of the sizes of GPT-2 and GPT-3 (Section 1, Section 5.4, Section 5.5)
- [x] Similarity of subspaces (Equation 4, Appendix G)
- [x] Amplification factor of an update (Section 7.3, Appendix H.4)
- [x] Training with AdamW, linear schedule and label smoothing (Appendix D.3, Table 11)
- [ ] Quality on GLUE and on generation (Table 2, Table 3): needs pre-trained models of 125 million to 1.5 billion parameters and days of GPU time
- [ ] GPT-3 (Table 4, Table 5, Table 6, Table 7): its weights are not public
- [ ] Latency of adapter layers (Table 1): needs the authors' GPU
- [ ] LoRA with prefix tuning (Appendix E): its weights are not public

Known differences from paper:
- None

Reproduction status:
- Dataset: GLUE (average of GLUE, RoBERTa base, LoRA) - not attempted vs 87.2 [not attempted]
- Dataset: GLUE (average of GLUE, RoBERTa large, LoRA) - not attempted vs 89.0 [not attempted]
- Dataset: GLUE (average of GLUE, RoBERTa large, setup of Houlsby et al., LoRA) - not attempted vs 88.6 [not attempted]
- Dataset: GLUE (average of GLUE, DeBERTa XXL, LoRA) - not attempted vs 91.3 [not attempted]
- Dataset: E2E (BLEU of GPT-2 M with LoRA) - not attempted vs 70.4 [not attempted]
- Dataset: E2E (BLEU of GPT-2 L with LoRA) - not attempted vs 70.4 [not attempted]
- Dataset: WikiSQL (accuracy of GPT-3 with LoRA of 4.7M, WikiSQL) - not attempted vs 73.4 % [not attempted]
- Dataset: MNLI-m (accuracy of GPT-3 with LoRA of 4.7M, MNLI-m) - not attempted vs 91.7 % [not attempted]
- Dataset: WikiSQL (accuracy of GPT-3 with LoRA of 37.7M, WikiSQL) - not attempted vs 74.0 % [not attempted]
- Dataset: MNLI-m (accuracy of GPT-3 with LoRA of 37.7M, MNLI-m) - not attempted vs 91.6 % [not attempted]
"""

from ectype_lora.adaptation import Adaptation, perplexity
from ectype_lora.adapter_weights import adapter_state, load_adapter, load_adapter_state, save_adapter
from ectype_lora.decoder import Decoder, DecoderSettings
from ectype_lora.injection import adapt, adapters, merge, subtract
from ectype_lora.low_rank_adapter import LowRankAdapter, gaussian_, low_rank_update
from ectype_lora.low_rank_embedding import LowRankEmbedding
from ectype_lora.low_rank_linear import LowRankLinear
from ectype_lora.low_rank_projections import LowRankProjections
from ectype_lora.objective import CONTEXT, adapted_log_likelihood, log_likelihood
from ectype_lora.presets import DART, E2E, GPT2_LARGE, GPT2_MEDIUM, GPT3, TABLE_11, WEBNLG, AdaptationSettings
from ectype_lora.schedule import linear_rate
from ectype_lora.subspaces import (
    amplification_factor,
    projected_norm,
    projection_distance,
    right_directions,
    subspace_similarity,
)
from ectype_lora.token_task import TokenTask, generated_task, read_task, token_task
from ectype_lora.trainable_parameters import (
    adapter_layer_parameters,
    lora_parameters,
    prefix_embedding_parameters,
    prefix_layer_parameters,
)

__all__ = [
    "CONTEXT",
    "DART",
    "E2E",
    "GPT2_LARGE",
    "GPT2_MEDIUM",
    "GPT3",
    "TABLE_11",
    "WEBNLG",
    "Adaptation",
    "AdaptationSettings",
    "Decoder",
    "DecoderSettings",
    "LowRankAdapter",
    "LowRankEmbedding",
    "LowRankLinear",
    "LowRankProjections",
    "TokenTask",
    "adapt",
    "adapted_log_likelihood",
    "adapter_layer_parameters",
    "adapter_state",
    "adapters",
    "amplification_factor",
    "gaussian_",
    "generated_task",
    "linear_rate",
    "load_adapter",
    "load_adapter_state",
    "log_likelihood",
    "lora_parameters",
    "low_rank_update",
    "merge",
    "perplexity",
    "prefix_embedding_parameters",
    "prefix_layer_parameters",
    "projected_norm",
    "projection_distance",
    "read_task",
    "right_directions",
    "save_adapter",
    "subspace_similarity",
    "subtract",
    "token_task",
]
