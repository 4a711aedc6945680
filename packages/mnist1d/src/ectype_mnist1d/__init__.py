"""Implementation of: Scaling Down Deep Learning with MNIST-1D
Authors: Sam Greydanus, Dmitry Kobak
Paper: https://arxiv.org/abs/2011.14439v4
Official code: https://github.com/greydanus/mnist1d

This implementation covers:
- [x] Ten templates and their transformations (Section 3, Figure 1)
- [x] The frozen data set from its default parameters (Table 2)
- [x] Logistic regression, MLP, CNN and GRU, with and without shuffled features (Section 4, Table 1)
- [ ] Accuracies on MNIST (Table 1): needs MNIST, which is not generated
- [ ] Accuracy of a human expert (Section 4, Table 1): needs a person
- [ ] Embeddings by t-SNE (Figure 3): a picture
- [ ] Lottery tickets (Section 5.1): published as curves, without numbers to compare
- [ ] Deep double descent (Section 5.2): published as a curve, without numbers to compare
- [ ] Metalearned learning rate and activation function (Section 5.3, Section 5.4): another experiment each
- [ ] Self-supervised learning (Section 5.5): another experiment
- [ ] Pooling methods (Section 5.6): published as curves, without numbers to compare

Known differences from paper:
- D1 Correlated noise goes where the padding is and nowhere else (Section 3): with noise everywhere it is not the frozen data set [moves: none]
- D2 Shifts are 0 to 47 points (Section 3, Table 2): with 48 points too it is not the frozen data set [moves: none]

Reproduction status:
- Dataset: MNIST-1D (test accuracy: logistic) - not run vs 32 % of the test samples [not run]
- Dataset: MNIST-1D (test accuracy: mlp) - not run vs 68 % of the test samples [not run]
- Dataset: MNIST-1D (test accuracy: cnn) - not run vs 94 % of the test samples [not run]
- Dataset: MNIST-1D (test accuracy: gru) - not run vs 91 % of the test samples [not run]
- Dataset: MNIST-1D (test accuracy: logistic, shuffled) - not run vs 32 % of the test samples [not run]
- Dataset: MNIST-1D (test accuracy: mlp, shuffled) - not run vs 68 % of the test samples [not run]
- Dataset: MNIST-1D (test accuracy: cnn, shuffled) - not run vs 56 % of the test samples [not run]
- Dataset: MNIST-1D (test accuracy: gru, shuffled) - not run vs 57 % of the test samples [not run]
- Dataset: MNIST-1D (CNN > GRU > MLP > logistic regression) - not run vs cnn > gru > mlp > logistic [not run]
- Dataset: MNIST-1D (shuffled features: MLP > CNN > logistic regression) - not run vs mlp, shuffled > cnn, shuffled > logistic, shuffled [not run]
- Dataset: MNIST-1D (shuffled features: MLP > GRU > logistic regression) - not run vs mlp, shuffled > gru, shuffled > logistic, shuffled [not run]
"""

from ectype_mnist1d.convolutional import ConvolutionalNetwork
from ectype_mnist1d.dataset import (
    Distortions,
    GeneratorSettings,
    Mnist1D,
    distort,
    draw_distortions,
    make_dataset,
    shuffle_features,
)
from ectype_mnist1d.logistic import LogisticRegression
from ectype_mnist1d.multilayer_perceptron import MultilayerPerceptron
from ectype_mnist1d.presets import CLASSIFICATION, MODELS, TrainingSettings
from ectype_mnist1d.recurrent import RecurrentNetwork
from ectype_mnist1d.templates import digit_templates, template_time
from ectype_mnist1d.training import evaluate, train_classifier
from ectype_mnist1d.transforms import add_noise, pad_and_dilate, resample, shear, smooth, translate

__all__ = [
    "CLASSIFICATION",
    "MODELS",
    "ConvolutionalNetwork",
    "Distortions",
    "GeneratorSettings",
    "LogisticRegression",
    "Mnist1D",
    "MultilayerPerceptron",
    "RecurrentNetwork",
    "TrainingSettings",
    "add_noise",
    "digit_templates",
    "distort",
    "draw_distortions",
    "evaluate",
    "make_dataset",
    "pad_and_dilate",
    "resample",
    "shear",
    "shuffle_features",
    "smooth",
    "template_time",
    "train_classifier",
    "translate",
]
