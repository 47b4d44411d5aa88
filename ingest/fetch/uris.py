"""What a token's URI may be, told by its text alone. Nothing is fetched, and no address judged, here."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from ingest.fetch.guard import DEFAULT_PORTS, MAX_URL, check
from ingest.fetch.inline import Inline, inline
from ingest.ipfs import links
from ingest.sources.tree import printable
from magpie.errors import SourceError

MAX_INLINE = 8 * 2**20
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_TRANSACTION = re.compile(r"[A-Za-z0-9_-]{43}")
_ARWEAVE = re.compile(
    r"ar:/{0,2}|https?://(?:www\.)?(?:arweave\.net|ar-io\.net)/(?=[A-Za-z0-9_-]{43}(?:[/?#]|$))", re.I
)


@dataclass(frozen=True)
class Ipfs:
    """Content on IPFS; ``url`` is the gateway's address that was published for it, "" if none was."""

    link: links.IpfsLink
    url: str = ""


@dataclass(frozen=True)
class Arweave:
    """A transaction on Arweave, and the percent-encoded path in its manifest, "" or with a leading "/"."""

    transaction: str
    path: str = ""


@dataclass(frozen=True)
class Web:
    """A file on somebody's web server."""

    url: str


Link = Inline | Ipfs | Arweave | Web


def parse(uri: str) -> Link:
    """What ``uri`` is. Raises `SourceError` with one line that says why it is not read."""
    if len(uri) > MAX_INLINE:
        raise SourceError(f"a link of more than {MAX_INLINE // 2**20} MiB")
    if (carried := inline(uri)) is not None:
        return carried
    uri = uri.strip()
    if not uri:
        raise SourceError("an empty link")
    if len(uri) > MAX_URL:
        raise SourceError(f"a link of more than {MAX_URL} characters")
    if found := _ARWEAVE.match(uri):
        return _arweave(uri[found.end() :])
    scheme = _SCHEME.match(uri)
    on_web = scheme is not None and scheme[1].lower() in DEFAULT_PORTS
    if (link := links.parse(uri)) is not None:
        return Ipfs(link, uri if on_web else "")
    if scheme is None:
        raise SourceError(f"{printable(uri[:60])} is no link")
    if not on_web:
        raise SourceError(
            f"a {printable(scheme[1][:20])}: link; only ipfs, ar, http, https and data are read"
        )
    return Web(str(check(uri)))


def with_id(uri: str, token_id: int) -> str:
    """``uri`` of an ERC-1155 contract with the token's id put in: 64 lower-case hexadecimal digits."""
    return uri.replace("{id}", f"{token_id:064x}")


def _arweave(rest: str) -> Arweave:
    transaction, _, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    if not _TRANSACTION.fullmatch(transaction):
        raise SourceError(f"{printable(transaction[:60]) or 'nothing'} is no Arweave transaction")
    try:
        inside = quote("/".join(links.names(unquote(path))))
    except UnicodeError as error:
        raise SourceError("a link with half a character in it") from error
    return Arweave(transaction, f"/{inside}" if inside else "")
