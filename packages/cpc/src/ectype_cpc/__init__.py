"""Implementation of: Representation Learning with Contrastive Predictive Coding
Authors: Aaron van den Oord, Yazhe Li, Oriol Vinyals
Paper: https://arxiv.org/abs/1807.03748v2
Official code: Not available

This implementation covers:
- [x] Mutual information and density ratio (Equation 1, Equation 2)
- [x] Log-bilinear critic, encoder and autoregressive model (Section 2.2, Equation 3)
- [x] InfoNCE loss, the probability of the positive sample, and the bound on mutual information (Section 2.3, Equation 4, Equation 5)
- [x] Model for speech and its training (Section 3.1)
- [x] Proof of the bound, step by step, and relation with MINE (Equation 9, Equation 10, Equation 11, Equation 15)
- [ ] Classification of phones and speakers (Table 1, Table 2): needs LibriSpeech with aligned phones, and 8 GPUs
- [ ] Vision (Section 3.2): needs ImageNet and 32 GPUs
- [ ] Natural language (Section 3.3): needs BookCorpus, which is no longer distributed, and 8 GPUs
- [ ] Reinforcement learning (Section 3.4): needs DeepMind Lab and a billion frames a task

Known differences from paper:
- None

Reproduction status:
- Dataset: LibriSpeech (phones, CPC) - not attempted vs 64.6 % [not attempted]
- Dataset: LibriSpeech (speakers, CPC) - not attempted vs 97.4 % [not attempted]
- Dataset: ImageNet (top-1, CPC) - not attempted vs 48.7 % [not attempted]
- Dataset: ImageNet (top-5, CPC) - not attempted vs 73.6 % [not attempted]
- Dataset: MR (CPC, MR) - not attempted vs 76.9 % [not attempted]
- Dataset: CR (CPC, CR) - not attempted vs 80.1 % [not attempted]
- Dataset: Subj (CPC, Subj) - not attempted vs 91.2 % [not attempted]
- Dataset: MPQA (CPC, MPQA) - not attempted vs 87.7 % [not attempted]
- Dataset: TREC (CPC, TREC) - not attempted vs 96.8 % [not attempted]
"""

from ectype_cpc.appendix import loss_of_the_bound, loss_with_expected_negatives
from ectype_cpc.critic import LogBilinearCritic
from ectype_cpc.fit import Fit
from ectype_cpc.future_prediction import FuturePrediction
from ectype_cpc.info_nce import info_nce_loss, mine_estimate, mutual_information_bound, positive_probability
from ectype_cpc.information import (
    correlated_gaussians,
    correlation_of,
    gaussian_information,
    gaussian_log_ratios,
    mutual_information,
)
from ectype_cpc.presets import SPEECH, SpeechSettings
from ectype_cpc.speech_network import SpeechNetwork, WaveformEncoder

__all__ = [
    "SPEECH",
    "Fit",
    "FuturePrediction",
    "LogBilinearCritic",
    "SpeechNetwork",
    "SpeechSettings",
    "WaveformEncoder",
    "correlated_gaussians",
    "correlation_of",
    "gaussian_information",
    "gaussian_log_ratios",
    "info_nce_loss",
    "loss_of_the_bound",
    "loss_with_expected_negatives",
    "mine_estimate",
    "mutual_information",
    "mutual_information_bound",
    "positive_probability",
]
