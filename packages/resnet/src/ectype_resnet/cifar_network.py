"""Networks for CIFAR-10 (section 4.2)."""

from jaxtyping import Float
from torch import Tensor, nn

from ectype_resnet.initialization import initialize
from ectype_resnet.residual_block import BasicBlock, ResidualBlock
from ectype_resnet.shortcuts import Option
from ectype_resnet.stages import make_stages


class CifarNetwork(nn.Module):
    r"""ResNet or plain network of $6n + 2$ layers on small images; logits of classes.

    Args:
        n: blocks of each of the three stages; a block has two layers.
        shortcuts: which shortcuts are projections; the paper's are all the identity.
        width: channels of the first stage; the others have twice and four times as many.
        classes: classes that are told apart.

    Raises:
        ValueError: a size is not positive, or there is no such option.

    Source: section 4.2.
    """

    def __init__(self, n: int, shortcuts: Option = "A", width: int = 16, classes: int = 10) -> None:
        super().__init__()
        if min(n, width, classes) < 1:
            raise ValueError(f"sizes of a network must be at least 1; received n={n}, width={width}, classes={classes}")
        self.shortcuts = shortcuts
        # Sec. 4.2: the first layer is 3 x 3 convolutions
        self.convolution = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        # Sec. 4.2: 2n layers on maps of 32, 16 and 8, with 16, 32 and 64 filters
        self.stages = make_stages(self._block, (n, n, n), width, BasicBlock.expansion)
        self.linear = nn.Linear(4 * width, classes)
        initialize(self)

    def _block(self, inputs: int, width: int, stride: int) -> ResidualBlock:
        return BasicBlock(inputs, width, stride, self.shortcuts)

    def features(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch channels"]:
        """Give what the linear layer classifies.

        Args:
            images: of any size; the paper's have 32 x 32 pixels.

        Returns:
            The last maps, each averaged over all places.
        """
        x = self.relu(self.norm(self.convolution(images)))
        # Sec. 4.2: the network ends with a global average pooling
        return self.stages(x).mean(dim=(2, 3))

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch classes"]:
        """Classify.

        Args:
            images: of any size; the paper's have 32 x 32 pixels, less their mean.

        Returns:
            Logits; the softmax is left to the loss.
        """
        return self.linear(self.features(images))
