"""An OpenAI-compatible server for tests, on 127.0.0.1, that fails on cue and says so.

    with FakeLLM({2: "503", 5: "reset"}) as llm:        # the second and fifth requests fail
        llm.address                                     # http://127.0.0.1:PORT/v1
        llm.requests                                    # the bodies it was sent, in order
        llm.said                                        # what it did to each: "answer", "503", "reset" ...

    python tests/fake_llm.py --cue 2:503 --cue 5:reset  # prints its address, then a line for each request

Cues: a status such as 429, 500 or 400; `reset` (the connection breaks), `cut` (half of the answer), `strange` (200 with
something else), `empty` (a completion without choices), `text` (200 with no JSON at all), `length` (an answer cut off by
the limit), `hang` (no answer until the server is closed), `trickle` (blanks for five seconds, a byte at a time), `echo`
(401 that repeats the key). `retry_after` goes with every error status, a Location with every redirect.
An answer depends on model, message and seed alone, and is nonsense; `knows` may give others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import socket
import sys
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The words of an error on cue, by status, where a test wants others.
WORDS: dict[str, str] = {}
FENCED = "```rust\nfn answer() -> u64 {{\n    0x{}\n}}\n```"


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address) -> None:
        """Say nothing of callers that went away: scripts that run in the same process are read on stderr."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class FakeLLM:
    def __init__(
        self,
        cues: dict[int, str] | None = None,
        *,
        retry_after: str = "",
        aloud: bool = False,
        knows: Callable[[dict], str] | None = None,
        models: list[str] | None = None,
    ):
        """`knows` gives the text of the answer to a request's body; without `models` there is no list of them."""
        self.models = models
        self.list_headers: list[Message] = []
        self.knows = knows or made_up
        self.cues, self.retry_after, self.aloud = cues or {}, retry_after, aloud
        self.requests: list[dict] = []
        self.headers: list[Message] = []  # in which the case of a name makes no difference
        self.said: list[str] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.hung = threading.Event()  # set when a request has been left without an answer
        self.most_at_once = self.now = 0
        self.server = Server(("127.0.0.1", 0), handler_of(self))
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self) -> FakeLLM:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def cue_of(self, body: dict, headers: Message) -> str:
        """What to do with this request."""
        with self.lock:
            self.requests.append(body)
            self.headers.append(headers)
            cue = self.cues.get(len(self.requests), "answer")
            self.said.append(cue)
            if self.aloud:
                print(f"request {len(self.requests)}: {cue}", flush=True)
        return cue


def made_up(body: dict) -> str:
    text = body["messages"][-1]["content"]
    mark = hashlib.sha256(f"{body['model']}|{text}|{body.get('seed')}".encode()).hexdigest()[:8]
    return FENCED.format(mark)


def completion(body: dict, answer: str, reason: str = "stop") -> dict:
    return {
        "object": "chat.completion",
        "model": body["model"],
        "choices": [
            {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": answer}}
        ],
        "usage": {"prompt_tokens": len(body["messages"][-1]["content"].split()), "completion_tokens": 12},
    }


def handler_of(llm: FakeLLM) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            llm.list_headers.append(self.headers)
            if self.path != "/v1/models" or llm.models is None:
                self.send(404, {"error": {"message": f"there is nothing at {self.path}"}})
            else:
                self.send(200, {"object": "list", "data": [{"id": name} for name in llm.models]})

        def do_POST(self) -> None:
            self.count(1)
            try:
                self.answer()
            finally:
                self.count(-self.counted)

        counted = 0

        def count(self, change: int) -> None:
            """Requests that have no answer yet. One that is being answered is none: the client may know it by now."""
            with llm.lock:
                self.counted += change
                llm.now += change
                llm.most_at_once = max(llm.most_at_once, llm.now)

        def answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            cue = llm.cue_of(body, self.headers)
            if self.path != "/v1/chat/completions":
                self.send(404, {"error": {"message": f"there is nothing at {self.path}"}})
            elif cue == "reset":
                # A close that does not wait sends RST in the place of FIN.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.connection.close()
            elif cue == "hang":
                llm.hung.set()
                llm.closing.wait()
            elif cue == "strange":
                self.send(200, {"hello": "world"})
            elif cue == "empty":
                self.send(200, completion(body, "") | {"choices": []})
            elif cue == "echo":
                self.send(401, {"error": {"message": f"no such key: {self.headers['Authorization']}"}})
            elif cue == "trickle":
                self.write(200, b" " * 500, 1)
                for _ in range(499):
                    if llm.closing.wait(0.01):
                        break
                    self.wfile.write(b" ")
            elif cue == "text":
                self.write(200, b"<html>try again later</html>")
            elif cue.isdigit():
                self.send(int(cue), {"error": {"message": WORDS.get(cue, f"failure {cue} on cue")}})
            else:
                reason = cue if cue == "length" else "stop"
                self.send(200, completion(body, llm.knows(body), reason), cut=cue == "cut")

        def send(self, status: int, value: dict, cut: bool = False) -> None:
            data = json.dumps(value).encode()
            self.write(status, data, len(data) // 2 if cut else len(data))

        def write(self, status: int, data: bytes, sent: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if 300 <= status < 400:
                self.send_header("Location", "/v1/elsewhere")
            if status >= 400 and llm.retry_after:
                self.send_header("Retry-After", llm.retry_after)
            self.count(-self.counted)
            self.end_headers()
            self.wfile.write(data[:sent])

        def log_message(self, *arguments) -> None:
            """Nothing: what was done is in `said`."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cue", action="append", default=[], metavar="N:WHAT", help="what request N meets")
    cues = {int(number): what for number, _, what in (cue.partition(":") for cue in parser.parse_args().cue)}
    with FakeLLM(cues, aloud=True) as llm:
        print(llm.address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
