"""A small model server that speaks both protocols over a socket, in front of any chat model, and bad ones."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

ROLES = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}


def speaking(model):
    """A reply to a request: the model's words, streamed as the request's protocol has it."""

    def reply(handler, asked):
        messages = [ROLES[m["role"]](m["content"]) for m in asked["messages"]]
        options = asked.get("options", asked)
        words = model.stream(
            messages,
            max_tokens=options.get("num_predict") or options.get("max_tokens"),
            temperature=options["temperature"],
            seed=options["seed"],
        )
        is_openai = handler.path.endswith("/chat/completions")
        start(handler, "text/event-stream" if is_openai else "application/x-ndjson")
        for piece in words:
            handler.wfile.write((openai_piece if is_openai else ollama_piece)(piece.content))
            handler.wfile.flush()
        handler.wfile.write(b"data: [DONE]\n\n" if is_openai else ollama_piece("", done=True))

    return reply


def openai_piece(words):
    choice = {"index": 0, "delta": {"role": "assistant", "content": words}, "finish_reason": None}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


def ollama_piece(words, *, done=False):
    body = {"model": "m", "created_at": "2024-01-01T00:00:00Z", "done": done}
    body |= {"message": {"role": "assistant", "content": words}}
    return json.dumps(body | ({"done_reason": "stop"} if done else {})).encode() + b"\n"


def start(handler, kind, status=200, headers=()):
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()


def saying(body, *, kind="text/event-stream", status=200, headers=()):
    """A reply that is always the same bytes."""

    def reply(handler, _):
        start(handler, kind, status, headers)
        handler.wfile.write(body)

    return reply


def silent(over):
    """A reply that does not come before ``over`` is set."""

    def reply(_handler, _):
        over.wait(60)

    return reply


@contextmanager
def serving(reply):
    """A server on this machine that gives ``reply``; with ``asked``, what it was asked, and ``address``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.asked.append((self.path, dict(self.headers), asked))
            reply(self, asked)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """Readers that go away are what is tested here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.asked, server.address = [], f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
