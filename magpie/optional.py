"""The one way to import a library that may be absent."""

from importlib import import_module
from types import ModuleType

from magpie.errors import MissingExtraError


def require(module: str, *, extra: str) -> ModuleType:
    """Import ``module`` now, or raise `MissingExtraError` naming the extra that brings it.

    Only the absence of ``module`` itself is translated: an installed package that fails
    while importing (a broken CUDA library, say) keeps its own error.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise MissingExtraError(module, extra) from error
