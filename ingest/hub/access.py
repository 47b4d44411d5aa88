"""Whom to ask for the dataset, and as whom; and what a refusal means to the person who asked."""

import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from magpie.errors import ConfigError, MagpieError, SourceError
from magpie.optional import require
from magpie.urls import host_of, is_loopback

if TYPE_CHECKING:
    from magpie.settings import Settings

_LOGIN = "set HF_TOKEN, run `hf auth login`, or set MAGPIE_HUB_TOKEN"
_TOKEN_CHARACTERS = frozenset(string.ascii_letters + string.digits + "-._~+/=")


@dataclass(frozen=True)
class Hub:
    """One dataset on one Hub. ``url`` has no slash at its end; ``timeout`` is seconds without a byte."""

    url: str
    dataset: str
    token: str | None = field(default=None, repr=False)
    timeout: float = 30.0

    @property
    def origin(self) -> tuple[str, str]:
        """What a URL must share with the Hub to be sent the token."""
        return origin_of(self.url)

    @property
    def shown_url(self) -> str:
        """The Hub's address as a person may see it: without a name and password in it."""
        return f"{urlsplit(self.url).scheme}://{host_of(self.url)}"

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return is_loopback(urlsplit(self.url).hostname or "")

    def file_url(self, revision: str, path: str) -> str:
        """Where one file of the dataset is downloaded."""
        return f"{self.url}/datasets/{quote(self.dataset)}/resolve/{quote(revision, safe='')}/{quote(path)}"


def sign_in(settings: "Settings") -> Hub:
    """The Hub of the settings, with their token, else the one the Hub's own login left on this machine.

    Raises `ConfigError` if the token would travel unencrypted, or is none.
    """
    url = str(settings.hub_url).rstrip("/")
    token = settings.hub_token.get_secret_value() if settings.hub_token else None
    token = (token or require("huggingface_hub", extra="hub").get_token() or "").strip()
    hub = Hub(url, settings.hub_dataset, token or None, settings.fetch_timeout)
    if token and not _TOKEN_CHARACTERS.issuperset(token):
        raise ConfigError(f"the Hub's token has characters that no token has: copy it again, then {_LOGIN}")
    if token and urlsplit(url).scheme != "https" and not hub.is_local:
        raise ConfigError(
            f"hub_url {host_of(url)} is not https, and the token would be readable on the way: use https"
        )
    return hub


def origin_of(url: str) -> tuple[str, str]:
    """Scheme and host with port: the whole of what decides who reads a request."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, f"{parts.hostname}:{port}"


def refusal(hub: Hub, status: int) -> MagpieError:
    """The error for an answer that gives nothing: what it means, and the fix."""
    page, tokens = f"{hub.shown_url}/datasets/{hub.dataset}", f"{hub.shown_url}/settings/tokens"
    if status == 401 and hub.token:
        return ConfigError(f"the Hub does not accept the token: make a new one at {tokens}, then {_LOGIN}")
    if status == 401:
        return ConfigError(
            f"the Hub shows {hub.dataset!r} only to those who log in: accept its terms at {page}, "
            f"make a token at {tokens}, then {_LOGIN}"
        )
    if status == 403:
        return ConfigError(
            f"the token has no access to {hub.dataset!r}: accept its terms at {page} with the same account, "
            "and see that the token may read gated repositories"
        )
    if status == 404:
        return ConfigError(
            f"the Hub at {host_of(hub.url)} has no dataset {hub.dataset!r} that you may see: "
            "fix hub_dataset in magpie.toml or MAGPIE_HUB_DATASET"
        )
    return SourceError(
        f"{host_of(hub.url)} answers {status}: run the same command again later",
        retryable=status in (408, 425, 429) or status >= 500,
    )


def unreachable(hub: Hub, error: Exception) -> SourceError:
    """The error for no answer at all. The library's words are left out: they may hold the signed URL."""
    return SourceError(
        f"{host_of(hub.url)} cannot be reached ({type(error).__name__}): "
        "check the network, then run the same command again",
        retryable=True,
    )
