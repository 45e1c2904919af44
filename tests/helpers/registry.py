"""A crate registry on loopback, made of fixture crates: what must be fetched in a test comes from here.

    with Registry(folder) as registry:
        registry.add("tidy-0.1.0.crate", packed_bytes, name="tidy", version="0.1.0")
        environment["CARGO_HOME"] = registry.cargo_home()

It speaks cargo's sparse protocol; cargo itself resolves, downloads and verifies as it always does.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def pack(folder: Path, name: str, version: str) -> bytes:
    """A `.crate` of a folder's files, as the registry would serve it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            tar.add(path, f"{name}-{version}/{path.relative_to(folder).as_posix()}")
    return buffer.getvalue()


class Registry:
    def __init__(self, folder: Path):
        self.folder, self.requests = folder, []
        self.index: dict[str, list[dict]] = defaultdict(list)
        self.crates: dict[str, bytes] = {}

    def add(
        self,
        name: str,
        version: str,
        data: bytes,
        *,
        yanked=False,
        checksum: str | None = None,
        rust_version: str | None = None,
        deps: list[dict] = (),
    ) -> None:
        self.crates[f"{name}/{version}"] = data
        entry = dict(
            name=name,
            vers=version,
            deps=list(deps),
            features={},
            yanked=yanked,
            cksum=checksum or hashlib.sha256(data).hexdigest(),
        )
        self.index[name.lower()].append(entry | (dict(rust_version=rust_version) if rust_version else {}))

    def add_folder(self, folder: Path, name: str, version: str, **how) -> None:
        self.add(name, version, pack(folder, name, version), **how)

    def cargo_home(self) -> str:
        """A CARGO_HOME whose configuration puts this registry in the place of the usual one."""
        home = self.folder / "cargo-home"
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.toml").write_text(
            '[source.crates-io]\nreplace-with = "fixture"\n'
            f'[source.fixture]\nregistry = "sparse+{self.address}/index/"\n[net]\nretry = 0\n'
        )
        return str(home)

    def __enter__(self) -> Registry:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                registry.requests.append(self.path)
                body = registry.answer(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str) -> bytes | None:
        if path == "/index/config.json":
            return json.dumps({"dl": f"{self.address}/dl/{{crate}}/{{version}}"}).encode()
        if path.startswith("/dl/"):
            return self.crates.get(path.removeprefix("/dl/"))
        entries = self.index.get(path.rsplit("/", 1)[-1].lower())
        return "\n".join(map(json.dumps, entries)).encode() if entries else None
