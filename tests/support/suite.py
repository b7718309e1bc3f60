"""What the test runners share: running the program in a clean environment, and counting.

The program is $BILENS, the comparison of texts $BILENS_COMPARE, the source tree $srcdir (set by
`make check`); run by hand, a runner takes ./bilens, tests/support/compare and the tree it stands in.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile

SOURCE = os.path.abspath(
    os.environ.get("srcdir") or os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAM = os.path.abspath(os.environ.get("BILENS") or "bilens")
COMPARE = os.path.abspath(os.environ.get("BILENS_COMPARE") or "tests/support/compare")
MODELS = os.path.join(SOURCE, "examples", "models")
TIMEOUT = 300  # a sanitized build on a busy machine is slow; a hang is still found

# A suite in the background ignores these; the programs that it starts must not.
for stop in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(stop) == signal.SIG_IGN:
        signal.signal(stop, signal.SIG_DFL)

# Settings of whoever runs the tests that would change what the program does or shows.
UNSET = ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES",
         "PAGER", "INPUTRC", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LC_CTYPE",
         "LANG", "LANGUAGE", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT",
         "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_DISABLE_IMPLICIT_TOKEN",
         "TRANSFORMERS_OFFLINE", "HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT")


def environment(**changes):
    env = {name: value for name, value in os.environ.items() if name not in UNSET}
    env.update(LC_ALL="C.UTF-8", TERM="dumb", HOME="/nonexistent", BILENS_MODEL_PATH=MODELS,
               HF_HUB_OFFLINE="1")  # no test asks a server that is not its own
    env.update(changes)
    return env


def bilens(*arguments, merge=False, wrapper=(), cwd=None, env=None, **options):
    """Runs the program; text in, text out. `merge` sends stderr into stdout."""
    options.setdefault("stdin", None if "input" in options else subprocess.DEVNULL)
    if options["stdin"] is None:
        del options["stdin"]
    return subprocess.run([*wrapper, PROGRAM, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT if merge else subprocess.PIPE, cwd=cwd,
                          env=env or environment(), timeout=TIMEOUT, encoding="utf-8",
                          errors="surrogateescape", check=False, **options)


def alike(expected, got):
    """Are two texts the same, numbers by value (tests/support/alike.h)?"""
    if expected == got:
        return True
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("expected", "got")]
        for path, text in zip(paths, (expected, got)):
            with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
        done = subprocess.run([COMPARE, *paths], check=False)
    if done.returncode not in (0, 1):
        raise OSError(f"{COMPARE} ended with status {done.returncode}")
    return done.returncode == 0


class Failed(Exception):
    """A statement did not answer as it must; the text says how."""


def answers(model, *statements):
    """Loads a model, runs the statements, returns the JSON object of each."""
    script = "; ".join([f"load {model}", *statements])
    done = bilens("--no-init", "--format", "json", "-c", script)
    if done.returncode != 0:
        raise Failed(f"`{script}` ended with status {done.returncode}: {done.stderr.strip()}")
    try:
        objects = [json.loads(line) for line in done.stdout.splitlines()]
    except json.JSONDecodeError as error:
        raise Failed(f"`{script}`: not JSON Lines: {error}") from error
    if len(objects) != len(statements) + 1:
        raise Failed(f"`{script}`: {len(objects)} objects for {len(statements) + 1} statements")
    for answer in objects:
        if answer.get("ok") is not True:
            raise Failed(f"`{answer.get('statement')}`: {answer.get('error')}")
    return objects[1:]


class Tally:
    """Counts checks, prints each failure, ends with the line the suite is summed from."""

    def __init__(self, verbose=True):
        self.passed = self.failed = 0
        self.verbose = verbose

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        if self.verbose and (not good or detail):
            print(f"{'ok  ' if good else 'FAIL'} {what}{': ' if detail else ''}{detail}")
        return good

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.stdout.flush()
        return 1 if self.failed or not self.passed else 0
