"""Which URLs and addresses may be asked: the whole policy, in one place.

Links are published by strangers, so a link that leads to this machine or its network is refused. Addresses
are judged after the one look-up whose answer is then connected to: a name has no second chance to point
elsewhere. Nothing is fetched here.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

from ingest.sources.tree import printable
from magpie.errors import SourceError

MAX_URL = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}
# Other protocols' ports of https://fetch.spec.whatwg.org/#port-blocking that PORTS would let through.
BAD_PORTS = frozenset((1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080))
IRC_PORTS = frozenset(range(6665, 6670))
PORTS = frozenset((80, 443, *range(1024, 2**16))) - BAD_PORTS - IRC_PORTS
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?"

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host name, for a port. Raises `OSError` if there are none."""


def _networks(*named: tuple[str, str]) -> tuple[tuple[IPv4Network | IPv6Network, str], ...]:
    return tuple((ip_network(network), kind) for kind, written in named for network in written.split())


# Written out: what `ipaddress` calls global differs between versions of Python. The first that fits counts.
_NOT_PUBLIC = _networks(
    ("unspecified", "0.0.0.0/8 ::/128"),
    ("loopback", "127.0.0.0/8 ::1/128"),
    ("private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"),
    ("link-local", "169.254.0.0/16 fe80::/10"),
    ("shared", "100.64.0.0/10"),
    ("multicast", "224.0.0.0/4 ff00::/8"),
    ("reserved", "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"),
    ("reserved", "240.0.0.0/4 2001::/23 2001:db8::/32 2002::/16 3fff::/20"),
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_HOLD_IPV4 = (
    IPv6Network("::ffff:0:0/96"),
    IPv6Network("64:ff9b::/96"),
)  # mapped, and NAT64's well-known prefix
_ISATAP = 0x5EFE
_NAMED_MAY_BE = frozenset(("", "loopback", "private", "shared"))


@dataclass(frozen=True)
class Target:
    """A checked http(s) URL in parts: what was checked is what is asked, never parsed again."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""

    @property
    def origin(self) -> tuple[str, int]:
        """Whom it asks."""
        return self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as a URL has them, the port only where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def below(self, path: str, query: str = "") -> "Target":
        """The URL of something under this one; both are percent-encoded."""
        return replace(self, path=f"{self.path.rstrip('/')}{path}", query=query)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}{'?' if self.query else ''}{self.query}"


def check(url: str, *, named: bool = False) -> Target:
    """``url`` in parts, host normalised, path percent-encoded. Raises `SourceError` if it may not be asked.

    ``named``: the person at the keyboard wrote it into the settings, so that any port will do. Addresses are
    another matter: see `addresses`.
    """
    url = url.strip()
    if len(url) > MAX_URL:
        raise SourceError(f"a URL of more than {MAX_URL} characters")
    if _CONTROL.search(url):
        raise SourceError("a URL with control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SourceError(f"no URL ({printable(str(error))})") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise SourceError(
            f"a {printable(parts.scheme) or 'schemeless'} link where only http and https are asked"
        )
    if "@" in parts.netloc:
        raise SourceError("a URL with a user name or password in it")
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    if not named and port not in PORTS:
        raise SourceError(f"port {port}, where no web server is asked")
    path, query = _quoted(parts.path or "/", _PATH_SAFE), _quoted(parts.query, _QUERY_SAFE)
    return Target(parts.scheme, _host(parts.netloc), port, path, query)


def _quoted(text: str, safe: str) -> str:
    """Percent-encoded where it is not yet, a stray "%" included."""
    encoded = quote(text, safe=safe, errors="replace")
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", encoded)


def _host(netloc: str) -> str:
    """The host in one spelling: lower-case ASCII name, dotted IPv4, or IPv6 without brackets."""
    if netloc.startswith("["):
        written, _, rest = netloc[1:].partition("]")
        try:
            if "%" in written or (rest and not rest.startswith(":")):
                raise ValueError
            return str(IPv6Address(written))
        except ValueError as error:
            raise SourceError(f"{printable(netloc)} is no host") from error
    host = netloc.rpartition(":")[0] if ":" in netloc else netloc
    ascii_host = (host if host.isascii() else _idna(host)).lower().removesuffix(".")
    labels = ascii_host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(_ipv4(labels))
    if len(ascii_host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise SourceError(f"{printable(host) or 'nothing'} is no host")
    return ascii_host


def _idna(host: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise SourceError(f"{printable(host)} is no host") from error


def _ipv4(labels: Sequence[str]) -> IPv4Address:
    """From one to four numbers: decimal, octal (0…) or hexadecimal (0x…), the last filling what is left."""
    try:
        if len(labels) > 4 or not all(map(_NUMBER.fullmatch, labels)):
            raise ValueError
        numbers = [_number(label) for label in labels]
        if max(numbers[:-1], default=0) > 255 or numbers[-1] >= 256 ** (5 - len(numbers)):
            raise ValueError
    except ValueError as error:
        raise SourceError(f"{printable('.'.join(labels))} is no host") from error
    leading = sum(number << 8 * (3 - place) for place, number in enumerate(numbers[:-1]))
    return IPv4Address(leading + numbers[-1])


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if len(label) > 1 and label[0] == "0" else 10)


def kind(address: Address) -> str:
    """What an address is if it is not public, such as "loopback"; "" if it is.

    Of IPv6 forms that hold an IPv4 address, mapped ones and NAT64's are what that one is, as networks without
    IPv4 need them; 6to4, Teredo and the rest are never public.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "link-local"
        held = int(address) & 0xFFFFFFFF
        if any(address in network for network in _HOLD_IPV4):
            return kind(IPv4Address(held))
        if (int(address) >> 32) & 0xFDFFFFFF == _ISATAP and (inner := kind(IPv4Address(held))):
            return inner
    for network, name in _NOT_PUBLIC:
        if address.version == network.version and address in network:
            return name
    return "" if address.version == 4 or address in _GLOBAL_UNICAST else "reserved"


def check_address(address: str, *, named: bool) -> None:
    """Raises `SourceError` unless this address may be connected to: public, or private and named."""
    try:
        found = kind(ip_address(address))
    except ValueError as error:
        raise SourceError(f"leads to {printable(address)}, which is no IP address") from error
    if found and not (named and found in _NAMED_MAY_BE):
        article = "an" if found[0] == "u" else "a"
        raise SourceError(f"leads to {address}, {article} {found} address; only public ones are asked")


async def addresses(host: str, port: int, resolve: Resolve, *, named: bool) -> tuple[str, ...]:
    """Where ``host`` is, looked up once. One address that may not be asked spoils all of them."""
    try:
        found = tuple(await resolve(host, port))
    except OSError as error:
        reason = error.strerror or "the look-up failed"
        raise SourceError(f"has no address ({printable(reason)})", retryable=True) from error
    if not found:
        raise SourceError("has no address", retryable=True)
    for address in found:
        check_address(address, named=named)
    return found


def system_resolver(threads: int = 16) -> Resolve:
    """The machine's own look-up. It blocks, so it has threads of its own: slow name servers stop no file."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="look-up")

    async def resolve(host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            pool, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    return resolve
