"""Scenarios of tests/hub/run in which the hub refuses, or lies."""

import hashlib
import os
import time

from home import BLOB, SCENARIOS, TOKEN, WEIGHTS, Home, scenario
from server import COMMIT, CONFIG, MODEL, Repo, git_sha1

# ---- answers that refuse ----

def refusal(name, message, *, times=99, after=None, repo=None, token=TOKEN, **headers):
    """A scenario in which a load fails with the message: {hub} is the hub's address."""
    status = headers.pop("status")

    def run(s, hub):
        headers_ = {k.replace("_", "-"): v for k, v in headers.items()}
        hub.repos[f"t/{name}"] = repo or Repo(status=[(status, headers_)] * times)
        home = Home(hub, HF_TOKEN=token)
        done = home.load(f"t/{name}")
        s.fails(home, done, message.format(hub=hub.url, home=home.path, name=name), f"t/{name}")
        if after is not None:
            s.check(len(hub.asked(f"t/{name}")) == after, "requests", len(hub.asked(f"t/{name}")))
    SCENARIOS[name] = run


WHERE = "; t/{name} is not a file or folder, and not in the cache {home}/hub"
refusal("unauthorized", "{hub} has no model t/unauthorized, or only for some to read; the token of "
        "HF_TOKEN may not read it, if it is there" + WHERE, status=401, after=1)
refusal("nobody", "{hub} has no model t/nobody, or only for some to read; a token that may read it "
        "goes into HF_TOKEN or the file {home}/token; it says: Repository not found" + WHERE,
        status=404, X_Error_Code="RepoNotFound", X_Error_Message="Repository not found", token="",
        after=1)
refusal("badtoken", "{hub} does not accept the token of HF_TOKEN; it says: Invalid credentials in "
        "Authorization header", status=401,
        X_Error_Message="Invalid credentials in Authorization header")
refusal("forbidden", "{hub} refuses config.json of t/forbidden (status 403); the token of HF_TOKEN "
        "may not read it", status=403, after=1)
refusal("often", "{hub} has had too many requests (status 429); try again in 3600 s",
        status=429, Retry_After="3600", after=1)
refusal("broken", "{hub} answers the request for config.json of t/broken with status 500",
        status=500, Retry_After="0", after=4)
refusal("teapot", "{hub} answers the request for config.json of t/teapot with status 418",
        status=418, after=1)
refusal("echo", "{hub} answers the request for config.json of t/echo with status 418; it says: "
        f"you said Bearer {'*' * len(TOKEN)} \\x1b[31m", status=418,
        X_Error_Message=f"you said Bearer {TOKEN} \x1b[31m")


@scenario
def passing(s, hub):
    again = {"Retry-After": "0"}
    hub.repos["t/passing"] = Repo(status=[(429, again), (503, again), None, (500, again),
                                          (500, again), (500, again), None, None, (502, {})])
    home = Home(hub)
    s.loaded(home.load("t/passing"))
    s.check(not home.whole("t/passing", MODEL), "cache", home.whole("t/passing", MODEL))


@scenario
def unreachable(s, hub):
    home = Home(hub, HF_ENDPOINT="http://127.0.0.1:9")
    start = time.monotonic()
    done = home.load("t/any")
    s.fails(home, done, "http://127.0.0.1:9: cannot connect; t/any is not a file or folder, "
            f"and not in the cache {home.path}/hub", "t/any")
    s.check(time.monotonic() - start < 5, "at once")


# ---- answers that lie ----

def lie(name, message, files=None, **faults):
    def run(s, hub):
        hub.repos[f"t/{name}"] = Repo(files, **faults)
        home = Home(hub)
        done = home.load(f"t/{name}")
        expected = message.format(hub=hub.url, home=home.path, storage=hub.storage)
        s.fails(home, done, expected, f"t/{name}")
        outside = [p for p in os.listdir(home.path) if p != "hub"]
        s.check(not outside, "nothing outside the cache", outside)
        s.check(not home.parts(f"t/{name}"), "nothing left over", home.parts(f"t/{name}"))
    SCENARIOS["lie_" + name] = run


SHA = hashlib.sha256(WEIGHTS).hexdigest()
WRONG = WEIGHTS[:-1] + b"\xff"
lie("checksum", "model.safetensors of t/checksum: what was sent has the wrong checksum (SHA-256 "
    f"{hashlib.sha256(WRONG).hexdigest()}, where the hub says {SHA})", data=WRONG)
lie("gitsum", f"config.json of t/gitsum: what was sent has the wrong checksum (git SHA-1 "
    f"{git_sha1(CONFIG)}, where the hub says {'1' * 40})",
    headers={"ETag": '"' + "1" * 40 + '"'})
