"""URLs as a person may see them, and whether they are of this machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Host and port of a URL: never its path, query or credentials, where keys are kept."""
    parts = urlsplit(url)
    host = parts.hostname or "unknown"
    return (f"[{host}]" if ":" in host else host) + (f":{parts.port}" if parts.port else "")


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine by an address, or by the one name that always is."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
