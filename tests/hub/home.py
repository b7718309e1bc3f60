"""What the scenarios of tests/hub/run use: bilens with a cache of its own, at its prompt if need be,
and checks that are gathered.
"""

import hashlib
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import time

from server import COMMIT, MODEL, git_sha1, safetensors, tiny_tensors
from suite import PROGRAM, bilens, environment

TOKEN = "hf_SeCrEtSeCrEtSeCrEtSeCrEt"
WEIGHTS = MODEL["model.safetensors"]
BLOB = hashlib.sha256(WEIGHTS).hexdigest()
BIG = safetensors({**tiny_tensors(), "other.weight": (600, 500)})  # 1.2 MB
BIG_MODEL = MODEL | {"model.safetensors": BIG}
BIG_BLOB = hashlib.sha256(BIG).hexdigest()


class Home:
    """A folder of its own for a cache, and bilens with it."""

    def __init__(self, hub, **env):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name
        self.hub = hub
        self.env = environment(**{"HF_HOME": self.path, "HF_ENDPOINT": hub.url + "/",
                                  "HF_HUB_OFFLINE": "0", "HF_TOKEN": TOKEN} | env)

    def load(self, name, *options, **changes):
        return bilens("--no-init", *options, "-c", f"load {name}", env=self.env | changes)

    def start(self, name):
        return subprocess.Popen([PROGRAM, "--no-init", "-c", f"load {name}"], env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def at(self, name, *parts):
        return os.path.join(self.path, "hub", "models--" + name.replace("/", "--"), *parts)

    def read(self, name, *parts):
        try:
            with open(self.at(name, *parts), "rb") as file:
                return file.read()
        except OSError:
            return None

    def blobs(self, name):
        try:
            return sorted(os.listdir(self.at(name, "blobs")))
        except OSError:
            return []

    def parts(self, name):
        return [b for b in self.blobs(name) if b.endswith(".incomplete")]

    def whole(self, name, files, commit=COMMIT):
        """What is wrong with the files of the snapshot, as Python's library would find it."""
        wrong = []
        for file, data in files.items():
            path = self.at(name, "snapshots", commit, file)
            etag = (hashlib.sha256(data).hexdigest() if file.endswith(".safetensors")
                    else git_sha1(data))
            up = "../" * file.count("/")
            if not os.path.islink(path) or os.readlink(path) != f"{up}../../blobs/{etag}":
                wrong.append(f"{file} is no link to its blob")
            elif self.read(name, "blobs", etag) != data:
                wrong.append(f"{file} has other bytes")
        if self.parts(name):
            wrong.append(f"left over: {self.parts(name)}")
        return "; ".join(wrong)


class Scenario:
    """Checks, gathered, so that scenarios can run side by side."""

    def __init__(self, name):
        self.name, self.found = name, []

    def check(self, good, what, detail=""):
        self.found.append((bool(good), f"{self.name}: {what}", "" if good else str(detail)))

    def loaded(self, done):
        self.check(done.returncode == 0 and "bilinear" in done.stdout, "loads",
                   done.stderr or done.stdout)

    def fails(self, home, done, message, name):
        """The load failed with that message, and left nothing under a final name."""
        got = re.sub(r"^-c:1:6: error: ", "", done.stderr.split("\n")[0])
        self.check(done.returncode == 1 and got == message, "error", f"\n  {got}\n  {message}")
        final = [b for b in home.blobs(name) if b in (BLOB, BIG_BLOB)]
        self.check(not final, "no blob of its name", final)
        self.check(home.read(name, "refs", "main") is None, "no ref to what is not whole")
        self.check(TOKEN not in done.stdout + done.stderr, "no token printed", done.stderr)


SCENARIOS = {}


def scenario(function):
    """Makes a function of a Scenario and a Hub one of those that are run."""
    SCENARIOS[function.__name__] = function
    return function


class Prompt:
    """bilens at its prompt, on a terminal of its own."""

    def __init__(self, home):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, "--no-init"], home.env)
        self.seen = ""

    def wait_for(self, text, seconds=20):
        """Reads until the text appears; how long that took, or None."""
        start = time.monotonic()
        while text not in self.seen:
            if time.monotonic() - start > seconds:
                return None
            if select.select([self.fd], [], [], 0.05)[0]:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
        self.seen = self.seen.split(text, 1)[1]
        return time.monotonic() - start

    def type(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
