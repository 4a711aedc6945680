"""Stages of blocks on maps of one size (section 3.3, Table 1)."""

from collections.abc import Callable, Sequence

from torch import nn

from ectype_resnet.residual_block import ResidualBlock


def make_stages(
    make: Callable[[int, int, int], ResidualBlock], blocks: Sequence[int], width: int, expansion: int
) -> nn.Sequential:
    """Stack blocks in stages; from stage to stage the map is half as large and has twice as many channels.

    Args:
        make: makes a block of given input channels, width and stride.
        blocks: how many blocks each stage has.
        width: channels that come in, and the width of the first stage's blocks.
        expansion: channels of a block's output for each of its width.

    Returns:
        The stages, each a sequence of blocks.

    Source: section 3.3, Table 1.
    """
    stages, channels = nn.Sequential(), width
    for number, count in enumerate(blocks):
        stage = nn.Sequential()
        for place in range(count):
            # Tab. 1: the first block of each stage but the first has a stride of 2
            stride = 2 if number > 0 and place == 0 else 1
            # Sec. 3.3: if the map is halved, the number of filters is doubled
            stage.append(make(channels, width * 2**number, stride))
            channels = expansion * width * 2**number
        stages.append(stage)
    return stages
