"""A small provider that records what reaches it, byte for byte.

It answers as OpenAI does: chats (streamed or not), tool calls, structured outputs, embeddings and models. A test may
queue replies of its own, which come first.
"""

import json
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNKS = ["Lemon ", "and ", "thyme."]
TEXT = "".join(CHUNKS)
RECIPE = {"title": "Chickpea curry", "minutes": 20}
USAGE = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
VECTOR = [0.25, -0.5, 1.0]


@dataclass
class Received:
    method: str
    path: str
    headers: dict
    raw: bytes

    @property
    def body(self):
        return json.loads(self.raw)


@dataclass
class Reply:
    """A reply in place of the usual one."""

    status: int
    body: dict
    headers: dict = field(default_factory=dict)


class Provider:
    def __init__(self):
        self.received = []
        self.replies = []
        self.client_left = threading.Event()
        handler = type("Handler", (Handler,), {"provider": self})
        self.server = Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base_url = f"http://127.0.0.1:{self.server.server_port}/v1"

    @property
    def last(self):
        return self.received[-1]

    def reset(self):
        self.received.clear()
        self.replies.clear()
        self.client_left.clear()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], OSError):  # A client that left is no error here.
            super().handle_error(request, address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    provider: Provider

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.provider.received.append(Received(self.command, self.path, headers, raw))
        if self.provider.replies:
            reply = self.provider.replies.pop(0)
            return self.send(reply.status, reply.body, reply.headers)
        if self.path == "/v1/models":
            model = {"id": "small", "object": "model", "created": 0, "owned_by": "test"}
            return self.send(200, {"object": "list", "data": [model]})
        if self.path == "/v1/embeddings":
            embedding = {"object": "embedding", "index": 0, "embedding": VECTOR}
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            return self.send(
                200, {"object": "list", "model": "small", "data": [embedding], "usage": usage}
            )
        if self.path == "/v1/chat/completions":
            return self.chat(json.loads(raw))
        return self.send(404, {"error": {"message": "no such path", "type": "invalid_request_error"}})

    def chat(self, request):
        if request["model"] == "endless":
            return self.stream(self.endlessly())
        if request["model"] == "breaks-off":
            return self.stream([chunk({"role": "assistant", "content": CHUNKS[0]})], ends=False)
        message = reply_to(request)
        if not request.get("stream"):
            finish = "tool_calls" if "tool_calls" in message else "stop"
            choice = {"index": 0, "message": message, "finish_reason": finish}
            return self.send(200, {**ABOUT, "object": "chat.completion", "choices": [choice], "usage": USAGE})
        events = [chunk(delta) for delta in deltas(message)]
        events.append(chunk({}, finish="tool_calls" if "tool_calls" in message else "stop"))
        if request.get("stream_options", {}).get("include_usage"):
            events.append({**ABOUT, "object": "chat.completion.chunk", "choices": [], "usage": USAGE})
        return self.stream([*events, "[DONE]"])

    def endlessly(self):
        while True:
            yield chunk({"role": "assistant", "content": "on and on "})
            if self.provider.client_left.wait(0.02):
                return

    def send(self, status, body, headers=None):
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.send_header("x-request-id", "req_of_the_provider")
        self.end_headers()
        self.wfile.write(raw)

    def stream(self, events, ends=True):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            for event in events:
                text = event if isinstance(event, str) else json.dumps(event)
                data = f"data: {text}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            if ends:
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.close_connection = True
        except OSError:
            self.provider.client_left.set()
            self.close_connection = True

    def log_message(self, *_):
        pass


ABOUT = {"id": "chatcmpl-1", "created": 1_700_000_000, "model": "small"}


def reply_to(request):
    if request.get("tools"):
        function = {"name": "weather", "arguments": '{"city":"Lisbon"}'}
        call = {"id": "call_1", "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if request.get("response_format", {}).get("type") == "json_schema":
        return {"role": "assistant", "content": json.dumps(RECIPE)}
    return {"role": "assistant", "content": TEXT}


def deltas(message):
    if "tool_calls" in message:
        call = message["tool_calls"][0]
        arguments = call["function"]["arguments"]
        opening = {**call, "index": 0, "function": {**call["function"], "arguments": ""}}
        yield {"role": "assistant", "content": None, "tool_calls": [opening]}
        for part in (arguments[:5], arguments[5:]):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": part}}]}
    elif message["content"] == TEXT:
        yield from ({"role": "assistant", "content": text} for text in CHUNKS)
    else:
        yield {"role": "assistant", "content": message["content"]}


def chunk(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**ABOUT, "object": "chat.completion.chunk", "choices": [choice]}
