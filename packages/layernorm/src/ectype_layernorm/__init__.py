"""Implementation of: Layer Normalization
Authors: Jimmy Lei Ba, Jamie Ryan Kiros, Geoffrey E. Hinton
Paper: https://arxiv.org/abs/1607.06450v1
Official code: https://github.com/ryankiros/layer-norm

This implementation covers:
- [x] Layer normalization (Section 3, Equation 3, Equation 15, Equation 16)
- [x] Layer normalized recurrent network (Section 3.1, Equation 4)
- [x] Batch and weight normalization, to compare with (Equation 2, Section 5.1)
- [x] A layer without and with normalization (Equation 1, Equation 5, Equation 6, Equation 7)
- [x] Riemannian metric of generalized linear models (Equation 8, Equation 9, Equation 10, Equation 11, Equation 12)
- [x] The same with normalization (Equation 13, Equation 14)
- [x] LSTM, its layer normalized form, and that of DRAW (Equation 17, Equation 20, Equation 29)
- [x] Gated recurrent units and their layer normalized form (Equation 23, Equation 26)
- [x] Metric of the gains and of the magnitude of weights (Equation 32, Equation 33, Equation 34, Equation 35)
- [x] Classifier of permutation invariant MNIST and its training (Section 6.6)
- [ ] Order embeddings (Section 6.1): needs the images of MS COCO, features of a VGG network and the code of others
- [ ] Attentive reader (Section 6.2): needs the CNN corpus and the code of others; only curves are published
- [ ] Skip-thought vectors (Section 6.3): needs BookCorpus and up to a month of training
- [ ] DRAW (Section 6.4): needs binarized MNIST and 200 epochs of a recurrent model; its cell is here
- [ ] Handwriting generation (Section 6.5): needs IAM-OnDB; only curves are published
- [ ] Convolutional networks (Section 6.7): the paper gives neither model nor number

Known differences from paper:
- D1 1e-5 is added to the variance before its root (Equation 3): without it a layer of equal summed inputs is 0 / 0 [moves: none]

Reproduction status:
- Dataset: MS COCO (OE + LN, caption retrieval, R@1) - not attempted vs 48.5 % [not attempted]
- Dataset: MS COCO (OE + LN, image retrieval, R@1) - not attempted vs 38.9 % [not attempted]
- Dataset: BookCorpus (skip-thoughts, ours + LN, SICK, Pearson) - not attempted vs 0.854 [not attempted]
- Dataset: binarized MNIST (DRAW, layer norm, variational bound of the test images after 200 epochs) - not attempted vs 82.09 nats [not attempted]
"""

from ectype_layernorm.batch_norm import batch_norm, batch_statistics
from ectype_layernorm.classifier import Classifier, batch_norm_classifier
from ectype_layernorm.directions import batch_directions, layer_directions, weight_directions
from ectype_layernorm.feed_forward import normalized_layer, normalized_output, plain_layer
from ectype_layernorm.fisher import fisher_information, linear_model_fisher, normalized_fisher, squared_length
from ectype_layernorm.fit import Fit
from ectype_layernorm.gain_metric import batch_gain_length, layer_gain_length, magnitude_lengths, weight_gain_length
from ectype_layernorm.gru import GRUCell, LayerNormGRUCell
from ectype_layernorm.layer_norm import LayerNorm, layer_norm, layer_statistics
from ectype_layernorm.linear_models import (
    bernoulli_log_likelihood,
    bernoulli_moments,
    gaussian_log_likelihood,
    gaussian_moments,
)
from ectype_layernorm.lstm import CellNormLSTMCell, LayerNormLSTMCell, LSTMCell
from ectype_layernorm.recurrent import LayerNormRNNCell, unroll
from ectype_layernorm.weight_norm import weight_norm

__all__ = [
    "CellNormLSTMCell",
    "Classifier",
    "Fit",
    "GRUCell",
    "LSTMCell",
    "LayerNorm",
    "LayerNormGRUCell",
    "LayerNormLSTMCell",
    "LayerNormRNNCell",
    "batch_directions",
    "batch_gain_length",
    "batch_norm",
    "batch_norm_classifier",
    "batch_statistics",
    "bernoulli_log_likelihood",
    "bernoulli_moments",
    "fisher_information",
    "gaussian_log_likelihood",
    "gaussian_moments",
    "layer_directions",
    "layer_gain_length",
    "layer_norm",
    "layer_statistics",
    "linear_model_fisher",
    "magnitude_lengths",
    "normalized_fisher",
    "normalized_layer",
    "normalized_output",
    "plain_layer",
    "squared_length",
    "unroll",
    "weight_directions",
    "weight_gain_length",
    "weight_norm",
]
