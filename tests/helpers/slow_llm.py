"""An OpenAI-compatible server for measurements, on 127.0.0.1: heavy-tailed latencies, some errors, little overhead.

with SlowLLM(mean=0.3, sigma=1.0, errors=0.05, seed=1) as llm:
    llm.address
    llm.busy                # seconds that its answers took, errors too
    llm.finished            # the times at which each was finished, of the monotonic clock
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import threading
import time


class SlowLLM:
    def __init__(self, *, mean: float, sigma: float = 1.0, errors: float = 0.05, seed: int = 0):
        self.mu = math.log(mean) - sigma**2 / 2  # of a lognormal distribution with this mean
        self.sigma, self.errors = sigma, errors
        self.chance = random.Random(seed)
        self.spans: list[tuple[float, float]] = []
        self.seen: set[bytes] = set()
        self.last_new = 0.0

    def __enter__(self) -> SlowLLM:
        ready = threading.Event()
        self.loop = asyncio.new_event_loop()

        def serve() -> None:
            asyncio.set_event_loop(self.loop)
            server = self.loop.run_until_complete(asyncio.start_server(self.connection, "127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            ready.set()
            self.loop.run_forever()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        ready.wait()
        return self

    def __exit__(self, *error) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                data = await reader.readexactly(length)
                body, start = json.loads(data), time.monotonic()
                if data not in self.seen:
                    self.seen.add(data)
                    self.last_new = start
                latency = self.chance.lognormvariate(self.mu, self.sigma)
                failed = self.chance.random() < self.errors
                await asyncio.sleep(latency)
                self.spans.append((start, time.monotonic()))
                writer.write(response(body, failed))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def response(body: dict, failed: bool) -> bytes:
    message = {"role": "assistant", "content": json.dumps({"question": "What?", "answer": "It is so."})}
    value = {
        "object": "chat.completion",
        "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 12},
    }
    data = json.dumps({"error": {"message": "on purpose"}} if failed else value).encode()
    status = "500 Internal Server Error" if failed else "200 OK"
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        + data
    )
