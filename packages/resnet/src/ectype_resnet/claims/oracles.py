"""The paper's formulas in NumPy, place by place."""

import numpy as np


def convolve(x, kernel, stride, padding):
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    size = kernel.shape[-1]
    rows, columns = ((length - size) // stride + 1 for length in x.shape[2:])
    out = np.empty((len(x), len(kernel), rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            out[:, :, i, j] = np.tensordot(window, kernel, axes=([1, 2, 3], [1, 2, 3]))
    return out


def normalize(x, weights, name):
    mean, variance, scale, shift = (
        weights[f"{name}.{kind}"][None, :, None, None] for kind in ("running_mean", "running_var", "weight", "bias")
    )
    return scale * (x - mean) / np.sqrt(variance + 1e-5) + shift


def relu(x):
    return np.where(x > 0, x, 0)


def layer(x, weights, convolution, norm, stride, padding):
    return normalize(convolve(x, weights[f"{convolution}.weight"], stride, padding), weights, norm)


def projection(x, weights, stride, name=""):
    return layer(x, weights, f"{name}convolution", f"{name}norm", stride, 0)


def padded(x, inputs, outputs, stride):
    out = np.zeros((len(x), outputs, -(-x.shape[2] // stride), -(-x.shape[3] // stride)))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :inputs, i, j] = x[:, :, i * stride, j * stride]
    return out


def shortcut(x, weights, outputs, stride, shortcuts, name):
    """What is added to the residual function; nothing in a plain network."""
    if shortcuts == "none":
        return 0
    if shortcuts == "C" or (shortcuts == "B" and (stride > 1 or outputs != x.shape[1])):
        return projection(x, weights, stride, f"{name}shortcut.")
    return padded(x, x.shape[1], outputs, stride)


def basic_block(x, weights, width, stride, shortcuts, name=""):
    first = relu(layer(x, weights, f"{name}residual.0", f"{name}residual.1", stride, 1))
    second = layer(first, weights, f"{name}residual.3", f"{name}residual.4", 1, 1)
    return relu(second + shortcut(x, weights, width, stride, shortcuts, name))


def bottleneck_block(x, weights, width, stride, shortcuts, strided, name=""):
    steps = {"1x1": (stride, 1), "3x3": (1, stride)}[strided]
    first = relu(layer(x, weights, f"{name}residual.0", f"{name}residual.1", steps[0], 0))
    second = relu(layer(first, weights, f"{name}residual.3", f"{name}residual.4", steps[1], 1))
    third = layer(second, weights, f"{name}residual.6", f"{name}residual.7", 1, 0)
    return relu(third + shortcut(x, weights, 4 * width, stride, shortcuts, name))


def pool(x):
    """The largest value of each 3 x 3 window, every second one, where the map is."""
    rows, columns = ((length - 1) // 2 + 1 for length in x.shape[2:])
    out = np.empty((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, max(2 * i - 1, 0) : 2 * i + 2, max(2 * j - 1, 0) : 2 * j + 2]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


def classify(x, weights):
    return x.mean(axis=(2, 3)) @ weights["linear.weight"].T + weights["linear.bias"]


def imagenet_network(images, weights, block, blocks, shortcuts, strided, width):
    x = pool(relu(layer(images, weights, "convolution", "norm", 2, 3)))
    for stage, count in enumerate(blocks):
        for place in range(count):
            stride = 2 if stage > 0 and place == 0 else 1
            name, inner = f"stages.{stage}.{place}.", width * 2**stage
            if block == "basic":
                x = basic_block(x, weights, inner, stride, shortcuts, name)
            else:
                x = bottleneck_block(x, weights, inner, stride, shortcuts, strided, name)
    return classify(x, weights)


def cifar_network(images, weights, n, shortcuts, width):
    x = relu(layer(images, weights, "convolution", "norm", 1, 1))
    for stage in range(3):
        for place in range(n):
            stride = 2 if stage > 0 and place == 0 else 1
            x = basic_block(x, weights, width * 2**stage, stride, shortcuts, f"stages.{stage}.{place}.")
    return classify(x, weights)


def learning_rate(step, rate=0.1, drops=(32_000, 48_000)):
    for drop in drops:
        if step > drop:
            rate /= 10
    return rate


def ten_crops(images, size):
    height, width = images.shape[-2:]
    middle = (height - size + 1) // 2, (width - size + 1) // 2
    middle = tuple(round((length - size) / 2) for length in (height, width))
    places = [(0, 0), (0, width - size), (height - size, 0), (height - size, width - size), middle]
    crops = []
    for mirrored in (False, True):
        for top, left in places:
            columns = [width - 1 - left - j if mirrored else left + j for j in range(size)]
            crops.append(images[:, :, top : top + size][:, :, :, columns])
    return np.stack(crops, axis=1)


# Sizes, from Table 1 and section 4.2 alone


def layers_of(block, blocks, shortcuts, strided="1x1", width=64, classes=1000, image=224):
    """Kernel size, input channels, output channels, map size of every convolution of an ImageNet network, and its linear map."""
    size = image // 2
    layers, channels = [(7, 3, width, size)], width
    size //= 2
    for stage, count in enumerate(blocks):
        for place in range(count):
            before, inner = size, width * 2**stage
            if stage > 0 and place == 0:
                size //= 2
            outputs = inner if block == "basic" else 4 * inner
            if block == "basic":
                layers += [(3, channels, inner, size), (3, inner, inner, size)]
            else:
                reduced = size if strided == "1x1" else before
                layers += [(1, channels, inner, reduced), (3, inner, inner, size), (1, inner, outputs, size)]
            if shortcuts == "C" or (shortcuts == "B" and (channels != outputs or size != before)):
                layers.append((1, channels, outputs, size))
            channels = outputs
    return layers, (channels, classes)


def network_multiply_adds(layers, linear):
    return (
        sum(kernel**2 * inputs * outputs * size**2 for kernel, inputs, outputs, size in layers) + linear[0] * linear[1]
    )


def network_parameters(layers, linear):
    """Weights, scale and shift of each normalization, and the linear map with its biases."""
    weights = sum(kernel**2 * inputs * outputs + 2 * outputs for kernel, inputs, outputs, _ in layers)
    return weights + (linear[0] + 1) * linear[1]


def cifar_parameters(n):
    """Of option A."""
    layers = [(3, 3, 16, 32)] + [(3, 16, 16, 32)] * 2 * n
    layers += [(3, 16, 32, 16)] + [(3, 32, 32, 16)] * (2 * n - 1)
    layers += [(3, 32, 64, 8)] + [(3, 64, 64, 8)] * (2 * n - 1)
    return network_parameters(layers, (64, 10))


def vgg_multiply_adds(layers, linear):
    """Of VGG-16 or VGG-19 (their configurations D and E), on 224 x 224 pixels.

    Args:
        layers: convolutions of the five stages.
        linear: whether to count the three linear layers.
    """
    total, channels, size = 0, 3, 224
    for count, outputs in zip(layers, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            total += 9 * channels * outputs * size**2
            channels = outputs
        size //= 2
    return total + linear * (512 * 7 * 7 * 4096 + 4096 * 4096 + 4096 * 1000)
