"""Implementation of: Deep Residual Learning for Image Recognition
Authors: Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun
Paper: https://arxiv.org/abs/1512.03385v1
Official code: https://github.com/KaimingHe/deep-residual-networks

This implementation covers:
- [x] Residual learning, identity and projection shortcuts (Section 3.2, Equation 1, Equation 2)
- [x] Plain and residual networks, shortcuts of options A, B and C (Section 3.3)
- [x] Batch normalization and initialization, 10-crop testing (Section 3.4)
- [x] Bottleneck blocks (Section 4.1)
- [x] Networks of 18, 34, 50, 101 and 152 layers, of any width (Table 1)
- [x] CIFAR-10 networks of 6n + 2 layers, their training and augmentation (Section 4.2)
- [x] Sizes of the CIFAR-10 networks (Table 6)
- [ ] Errors on ImageNet (Table 2, Table 3, Table 4, Table 5): need ImageNet and 8 GPUs for weeks
- [ ] Layer responses (Figure 7): need networks trained on CIFAR-10
- [ ] Object detection (Section 4.3, Appendix A, Appendix B): needs PASCAL VOC and MS COCO
- [ ] Object localization (Appendix C): needs ImageNet

Known differences from paper:
- D1 Max pooling after conv1 is padded by one on all sides (Table 1): as in torchvision, whose weights then fit; the official network lets windows end outside instead [moves: none]

Reproduction status:
- Dataset: ImageNet (top-1 error, 10-crop, 34 layers, plain) - not attempted vs 28.54 % [not attempted]
- Dataset: ImageNet (top-1 error, 10-crop, 34 layers, ResNet) - not attempted vs 25.03 % [not attempted]
- Dataset: ImageNet (top-1 error, many scales, ResNet-152) - not attempted vs 19.38 % [not attempted]
- Dataset: ImageNet (top-5 error of six networks on the test set) - not attempted vs 3.57 % [not attempted]
- Dataset: CIFAR-10 (test error, 20 layers) - not attempted vs 8.75 % [not attempted]
- Dataset: CIFAR-10 (test error, 110 layers) - not attempted vs 6.61 % [not attempted]
- Dataset: MS COCO (mAP from 0.5 to 0.95, ResNet-101) - not attempted vs 27.2 % [not attempted]
"""

from ectype_resnet.augmentation import random_crop_and_flip
from ectype_resnet.cifar_10 import read_cifar_10
from ectype_resnet.cifar_network import CifarNetwork
from ectype_resnet.generated_images import generated_images
from ectype_resnet.imagenet_network import ImageNetNetwork, ImageNetSettings
from ectype_resnet.initialization import initialize, zero_residuals
from ectype_resnet.presets import CIFAR, CIFAR_TRAINING, CIFAR_TRAINING_110, IMAGENET, PLAIN, CifarTraining
from ectype_resnet.residual_block import BasicBlock, BottleneckBlock, ResidualBlock
from ectype_resnet.schedule import learning_rate
from ectype_resnet.shortcuts import PaddedShortcut, ProjectionShortcut
from ectype_resnet.ten_crops import ten_crops
from ectype_resnet.training import Training

__all__ = [
    "CIFAR",
    "CIFAR_TRAINING",
    "CIFAR_TRAINING_110",
    "IMAGENET",
    "PLAIN",
    "BasicBlock",
    "BottleneckBlock",
    "CifarNetwork",
    "CifarTraining",
    "ImageNetNetwork",
    "ImageNetSettings",
    "PaddedShortcut",
    "ProjectionShortcut",
    "ResidualBlock",
    "Training",
    "generated_images",
    "initialize",
    "learning_rate",
    "random_crop_and_flip",
    "read_cifar_10",
    "ten_crops",
    "zero_residuals",
]
