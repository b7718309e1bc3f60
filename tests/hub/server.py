"""A hub and a storage server on loopback, well-behaved or not, for the tests of downloading.

A Hub serves repositories as huggingface.co does: HEAD and GET of /OWNER/NAME/resolve/REVISION/FILE
with X-Repo-Commit and an ETag; large files redirect to a second server on another port, which is
another host to a client. What a repository does wrong is said by its `faults`; every request is
recorded with its headers.
"""

import hashlib
import http.server
import json
import struct
import threading
import urllib.parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git_sha1(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def safetensors(tensors):
    """A file of float32 tensors: name -> shape; the numbers are small and all different."""
    header, body = {}, b""
    for name, shape in tensors.items():
        count = 1
        for size in shape:
            count *= size
        data = b"".join(struct.pack("<f", (7 * i % 101 - 50) / 100) for i in range(count))
        header[name] = {"dtype": "F32", "shape": list(shape),
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def tiny_tensors(layers=1, d=16, hidden=32, vocab=24):
    """The tensors of a small bilinear transformer (the layout "August")."""
    out = {"transformer.wte.weight": (vocab, d)}
    for i in range(layers):
        h = f"transformer.h.{i}."
        out |= {h + "attn.qkv.weight": (3 * d, d), h + "attn.o.weight": (d, d),
                h + "mlp.w.weight": (2 * hidden, d), h + "mlp.p.weight": (d, hidden)}
    return out | {"lm_head.weight": (vocab, d)}


CONFIG = json.dumps({"model_type": "bilinear", "n_layer": 1, "n_head": 2, "n_ctx": 32, "d_model": 16,
                     "d_hidden": 32, "bilinear": True, "gate": None, "n_vocab": 24}).encode()
TOKENIZER = json.dumps({"version": "1.0", "added_tokens": [], "normalizer": None,
                        "pre_tokenizer": {"type": "Whitespace"}, "model": {
                            "type": "WordLevel", "unk_token": "w0",
                            "vocab": {f"w{i}": i for i in range(24)}}}).encode()
MODEL = {"config.json": CONFIG, "tokenizer.json": TOKENIZER,
         "model.safetensors": safetensors(tiny_tensors())}


class Repo:
    """files: name -> bytes. refs: revision -> commit. faults: what goes wrong, by name; a fault
    that is a list gives one entry to each request that meets it, then none."""

    def __init__(self, files=None, refs=None, **faults):
        self.files = dict(MODEL if files is None else files)
        self.refs = refs or {"main": COMMIT}
        self.faults = faults

    def fault(self, name):
        value = self.faults.get(name)
        if isinstance(value, list):
            return value.pop(0) if value else None
        return value


class Request:
    def __init__(self, server, handler):
        self.server = server  # "hub" or "storage"
        self.method, self.path, self.headers = handler.command, handler.path, handler.headers


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        self.server.hub.requests.append(Request(self.server.role, self))
        try:
            if self.server.role == "hub":
                self.answer_as_hub()
            else:
                self.answer_as_storage()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def answer_as_hub(self):
        owner, name, word, revision, *parts = [
            urllib.parse.unquote(p) for p in self.path.strip("/").split("/")]
        repo = self.server.hub.repos.get(f"{owner}/{name}")
        file = "/".join(parts)
        if repo is None or word != "resolve":
            return self.send(401, {"X-Error-Message": "Invalid username or password."})
        status = repo.fault("status")
        if status:
            return self.send(status[0], status[1])
        if repo.fault("gated") and "Authorization" not in self.headers:
            return self.send(401, {"X-Error-Code": "GatedRepo",
                                   "X-Error-Message": "Access to model is restricted."})
        if repo.fault("moved"):
            return self.send(307, {"Location": self.path.replace(f"/{owner}/{name}/",
                                                                 repo.fault("moved"), 1)})
        if repo.fault("location"):
            return self.send(302, {"Location": repo.fault("location"), "X-Repo-Commit": COMMIT,
                                   "ETag": '"' + "0" * 40 + '"'})
        commit = repo.refs.get(revision, revision if revision in repo.refs.values() else None)
        if commit is None:
            return self.send(404, {"X-Error-Code": "RevisionNotFound",
                                   "X-Error-Message": "Invalid rev id: " + revision})
        headers = {"X-Repo-Commit": repo.faults.get("commit", commit)}
        if file not in repo.files:
            return self.send(404, headers | {"X-Error-Code": "EntryNotFound",
                                             "X-Error-Message": "Entry not found"})
        return self.send_file(repo, file, headers | repo.faults.get("headers", {}))

    def send_file(self, repo, file, headers):
        data = repo.files[file]
        if not file.endswith(".safetensors"):
            return self.send(200, {"ETag": f'W/"{git_sha1(data)}"'} | headers, data)
        place = f"{self.server.hub.storage}{self.path}?secret=signature"
        return self.send(302, {"X-Linked-Etag": f'"{hashlib.sha256(data).hexdigest()}"',
                               "X-Linked-Size": str(len(data)), "ETag": '"of-the-redirect"',
                               "Location": place, "Content-Length": "0"}
                         | repo.faults.get("linked", {}) | headers)

    def answer_as_storage(self):
        owner, name, _, _, *parts = [urllib.parse.unquote(p) for p in
                                     self.path.split("?")[0].strip("/").split("/")]
        repo = self.server.hub.repos[f"{owner}/{name}"]
        data = repo.fault("data") or repo.files["/".join(parts)]
        status, start, headers = 200, 0, {"ETag": '"of-the-storage"'}
        asked = self.headers.get("Range")
        if asked and not repo.fault("no_range"):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                return self.send(416, {"Content-Range": f"bytes */{len(data)}"})
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            status = 206
        return self.send_bytes(repo, status, headers, data[start:])

    def send_bytes(self, repo, status, headers, data):
        endless, stop, stall = repo.fault("endless"), repo.fault("stop_after"), repo.fault("stall")
        if endless:
            headers["Transfer-Encoding"] = "chunked"
            self.send(status, headers)
            while True:
                self.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        self.send(status, headers | {"Content-Length": str(len(data))})
        if stop is None and stall is None:
            self.wfile.write(data)
            return
        self.wfile.write(data[:stop if stop is not None else stall])
        self.wfile.flush()
        if stall is not None:
            self.server.hub.stalled.set()
            self.server.hub.go_on.wait(60)
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, hub, role):
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub, self.role = hub, role
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02},
                         daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that goes away is what many tests are about


class Hub:
    def __init__(self, repos):
        self.repos, self.requests = repos, []
        self.stalled, self.go_on = threading.Event(), threading.Event()
        self.servers = Server(self, "hub"), Server(self, "storage")
        self.url, self.storage = (s.url for s in self.servers)

    def asked(self, name, server=None, method=None):
        return [r for r in self.requests if f"/{name}/" in r.path
                and server in (None, r.server) and method in (None, r.method)]

    def close(self):
        self.go_on.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()