lie("larger", f"model.safetensors of t/larger: the hub says it has {len(WEIGHTS) + 9} bytes, but "
    f"{len(WEIGHTS)} are sent", linked={"X-Linked-Size": str(len(WEIGHTS) + 9)})
lie("smaller", f"model.safetensors of t/smaller: the hub says it has 10 bytes, but {len(WEIGHTS)} "
    "are sent", linked={"X-Linked-Size": "10"})
lie("negative", "{hub} sends a size that is not a number of bytes: -5", linked={"X-Linked-Size": "-5"})
lie("endless", f"model.safetensors of t/endless: more is sent than the {len(WEIGHTS)} bytes it has"
   , endless=True)
lie("loop", "{hub} redirects more than 8 times", moved="/t/loop/")
lie("to_file", "{hub} redirects to something that is not a web address",
    location="file:///etc/passwd")
lie("to_user", "{hub} redirects to something that is not a web address",
    location="http://user:pass@127.0.0.1/x")
lie("etag", "{hub} sends an ETag that cannot be the name of a file: \"../../../../token\"",
    headers={"ETag": '"../../../../token"'})
lie("no_etag", "{hub} sends an ETag that cannot be the name of a file: \"\"",
    headers={"ETag": '""'})
lie("commit", "{hub} does not answer as a hub does: X-Repo-Commit is not a commit",
    commit="../../../x")
lie("no_commit", "{hub} does not answer as a hub does: X-Repo-Commit is missing", commit="")
lie("climbing", "{home}/hub/models--t--climbing/snapshots/" + COMMIT + "/model.safetensors."
    "index.json: `weight_map`: tensor \"a\" is in \"../../etc/passwd\", which leaves the folder of "
    "the index by \"..\"",
    {"config.json": CONFIG, "model.safetensors.index.json":
     b'{"weight_map": {"a": "../../etc/passwd"}}'})
lie("pickled", "t/pickled at main has no model.safetensors and no model.safetensors.index.json: only "
    "weights in safetensors are read (others can be converted: Python's transformers loads a model "
    "and saves it so)", {"config.json": CONFIG, "pytorch_model.bin": b"\x80\x02"})
lie("empty", "t/empty at main has no config.json: bilens needs it to know the model's sizes",
    {"README.md": b"nothing"})


@scenario
def other_commit(s, hub):
    hub.repos["t/other"] = Repo(refs={"main": COMMIT, "x": "d" * 40}, commit=COMMIT)
    home = Home(hub)
    done = home.load("t/other@" + "d" * 40)
    s.check(f"{hub.url} answers for commit {COMMIT} of t/other, not for {'d' * 40}" in done.stderr,
            "error", done.stderr)


@scenario
def mirror(s, hub):
    """A mirror that names files by other checksums, or by none that is known."""
    for name, etag in ("sha1", hashlib.sha1(CONFIG).hexdigest()), ("md5", "0" * 32):
        hub.repos[f"t/{name}"] = Repo({"config.json": CONFIG, "model.safetensors": WEIGHTS},
                                      headers={"ETag": f'"{etag}"'})
        home = Home(hub)
        s.loaded(home.load(f"t/{name}"))
        s.check(home.read(f"t/{name}", "blobs", etag) == CONFIG, name, home.blobs(f"t/{name}"))


@scenario
def spoilt_start(s, hub):
    """What an earlier download left is of something else: noticed by the checksum, started over."""
    hub.repos["t/spoilt"] = Repo()
    home = Home(hub)
    os.makedirs(home.at("t/spoilt", "blobs"))
    with open(home.at("t/spoilt", "blobs", BLOB + ".00000000.incomplete"), "wb") as file:
        file.write(b"something else altogether")
    s.loaded(home.load("t/spoilt"))
    s.check(not home.whole("t/spoilt", MODEL), "cache", home.whole("t/spoilt", MODEL))


@scenario
def linked_start(s, hub):
    """A link in the place of a start is not followed."""
    hub.repos["t/linked"] = Repo()
    home = Home(hub)
    os.makedirs(home.at("t/linked", "blobs"))
    victim = os.path.join(home.path, "victim")
    with open(victim, "w", encoding="ascii") as file:
        file.write("mine")
    os.symlink(victim, home.at("t/linked", "blobs", BLOB + ".00000000.incomplete"))
    s.loaded(home.load("t/linked"))
    with open(victim, encoding="ascii") as file:
        s.check(file.read() == "mine", "the file behind it is as it was")
