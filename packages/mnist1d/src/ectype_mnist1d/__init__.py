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
- Dataset: MNIST-1D (test accuracy: logistic) - 32.94 [32.88, 33] % of the test samples vs 32 % of the test samples [reproduced]
- Dataset: MNIST-1D (test accuracy: mlp) - 65.46 [64.98, 65.93] % of the test samples vs 68 % of the test samples [differs]
- Dataset: MNIST-1D (test accuracy: cnn) - 93.56 [93.21, 93.91] % of the test samples vs 94 % of the test samples [reproduced]
- Dataset: MNIST-1D (test accuracy: gru) - 91.42 [90.92, 91.91] % of the test samples vs 91 % of the test samples [reproduced]
- Dataset: MNIST-1D (test accuracy: logistic, shuffled) - 33.09 [32.97, 33.21] % of the test samples vs 32 % of the test samples [reproduced only under official code]
- Dataset: MNIST-1D (test accuracy: mlp, shuffled) - 65.02 [64.47, 65.57] % of the test samples vs 68 % of the test samples [differs]
- Dataset: MNIST-1D (test accuracy: cnn, shuffled) - 59.25 [58.76, 59.75] % of the test samples vs 56 % of the test samples [differs]
- Dataset: MNIST-1D (test accuracy: gru, shuffled) - 55.64 [54.77, 56.5] % of the test samples vs 57 % of the test samples [inconclusive]
- Dataset: MNIST-1D (CNN > GRU > MLP > logistic regression) - cnn 93.25, gru 90.65, mlp 64.87, logistic 31.55 vs cnn > gru > mlp > logistic [holds]
- Dataset: MNIST-1D (shuffled features: MLP > CNN > logistic regression) - mlp, shuffled 64.26, cnn, shuffled 57.5, logistic, shuffled 31.5 vs mlp, shuffled > cnn, shuffled > logistic, shuffled [holds]
- Dataset: MNIST-1D (shuffled features: MLP > GRU > logistic regression) - mlp, shuffled 64.26, gru, shuffled 50.98, logistic, shuffled 31.5 vs mlp, shuffled > gru, shuffled > logistic, shuffled [holds]
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
