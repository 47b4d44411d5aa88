"""Models that a server runs, as the setting ``llm`` names them: ``ollama:MODEL`` or ``openai:URL#MODEL``.

``ollama:URL#MODEL`` is an Ollama that is elsewhere than at `OLLAMA`. Nothing is asked of a server here.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from magpie.errors import ConfigError
from magpie.urls import host_of, is_loopback

OLLAMA = "http://127.0.0.1:11434"
_EXAMPLES = {"ollama": "ollama:llama3.2", "openai": "openai:http://127.0.0.1:8080/v1#model-name"}


@dataclass(frozen=True)
class ServedModel:
    """One model of one server, and the protocol that the server speaks."""

    protocol: Literal["ollama", "openai"]
    url: str
    model: str

    def __str__(self) -> str:
        """For people: the model and the server's host."""
        return f"{self.model} at {host_of(self.url)}"

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(urlsplit(self.url).hostname or "")

    def require_allowed(self, *, allow_network: bool, has_key: bool) -> None:
        """Raises `ConfigError` if questions would leave this machine unasked, or a key in clear text."""
        if self.is_local:
            return
        host = host_of(self.url)
        if not allow_network:
            raise ConfigError(
                f"the model server {host} is not this machine, and your questions would go there: "
                "set MAGPIE_ALLOW_NETWORK=true if they may"
            )
        if has_key and urlsplit(self.url).scheme != "https":
            raise ConfigError(
                f"the model server {host} is not https, and llm_key would be readable: use https"
            )


def served_model(name: str) -> ServedModel | None:
    """What ``name`` names; None if it is no server's. Raises `ConfigError` for one that cannot be read."""
    protocol, colon, rest = name.partition(":")
    if not colon or protocol not in _EXAMPLES:
        return None
    if protocol == "ollama" and "://" not in rest and "#" not in rest:
        url, model = OLLAMA, rest
    else:
        url, _, model = rest.partition("#")
    if not model.strip() or model != model.strip() or problem_with(url):
        why = problem_with(url) or "it names no model"
        raise ConfigError(f"{name!r} is no model of a server: {why}; write it like {_EXAMPLES[protocol]!r}")
    return ServedModel("ollama" if protocol == "ollama" else "openai", url.rstrip("/"), model)


def problem_with(url: str) -> str:
    """Why ``url`` cannot be a server's, or ""."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"its URL cannot be read ({error})"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "its URL is not http:// or https:// with a host"
    if parts.username is not None or parts.password is not None or parts.query:
        return "its URL has a user, a password or a query (a key belongs in llm_key)"
    return "" if url.isprintable() and " " not in url else "its URL has spaces or control characters"
