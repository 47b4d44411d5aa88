"""Links into IPFS, in the spellings that token metadata uses.

Only links to fixed content: ``ipns://`` names can point elsewhere tomorrow and are refused.
"""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from ingest.ipfs.cid import Cid
from magpie.errors import SourceError

MAX_SEGMENTS = 32
_SCHEME = re.compile(r"(?:ipfs:/{0,2}(?:/?ipfs/)?|/?ipfs/)", re.IGNORECASE)
_BARE = re.compile(r"(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|baf[a-z2-7]{50,})(?:/.*)?", re.DOTALL)
_SUBDOMAIN = re.compile(r"(baf[a-z2-7]{50,})\.ipfs\.", re.IGNORECASE)


class IpfsLink(NamedTuple):
    """A root and the path below it: names joined by "/", percent-decoded, "" for the root itself."""

    cid: Cid
    path: str

    def __str__(self) -> str:
        """As a URI that `parse` reads back."""
        return f"ipfs://{self.address}"

    @property
    def address(self) -> str:
        """What follows ``/ipfs/`` in a gateway's URL, percent-encoded."""
        return f"{self.cid}/{quote(self.path)}" if self.path else str(self.cid)


def parse(uri: str) -> IpfsLink | None:
    """The link that ``uri`` is, or None if it does not claim to lead into IPFS.

    Read are ``ipfs://CID/path``, ``ipfs://ipfs/CID/path``, ``/ipfs/CID/path``, a bare CID with or without a
    path, and any gateway's ``https://host/ipfs/CID/path`` and ``https://CID.ipfs.host/path``. Queries and
    fragments are dropped. Raises `SourceError` if it claims to and no such content can exist.
    """
    uri = uri.strip()
    if uri[:5].lower() in ("ipns:", "/ipns"):
        raise SourceError("an ipns link: it names no fixed content, so it cannot be checked")
    if scheme := _SCHEME.match(uri):
        return _link(uri[scheme.end() :])
    if _BARE.fullmatch(uri):
        return _link(uri)
    return _of_gateway(uri) if uri[:5].lower() in ("http:", "https") else None


def names(path: str) -> tuple[str, ...]:
    """The names of a decoded path, empty ones dropped. Raises `SourceError` for one that leads elsewhere."""
    parts = tuple(part for part in path.split("/") if part)
    if len(parts) > MAX_SEGMENTS:
        raise SourceError(f"a path of more than {MAX_SEGMENTS} names")
    for part in parts:
        if part in (".", "..") or "\\" in part or "\0" in part:
            raise SourceError(f"a path with the name {part[:40]!a}")
    return parts


def _link(rest: str) -> IpfsLink:
    root, _, path = re.split(r"[?#]", rest, maxsplit=1)[0].lstrip("/").partition("/")
    cid = Cid.parse(root)
    return IpfsLink(cid, "/".join(names("/".join(map(_decoded, path.split("/"))))))


def _decoded(segment: str) -> str:
    """One percent-decoded name; an encoded slash would make two of it."""
    try:
        name = unquote_to_bytes(segment).decode()
    except UnicodeError as error:
        raise SourceError(f"a path that is not UTF-8: {segment[:40]!a}") from error
    if "/" in name:
        raise SourceError(f"a path with an encoded slash: {segment[:40]!a}")
    return name


def _of_gateway(uri: str) -> IpfsLink | None:
    """A gateway's URL. One that only looks like it (``/ipfs/about.html``) is an ordinary web address."""
    try:
        url = urlsplit(uri)
        host = url.hostname or ""
    except ValueError:
        return None
    if subdomain := _SUBDOMAIN.match(host):
        rest = subdomain[1] + url.path
    elif url.path.startswith("/ipfs/"):
        rest = url.path.removeprefix("/ipfs/")
    else:
        return None
    try:
        Cid.parse(rest.lstrip("/").partition("/")[0])
    except SourceError:
        return None
    return _link(rest)
