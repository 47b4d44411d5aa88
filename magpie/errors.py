"""Every error a person can fix. The command line prints them as one line, the page as a box.

MagpieError
├─ InputError           what was asked cannot be done as asked (a bad flag value, an unknown collection)
├─ ConfigError          a setting is missing or wrong
├─ MissingExtraError    an optional dependency is not installed
├─ ModelNotFoundError   no package, file or hub has the weights
├─ SourceError          a folder, zip, node or gateway could not be read (see ``retryable``)
└─ IndexMismatchError   the index is absent, or was built with another encoder or schema

Anything else is a bug and keeps its traceback.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class MagpieError(Exception):
    """Base of all errors meant for people. The message is one line: what is wrong, and the fix."""


class InputError(MagpieError):
    """What was asked cannot be done as asked."""


class ConfigError(MagpieError):
    """A setting is missing or wrong."""


class MissingExtraError(MagpieError):
    """An optional dependency is not installed."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"this needs the package {module!r}: run pip install 'magpie[{extra}]'")
        self.module, self.extra = module, extra


class ModelNotFoundError(MagpieError):
    """No package, file or hub has the weights."""


class SourceError(MagpieError):
    """A folder, zip, node or gateway could not be read."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class IndexMismatchError(MagpieError):
    """The index is absent, or was built with another encoder or schema."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """An `InputError` that names the closest known spelling, or lists a few."""
    names = sorted(known)
    folded = {candidate.casefold(): candidate for candidate in names}
    close = [folded[match] for match in get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    if close:
        return InputError(f"unknown {kind} {name!r}; did you mean {' or '.join(map(repr, close))}?")
    if not names:
        return InputError(f"unknown {kind} {name!r}; there are none yet: run `magpie ingest sample`")
    listed = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
    return InputError(f"unknown {kind} {name!r}; known: {listed}")
