"""One JSON-RPC node, reached through web3 with everything it sends back bounded and checked."""

import json
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import urllib3
from web3.providers.base import JSONBaseProvider

from ingest.chain.replies import NodeProblem, RpcError
from magpie.text import clean, nests_deeper
from magpie.urls import host_of

MAX_ANSWER = 1 << 20
MAX_NESTING = 16
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NO_BATCH = (400, 404, 405, 413, 422, 501)
_TOO_MUCH = (413, 504)
Call = tuple[str, list[Any]]
"""A JSON-RPC method and its parameters."""


class Node:
    """Asks one node. Not for concurrent use."""

    def __init__(self, url: str, timeout: float, *, max_answer: int = MAX_ANSWER) -> None:
        """``timeout`` is seconds for one exchange, from connecting to the last byte."""
        self.host = host_of(url)
        self.provider = BoundedProvider(url, timeout, max_answer)

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        """Each call's result in order, or an `RpcError` in its place; one round trip if batches are taken.

        Raises `NodeProblem` if the node is down, late, or answers with anything but JSON-RPC.
        """
        replies = self.provider.make_batch_request(list(calls))
        if isinstance(replies, dict):  # the node takes no batches
            replies = [self.provider.make_request(method, params) for method, params in calls]
        return [self._reply(reply) for reply in replies]

    def _reply(self, response: dict[str, Any]) -> Any:  # noqa: ANN401 (anything JSON can hold)
        error = response.get("error")
        if error is None:
            if "result" not in response:
                raise NodeProblem("answered with neither a result nor an error")
            return response["result"]
        if not isinstance(error, dict):
            return RpcError(0, self.provider.redact(error))
        code, data = error.get("code"), error.get("data")
        if isinstance(data, dict):  # Hardhat and Ganache nest it
            data = data.get("data") or data.get("result")
        return RpcError(
            code if isinstance(code, int) else 0,
            self.provider.redact(error.get("message")),
            data if isinstance(data, str) else "",
        )


class BoundedProvider(JSONBaseProvider):  # type: ignore[misc]  # web3 is skipped by mypy
    """web3's provider, over HTTP that cannot hang, flood, redirect or mix up answers. CCIP-Read is off."""

    global_ccip_read_enabled = False

    def __init__(self, url: str, timeout: float, max_answer: int = MAX_ANSWER) -> None:
        super().__init__()
        self._url, self._timeout, self._max_answer = url, timeout, max_answer
        self._secrets = _secrets(url)
        self._session = requests.Session()
        self._session.trust_env = urlsplit(url).hostname not in _LOOPBACK  # no proxy to this machine
        self._session.headers.update({"Content-Type": "application/json", "Accept-Encoding": "identity"})

    def make_request(self, method: str, params: Any) -> dict[str, Any]:  # noqa: ANN401 (web3's signature)
        """One call. Raises `NodeProblem`."""
        response = self._exchange(_request(0, method, params))
        if not isinstance(response, dict) or response.get("id") != 0:
            raise NodeProblem("answered with something that is not JSON-RPC")
        return response

    def make_batch_request(self, calls: list[Call]) -> list[dict[str, Any]] | dict[str, Any]:
        """All calls in one exchange, answers in order of the calls; a dict if the node takes no batches."""
        batch = [_request(place, method, params) for place, (method, params) in enumerate(calls)]
        try:
            responses = self._exchange(batch)
        except _HttpStatus as refusal:
            if refusal.status in _NO_BATCH:
                return {"error": str(refusal)}
            raise
        if isinstance(responses, dict) and "error" in responses:
            return responses
        answers = _by_id(responses)
        if len(answers) != len(batch) or set(answers) != set(range(len(batch))):
            raise NodeProblem("answered with something that is not JSON-RPC")
        return [answers[place] for place in range(len(batch))]

    def redact(self, message: object) -> str:
        """A node's own words, safe to show: one short line without the keys in our URL."""
        shown = str(message or "")
        for secret in self._secrets:  # before cutting, or half a key is left
            shown = shown.replace(secret, "…")
        return clean(shown, 200)

    def _exchange(self, payload: object) -> Any:  # noqa: ANN401 (anything JSON can hold)
        """POST and decode, within the time limit by the clock on the wall.

        The work is in a thread because socket time-outs start anew with each byte, so a node that
        drips one at a time would hold us for hours. A late thread ends by itself and is not waited for.
        """
        outcome: SimpleQueue[bytes | NodeProblem] = SimpleQueue()
        Thread(target=lambda: outcome.put(self._post(json.dumps(payload).encode())), daemon=True).start()
        try:
            body = outcome.get(timeout=self._timeout)
        except Empty:
            raise NodeProblem(f"gave no answer within {self._timeout:g} s", too_much=True) from None
        if isinstance(body, NodeProblem):
            raise body
        try:
            written = body.decode()
            if nests_deeper(written, MAX_NESTING):
                raise NodeProblem("answered with something that is not JSON-RPC")
            return json.loads(written)
        except (ValueError, RecursionError):
            raise NodeProblem("answered with something that is not JSON") from None

    def _post(self, body: bytes) -> bytes | NodeProblem:
        deadline = time.monotonic() + self._timeout
        try:
            with self._session.post(
                self._url, data=body, timeout=self._timeout, stream=True, allow_redirects=False
            ) as response:
                if response.status_code != requests.codes.ok:
                    return _HttpStatus(response.status_code)
                return _read(response.raw, deadline, self._max_answer)
        except (requests.Timeout, urllib3.exceptions.TimeoutError):  # the latter while the body is read
            return NodeProblem(f"gave no answer within {self._timeout:g} s", too_much=True)
        except requests.exceptions.SSLError:
            return NodeProblem("its TLS certificate is not valid")
        except (requests.ConnectionError, urllib3.exceptions.HTTPError):
            return NodeProblem("cannot be reached")
        except (requests.RequestException, OSError, ValueError) as error:  # their texts carry the URL
            return NodeProblem(f"cannot be asked ({type(error).__name__})")


class _HttpStatus(NodeProblem):
    def __init__(self, status: int) -> None:
        limit = " (rate limit)" if status == 429 else ""
        super().__init__(f"answered with HTTP {status}{limit}", too_much=status in _TOO_MUCH)
        self.status = status


def _read(raw: urllib3.HTTPResponse, deadline: float, max_answer: int) -> bytes | NodeProblem:
    body = bytearray()
    while chunk := raw.read1(1 << 16, decode_content=False):
        body += chunk
        if len(body) > max_answer:
            return NodeProblem(f"answered with more than {max_answer >> 20} MiB", too_much=True)
        if time.monotonic() > deadline:
            raise urllib3.exceptions.TimeoutError
    return bytes(body)


def _request(identity: int, method: str, params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


def _by_id(responses: Any) -> dict[int, dict[str, Any]]:  # noqa: ANN401 (anything JSON can hold)
    """Well-formed answers by their id; a node may send them in any order, and anything else besides."""
    listed = responses if isinstance(responses, list) else []
    return {each["id"]: each for each in listed if isinstance(each, dict) and type(each.get("id")) is int}


def _secrets(url: str) -> tuple[str, ...]:
    """The parts of a URL where keys are kept, longest first, as they may be echoed."""
    parts = urlsplit(url)
    candidates = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    candidates += [parts.username or "", parts.password or "", url]
    forms = {form for candidate in candidates for form in (candidate, unquote(candidate)) if len(form) > 5}
    return tuple(sorted(forms, key=len, reverse=True))
