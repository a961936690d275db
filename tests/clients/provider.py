"""A small provider that records what reaches it, byte for byte, and answers as OpenAI does (`answers.py`).

A test may queue replies of its own, which come first. Run as a program it prints its address, and a test in another
language asks for what was received under `/recorded`.
"""

import base64
import json
import sys
import threading
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import answers


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
    request_queue_size = 128

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
        if self.path.startswith("/recorded"):
            return self.send(200, recorded(self.provider, self.path, raw))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.provider.received.append(Received(self.command, self.path, headers, raw))
        if self.provider.replies:
            reply = self.provider.replies.pop(0)
            return self.send(reply.status, reply.body, reply.headers)
        match self.path.removeprefix("/v1"):
            case "/chat/completions":
                return self.chat(json.loads(raw))
            case "/responses":
                return self.response(json.loads(raw))
            case "/models":
                return self.send(200, {"object": "list", "data": [answers.model("small")]})
            case "/embeddings":
                return self.send(200, answers.embeddings(json.loads(raw)))
            case "/completions":
                return self.send(200, answers.completion(json.loads(raw)))
            case "/files":
                return self.send(200, answers.file("user_data", len(raw)))
            case "/audio/transcriptions":
                return self.send(200, {"text": answers.TEXT})
        return self.send(404, {"error": {"message": "no such path", "type": "invalid_request_error"}})

    def chat(self, request):
        match request["model"]:
            case "silent":
                return self.say_nothing()
            case "endless":
                return self.stream(self.endlessly(request))
            case "breaks-off":
                return self.stream(list(answers.chat_chunks(request))[:1], ends=False)
        if request.get("stream"):
            return self.stream([*answers.chat_chunks(request), "[DONE]"])
        return self.send(200, answers.chat(request))

    def response(self, request):
        events = answers.response_events(request)
        match request["model"]:
            case "endless":
                begin = [event for event in events if event["type"] != "response.completed"]
                return self.stream(self.forever(begin[:4], begin[4]), named=True)
            case "breaks-off":
                return self.stream(list(events)[:5], ends=False, named=True)
        if request.get("stream"):
            return self.stream(events, named=True)
        return self.send(200, answers.response(request))

    def endlessly(self, request):
        return self.forever([], answers.chunk(request, {"role": "assistant", "content": "on and on "}))

    def forever(self, begin, event):
        yield from begin
        while True:
            yield event
            if self.provider.client_left.wait(0.02):
                return

    def say_nothing(self):
        if self.connection.recv(1) == b"":
            self.provider.client_left.set()
        self.close_connection = True

    def send(self, status, body, headers=None):
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.send_header("x-request-id", "req_of_the_provider")
        self.end_headers()
        self.wfile.write(raw)

    def stream(self, events, ends=True, named=False):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("x-request-id", "req_of_the_provider")
        self.end_headers()
        try:
            for event in events:
                name = f"event: {event['type']}\n" if named else ""
                text = event if isinstance(event, str) else json.dumps(event)
                data = f"{name}data: {text}\n\n".encode()
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


def recorded(provider, path, raw):
    """What a test in another language asks: what came, to forget it, to queue replies, whether a client left."""
    match path.removeprefix("/recorded"):
        case "/reset":
            provider.reset()
        case "/replies":
            provider.replies += [Reply(*reply) for reply in json.loads(raw)]
        case "/client-left":
            return {"left": provider.client_left.wait(10)}
    return [{**asdict(one), "raw": base64.b64encode(one.raw).decode()} for one in provider.received]


if __name__ == "__main__":
    provider = Provider()
    print(provider.base_url, flush=True)
    sys.stdin.read()  # Until the test that started it ends.
