"""One request for the rest of a file of the Hub: its redirects, and who is sent the token."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ingest.fetch.guard import check, check_address
from ingest.hub.access import Hub, origin_of, refusal
from magpie.errors import SourceError
from magpie.urls import host_of

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 5


@contextmanager
def opened(client: "httpx.Client", hub: Hub, url: str, start: int) -> Iterator["httpx.Response"]:
    """The answer with the bytes from ``start``, by way of at most `MAX_REDIRECTS`.

    The token goes to the Hub alone, never on to its CDN, whose URLs are signed.
    """
    with ExitStack() as stack:
        for _ in range(MAX_REDIRECTS + 1):
            response = client.send(_request(client, hub, url, start), stream=True)
            stack.callback(response.close)
            if not response.has_redirect_location:
                _require_content(hub, url, response)
                yield response
                return
            url = _redirected(hub, url, response.headers["Location"])
    raise SourceError(f"{host_of(hub.url)} redirects without end: run the same command again later")


def offset_of(response: "httpx.Response", wanted: int) -> int:
    """Where in the file the answer begins: a server without ranges sends all of it."""
    if response.status_code == 200:
        return 0
    if not response.headers.get("Content-Range", "").startswith(f"bytes {wanted}-"):
        raise SourceError("the Hub sends another part of the zip than was asked for; run it again later")
    return wanted


def _redirected(hub: Hub, url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        origin_of(target)
    except ValueError as error:
        raise SourceError(f"{host_of(hub.url)} redirects to what is no URL") from error
    return target


def _request(client: "httpx.Client", hub: Hub, url: str, start: int) -> "httpx.Request":
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    if origin_of(url) != hub.origin:
        return _elsewhere(client, hub, url, headers)
    if hub.token:
        headers["Authorization"] = f"Bearer {hub.token}"
    return client.build_request("GET", url, headers=headers)


def _elsewhere(client: "httpx.Client", hub: Hub, url: str, headers: dict[str, str]) -> "httpx.Request":
    """A request to where the Hub sends us: at the very address that was looked up and judged."""
    target = check(url, named=hub.is_local)
    if target.scheme != "https" and not hub.is_local:
        raise SourceError(f"{host_of(hub.url)} redirects to {target.authority}, which is not https")
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceError(
            f"{target.authority} has no address: check the network, then run the same command again",
            retryable=True,
        ) from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        check_address(address, named=hub.is_local)
    host = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    query = f"?{target.query}" if target.query else ""
    return client.build_request(
        "GET",
        f"{target.scheme}://{host}:{target.port}{target.path}{query}",
        headers=headers | {"Host": target.authority},
        extensions={"sni_hostname": target.host},  # what the certificate must name
    )


def _require_content(hub: Hub, url: str, response: "httpx.Response") -> None:
    if response.status_code not in (200, 206):
        if origin_of(url) == hub.origin:
            raise refusal(hub, response.status_code)
        raise SourceError(  # a signed URL runs out, and the next attempt is given a new one
            f"{host_of(url)} answers {response.status_code}: run the same command again later", retryable=True
        )
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise SourceError(f"{host_of(url)} sends the zip compressed, although asked not to")
