"""Vectors in a Chroma server, which several homes may share: each has Chroma collections of its own there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from magpie.errors import InputError
from magpie.files import write_atomic
from magpie.optional import require
from magpie.urls import host_of
from retrieval.stores.chroma import ChromaDatabase

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

_GREETING = 10.0  # seconds until a server must have said which version it is
_ANSWER = 120.0  # for everything else; a large index is read from disk at its first query
_KEY = "manifest"


class ChromaServer(ChromaDatabase):
    """The Chroma collections of one home at ``url``.

    Which home's they are is told by an id that is drawn once and kept in ``identity``, a file of the home.
    The manifest is with the rows, so that copies of a home see when one of them has indexed anew.
    """

    def __init__(self, url: str, headers: Mapping[str, str], identity: Path) -> None:
        self._url, self._headers, self._identity = url.rstrip("/"), headers, identity

    def __str__(self) -> str:
        return f"the Chroma server at {host_of(self._url)}"

    @property
    def prefix(self) -> str:
        if not self._identity.exists():
            write_atomic(self._identity, uuid4().hex[:16].encode())
        return f"magpie-{self._identity.read_text('ascii').strip()}-"

    def client(self) -> "ClientAPI":
        return _connected(self._url, tuple(sorted(self._headers.items())))

    @contextmanager
    def usable(self, *also: type[Exception]) -> Iterator[None]:
        """All that goes wrong is told apart by `httpx` and Chroma's errors, so ``also`` adds nothing here."""
        errors = require("chromadb", extra="store").errors
        try:
            yield
        except errors.NotFoundError as error:
            raise self._replaced(error) from error
        except require("httpx", extra="store").HTTPError as error:
            raise InputError(
                f"{self} stopped answering ({_said(error)}): see that it runs, then do the same again"
            ) from error
        except (errors.ChromaAuthError, errors.AuthorizationError) as error:
            raise _refused(self._url, _said(error)) from error
        except InputError:
            raise
        except Exception as error:
            # What the client makes of a reply that it does not know: a bare Exception, or a bad JSON text.
            if type(error) is not Exception and not isinstance(error, (errors.ChromaError, ValueError)):
                raise
            raise InputError(
                f"{self} cannot do this ({_said(error)}): see its log, or set chroma_url to another one"
            ) from error

    def read_manifest(self) -> bytes | None:
        missing = require("chromadb", extra="store").errors.NotFoundError
        with self.usable(), suppress(missing):
            held = self.client().get_collection(self._manifest, embedding_function=None).metadata or {}
            return str(held[_KEY]).encode() if _KEY in held else None
        return None

    def write_manifest(self, manifest: bytes) -> None:
        with self.usable():
            kept = self.client().get_or_create_collection(self._manifest, embedding_function=None)
            kept.modify(metadata={_KEY: manifest.decode()})

    def clear_manifest(self) -> None:
        with self.usable(), suppress(require("chromadb", extra="store").errors.NotFoundError):
            self.client().delete_collection(self._manifest)

    @property
    def _manifest(self) -> str:
        return f"{self.prefix}manifest"


@lru_cache(maxsize=8)  # each has connections of its own, which are kept open
def _connected(url: str, headers: tuple[tuple[str, str], ...]) -> "ClientAPI":
    """Raises `InputError` if no server that we can use answers."""
    chromadb = require("chromadb", extra="store")
    _greet(url, dict(headers), chromadb.__version__)
    client: Any = chromadb.HttpClient(
        host=url, headers=dict(headers), settings=chromadb.Settings(anonymized_telemetry=False)
    )
    client._server._session.timeout = _ANSWER  # Chroma's own is none at all, and no setting changes it
    result: ClientAPI = client
    return result


def _greet(url: str, headers: Mapping[str, str], ours: str) -> None:
    """Raises `InputError` unless a server of our major version answers."""
    httpx = require("httpx", extra="store")
    name = host_of(url)
    try:
        reply = httpx.get(f"{url}/api/v2/version", headers=headers, timeout=_GREETING)
        if reply.status_code == httpx.codes.NOT_FOUND:  # servers before 0.5.16
            reply = httpx.get(f"{url}/api/v1/version", headers=headers, timeout=_GREETING)
    except httpx.HTTPError as error:
        raise InputError(
            f"no Chroma server answers at {name} ({_said(error)}): start one with `chroma run --port PORT "
            "--path FOLDER`, or set chroma_url (MAGPIE_CHROMA_URL) right; without it Chroma runs in Magpie"
        ) from error
    if reply.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise _refused(url, f"status {reply.status_code}")
    theirs = reply.text.strip().strip('"')
    if not reply.is_success or not theirs[:1].isdigit() or len(theirs) > 30:
        raise InputError(
            f"what answers at {name} is no Chroma server (status {reply.status_code} for its version): "
            "set chroma_url (MAGPIE_CHROMA_URL) to one, such as http://127.0.0.1:8000"
        )
    if theirs.partition(".")[0] != ours.partition(".")[0]:
        raise InputError(
            f"the Chroma server at {name} is version {theirs}, and the chromadb package here is {ours}: "
            f"run a server of version {ours.partition('.')[0]}, or install the package of the server's"
        )


def _refused(url: str, why: str) -> InputError:
    return InputError(
        f"the Chroma server at {host_of(url)} lets nobody in without a key that is right ({why}): set "
        'chroma_headers, such as MAGPIE_CHROMA_HEADERS=\'{"Authorization": "Bearer …"}\''
    )


def _said(error: Exception) -> str:
    """An error's own words, short and on one line."""
    return " ".join((str(error) or type(error).__name__).split())[:200]
