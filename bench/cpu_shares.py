"""Where the CPU seconds of a run go: timers around named functions, each without what it calls of the others.

A function is replaced wherever a module of ours holds it, in this process. Seconds are those of the calling
thread, so waiting does not count.
"""

import functools
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

PATCHED = ("agent", "ingest", "magpie", "asyncio", "hashlib", "json")


class Shares:
    """CPU seconds by label. One for a run; safe from several threads."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._inner = threading.local()

    def time(self, label: str, function: Callable[..., Any]) -> None:
        """Count the calls of a module's function under ``label``."""
        timed = self._timed(label, function)
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in PATCHED:
                held = [key for key, value in vars(module).items() if value is function]
                for key in held:
                    setattr(module, key, timed)

    def time_method(self, label: str, owner: type, name: str) -> None:
        """Count the calls of a method under ``label``."""
        setattr(owner, name, self._timed(label, getattr(owner, name)))

    def _timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (whatever the function takes and gives)
            outer, self._inner.seconds = getattr(self._inner, "seconds", 0.0), 0.0
            start = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time() - start
                with self._lock:
                    self.seconds[label] += spent - self._inner.seconds
                self._inner.seconds = outer + spent

        return timed
