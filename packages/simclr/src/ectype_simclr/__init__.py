"""Implementation of: A Simple Framework for Contrastive Learning of Visual Representations
Authors: Ting Chen, Simon Kornblith, Mohammad Norouzi, Geoffrey Hinton
Paper: https://arxiv.org/abs/2002.05709
Official code: https://github.com/google-research/simclr

This implementation covers:
- [x] NT-Xent loss (Section 2.1, Equation 1)
- [x] Main learning algorithm (Algorithm 1)
- [x] Projection head (Section 2.1, Section 2.3)
- [x] ResNet encoder in any width, and its stem for CIFAR-10 (Section 2.1, Appendix B.9)
- [x] Random crop, colour distortion and Gaussian blur (Appendix A)
- [x] LARS, as in the official code (Section 2.2)
- [x] Learning rate, linear and square root scaling, warm-up and cosine decay (Section 2.3, Appendix B.1)
- [x] Linear evaluation (Section 2.3, Appendix B.5, Appendix B.6)
- [x] NT-Logistic and margin triplet losses with their gradients (Table 2)
- [x] Entropy and accuracy of the contrastive prediction (Table 5)
- [ ] Global batch normalisation (Section 2.2): several accelerators; torch has it as SyncBatchNorm
- [ ] Semi-hard negative mining (Section 5.1): what is done where no negative qualifies is not stated
- [ ] Rotation, cutout, noise and Sobel filtering (Section 3.1): their parameters are not stated
- [ ] Broader composition of augmentations (Appendix B.2): their parameters are not stated
- [ ] Transfer to twelve data sets (Appendix B.8): needs them and a network pretrained on ImageNet

Known differences from paper:
- None

Reproduction status:
- Dataset: ImageNet (linear evaluation, top-1, ResNet-50) - not attempted vs 69.3 % [not attempted]
- Dataset: ImageNet (linear evaluation, top-1, ResNet-50 (2x)) - not attempted vs 74.2 % [not attempted]
- Dataset: ImageNet (linear evaluation, top-1, ResNet-50 (4x)) - not attempted vs 76.5 % [not attempted]
- Dataset: ImageNet (linear evaluation, top-5, ResNet-50) - not attempted vs 89.0 % [not attempted]
- Dataset: ImageNet (linear evaluation, top-5, ResNet-50 (2x)) - not attempted vs 92.0 % [not attempted]
- Dataset: ImageNet (linear evaluation, top-5, ResNet-50 (4x)) - not attempted vs 93.2 % [not attempted]
- Dataset: ImageNet (1 % of the labels, top-5, ResNet-50) - not attempted vs 75.5 % [not attempted]
- Dataset: ImageNet (1 % of the labels, top-5, ResNet-50 (2x)) - not attempted vs 83.0 % [not attempted]
- Dataset: ImageNet (1 % of the labels, top-5, ResNet-50 (4x)) - not attempted vs 85.8 % [not attempted]
- Dataset: ImageNet (10 % of the labels, top-5, ResNet-50) - not attempted vs 87.8 % [not attempted]
- Dataset: ImageNet (10 % of the labels, top-5, ResNet-50 (2x)) - not attempted vs 91.2 % [not attempted]
- Dataset: ImageNet (10 % of the labels, top-5, ResNet-50 (4x)) - not attempted vs 92.6 % [not attempted]
"""

from ectype_simclr.augmentation import augment, crop_and_flip
from ectype_simclr.color_adjustments import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    grayscale,
)
from ectype_simclr.color_distortion import color_distortion, color_jitter
from ectype_simclr.contrastive_prediction import contrastive_accuracy, contrastive_entropy
from ectype_simclr.gaussian_blur import gaussian_blur, random_blur
from ectype_simclr.lars import Lars, lars_groups
from ectype_simclr.learning_rate import learning_rate, linear_scaling, square_root_scaling
from ectype_simclr.linear_evaluation import LinearEvaluation, represent
from ectype_simclr.margin_triplet_loss import margin_triplet_loss
from ectype_simclr.nt_logistic_loss import nt_logistic_loss
from ectype_simclr.nt_xent_loss import nt_xent_loss, nt_xent_losses
from ectype_simclr.pictures import Pictures, pictures
from ectype_simclr.presets import CIFAR10, IMAGENET, LINEAR_EVALUATION, ClassifierSettings, PretrainingSettings
from ectype_simclr.pretraining import Pretraining
from ectype_simclr.projection_head import ProjectionHead
from ectype_simclr.random_crop import random_box, random_crop
from ectype_simclr.residual_encoder import ResidualEncoder

__all__ = [
    "CIFAR10",
    "IMAGENET",
    "LINEAR_EVALUATION",
    "ClassifierSettings",
    "Lars",
    "LinearEvaluation",
    "Pictures",
    "Pretraining",
    "PretrainingSettings",
    "ProjectionHead",
    "ResidualEncoder",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "augment",
    "color_distortion",
    "color_jitter",
    "contrastive_accuracy",
    "contrastive_entropy",
    "crop_and_flip",
    "gaussian_blur",
    "grayscale",
    "lars_groups",
    "learning_rate",
    "linear_scaling",
    "margin_triplet_loss",
    "nt_logistic_loss",
    "nt_xent_loss",
    "nt_xent_losses",
    "pictures",
    "random_blur",
    "random_box",
    "random_crop",
    "represent",
    "square_root_scaling",
]
