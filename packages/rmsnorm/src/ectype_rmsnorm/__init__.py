"""Implementation of: Root Mean Square Layer Normalization
Authors: Biao Zhang, Rico Sennrich
Paper: https://arxiv.org/abs/1910.07467v1
Official code: https://github.com/bzhangGo/rmsnorm

This implementation covers:
- [ ] A layer without norm and layer normalization (Section 3, Equation 1, Equation 2, Equation 3): in the package of that paper
- [x] Root mean square layer normalization (Section 4, Equation 4)
- [x] A layer with it (Section 4.1, Equation 5, Equation 7)
- [x] Gradients by gain, bias and weights (Section 4.2, Equation 8, Equation 9, Equation 10)
- [x] Partial root mean square layer normalization (Section 5)
- [x] Speedups from the times of its tables (Table 2)
- [ ] Machine translation (Section 6.1): needs WMT 2014 and days of training on graphics cards
- [ ] Reading comprehension (Section 6.2): needs the CNN corpus and the code of others
- [ ] Image-caption retrieval (Section 6.3): needs MS COCO, features of a VGG network and the code of others
- [ ] CIFAR-10 (Section 6.4): needs the images and hours of training on a graphics card

Known differences from paper:
- D1 1e-8 is added to the mean square before its root (Equation 4): without it a layer of zeros is 0 / 0 [moves: none]

Reproduction status:
- Dataset: WMT 2014 English-German (RNNSearch, TensorFlow, RMSNorm, newstest2014) - not attempted vs 22.4 BLEU [not attempted]
- Dataset: WMT 2014 English-German (RNNSearch, TensorFlow, RMSNorm, newstest2017) - not attempted vs 23.7 BLEU [not attempted]
- Dataset: WMT 2014 English-German (Transformer, RMSNorm, newstest2014) - not attempted vs 26.8 BLEU [not attempted]
- Dataset: WMT 2014 English-German (Transformer, RMSNorm, newstest2017) - not attempted vs 27.7 BLEU [not attempted]
- Dataset: MS COCO (OE + RMSNorm, caption, R@1) - not attempted vs 48.7 % [not attempted]
- Dataset: MS COCO (OE + RMSNorm, image, R@1) - not attempted vs 39.0 % [not attempted]
- Dataset: CIFAR-10 (ConvPool-CNN-C, RMSNorm, test error) - not attempted vs 8.83 % [not attempted]
"""

from ectype_rmsnorm.gradients import gain_and_bias_gradients, normalization_jacobian, weight_gradient
from ectype_rmsnorm.partial_rms_norm import PartialRMSNorm, partial_count, partial_rms_norm
from ectype_rmsnorm.rms_norm import RMSNorm, rms_norm, rms_norm_layer, root_mean_square
from ectype_rmsnorm.tables import speedup

__all__ = [
    "PartialRMSNorm",
    "RMSNorm",
    "gain_and_bias_gradients",
    "normalization_jacobian",
    "partial_count",
    "partial_rms_norm",
    "rms_norm",
    "rms_norm_layer",
    "root_mean_square",
    "speedup",
    "weight_gradient",
]
