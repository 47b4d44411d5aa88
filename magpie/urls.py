"""URLs as a person may see them."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Host and port of a URL: never its path, query or credentials, where keys are kept."""
    parts = urlsplit(url)
    host = parts.hostname or "unknown"
    return (f"[{host}]" if ":" in host else host) + (f":{parts.port}" if parts.port else "")
