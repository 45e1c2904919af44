"""A hub of models for tests, on 127.0.0.1: repositories to download from and to upload to, in memory.

    with FakeHub() as hub:
        commit = hub.add("owner/name", folder)      # the files of a folder, below it too
        os.environ["HF_ENDPOINT"] = hub.address
        hub.fetched                                 # (repository, file) of each download, in order
        hub.files("owner/name")                     # {file: bytes}, also after an upload

It stands in for what a test cannot reach. It speaks as much of the hub's protocol as huggingface_hub uses for models:
what a repository is, its tree, its files, creating one, and commits whose files are in the request.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


class FakeHub:
    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, dict[str, bytes]]] = {}  # by name and commit, the newest last
        self.branches: dict[str, dict[str, str]] = {}
        self.fetched: list[tuple[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> FakeHub:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self.server.shutdown()
        self.server.server_close()

    def add(self, repository: str, folder: Path, *, commit: str = "") -> str:
        """Make a repository of a folder's files, all below it too. Returns the commit."""
        files = {
            str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()
        }
        return self.commit(repository, files, commit)

    def commit(self, repository: str, files: dict[str, bytes], commit: str = "") -> str:
        whole = self.files(repository) | files
        number = len(self.repositories.setdefault(repository, {}))
        commit = commit or hashlib.sha1(f"{repository} {number} {sorted(whole)}".encode()).hexdigest()
        self.repositories[repository][commit] = whole
        self.branches.setdefault(repository, {})["main"] = commit
        return commit

    def files(self, repository: str) -> dict[str, bytes]:
        """What is in the newest commit."""
        commits = self.repositories.get(repository, {})
        return dict(list(commits.values())[-1]) if commits else {}

    def resolve(self, repository: str, revision: str) -> str:
        """The commit of a revision, else ""."""
        revision = self.branches.get(repository, {}).get(revision, revision)
        return revision if revision in self.repositories.get(repository, {}) else ""


def handler_of(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/(.+)", path):
                # A commit has no slash; what follows one is a folder.
                revision, _, _ = found[2].partition("/")
                if commit := self.known(found[1], revision):
                    files = hub.repositories[found[1]][commit]
                    self.give([self.entry(name, data) for name, data in sorted(files.items())])
            elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
                if commit := self.known(found[1], found[2] or "main"):
                    names = [{"rfilename": name} for name in sorted(hub.repositories[found[1]][commit])]
                    self.give(
                        {"id": found[1], "sha": commit, "siblings": names, "private": False, "tags": []}
                    )
            elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                if commit := self.known(found[1], found[2]):
                    data = hub.repositories[found[1]][commit].get(found[3])
                    if data is None:
                        return self.give({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
                    if self.command == "GET":
                        hub.fetched.append((found[1], found[3]))
                    tag = f'"{hashlib.sha1(data).hexdigest()}"'
                    self.give(data, 200, {"X-Repo-Commit": commit, "ETag": tag})
            else:
                self.give({"error": f"not part of this stand-in: {path}"}, 404)
            return None

        def do_POST(self) -> None:
            path = unquote(urlsplit(self.path).path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = self.chunks()
            if path == "/api/repos/create":
                asked = json.loads(body)
                name = f"{asked.get('organization') or 'me'}/{asked['name']}"
                hub.repositories.setdefault(name, {})
                if not hub.repositories[name]:
                    hub.commit(name, {})
                self.give({"url": f"{hub.address}/{name}", "name": name, "id": name})
            elif path == "/api/validate-yaml":
                self.give({"errors": [], "warnings": []})
            elif re.fullmatch(r"/api/models/[^/]+/[^/]+/preupload/.+", path):
                names = [file["path"] for file in json.loads(body)["files"]]
                modes = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]
                self.give({"files": modes})
            elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/(.+)", path):
                lines = [json.loads(line) for line in body.splitlines() if line.strip()]
                files = {
                    line["value"]["path"]: base64.b64decode(line["value"]["content"])
                    for line in lines
                    if line["key"] == "file"
                }
                commit = hub.commit(found[1], files)
                self.give({"commitUrl": f"{hub.address}/{found[1]}/commit/{commit}", "commitOid": commit})
            else:
                self.give({"error": f"not part of this stand-in: {path}"}, 404)

        def chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def known(self, repository: str, revision: str) -> str:
            """The commit; "" after the hub's own answer for a repository or a revision that is not there."""
            if repository not in hub.repositories:
                self.give({"error": "Repository not found"}, 401, {"X-Error-Code": "RepoNotFound"})
                return ""
            commit = hub.resolve(repository, revision)
            if not commit:
                self.give({"error": "Revision not found"}, 404, {"X-Error-Code": "RevisionNotFound"})
            return commit

        @staticmethod
        def entry(name: str, data: bytes) -> dict:
            return {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}

        def give(self, content, status: int = 200, headers: dict[str, str] | None = None) -> None:
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

    return Handler
