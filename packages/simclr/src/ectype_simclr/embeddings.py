"""What is required of embeddings that are compared."""

from torch import Tensor


def require_same_shape(**embeddings: Tensor) -> None:
    """Refuse embeddings of different shapes, which broadcasting would turn into a plausible wrong loss.

    Args:
        embeddings: by name.

    Raises:
        ValueError: the shapes differ.
    """
    shapes = {name: list(value.shape) for name, value in embeddings.items()}
    if len({tuple(shape) for shape in shapes.values()}) > 1:
        received = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"{' and '.join(shapes)} must have the same shape; received {received}")
