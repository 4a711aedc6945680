"""Libraries that only training needs."""

from importlib import import_module
from types import ModuleType

from ectype.errors import UsageError


def require(module: str) -> ModuleType:
    """Import a module of the extra `train`.

    Args:
        module: its name.

    Returns:
        The module.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != name:
            raise
        raise UsageError(
            f"training needs {name}, which is not installed. Run: pip install 'ectype-transformer[train]'"
        ) from error
