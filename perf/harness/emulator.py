"""The emulator of perf/Wan, driven from Python: sites that are network namespaces, and links between them."""

import json
import os
import subprocess
import time

from .libraries import ROOT

PROGRAM = os.path.join(ROOT, "build", "wan", "wan")


def why_not():
    """Empty if the emulator can run here: it takes root, /dev/net/tun and a kernel with network namespaces."""
    tried = subprocess.run(["unshare", "-n", "sh", "-c", ": <> /dev/net/tun && chrt -f 9 true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"no emulated links here: {tried.stderr.strip()}"


class EmulatorError(Exception):
    """The emulator refused a command or ended; the message is its own."""


class Site:
    def __init__(self, found):
        self.name, self.address, self.address6 = found["name"], found["address"], found["address6"]
        self.device, self.namespace = found["device"], found["namespace"]

    @property
    def prefix(self):
        """Words that run a command inside the site when they stand before it."""
        return ["nsenter", f"--net={self.namespace}"]

    def run(self, *command, timeout=60):
        """Runs a command inside and returns what it prints."""
        done = subprocess.run([*self.prefix, *command], capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode != 0:
            raise EmulatorError(f"{self.name}: {' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def wait_for_listener(self, port, process, seconds=20):
        """Returns once that process listens at the port."""
        deadline = time.monotonic() + seconds
        while f":{port} " not in self.run("ss", "-Hltn", "sport", "=", f":{port}"):
            if time.monotonic() > deadline or process.poll() is not None:
                raise EmulatorError(f"{self.name}: nothing listens at port {port}: {' '.join(process.args)}")
            time.sleep(0.02)

    def let_nobody_in(self):
        """Connections are let out, and not in."""
        self.run("nft", "add table inet wall; add chain inet wall input { type filter hook input priority 0; }; "
                        "add rule inet wall input tcp flags & (syn | ack) == syn drop")

    def let_in(self):
        self.run("nft", "delete table inet wall")

    def start(self, *command, **more):
        return subprocess.Popen([*self.prefix, *command], **more)


class Emulator:
    """Ends with the process that made it, and everything in it with it."""

    def __init__(self, *options):
        if not os.path.exists(PROGRAM):
            raise EmulatorError(f"{PROGRAM} is missing: run `make wan`")
        self.process = subprocess.Popen([PROGRAM, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.sites = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def tell(self, *words):
        """One command; returns what follows "ok"."""
        try:
            self.process.stdin.write(" ".join(words) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self.process.stdout.readline().strip()
        if not answer.startswith("ok"):
            raise EmulatorError(answer.removeprefix("error ") or f"the emulator ended before it answered '{' '.join(words)}'")
        return answer[3:]

    def site(self, name):
        self.sites[name] = Site(json.loads(self.tell("site", name)))
        return self.sites[name]

    def link(self, one, other, both=True, **settings):
        """Settings as the emulator's words: rate="1gbit", delay="40ms", loss="0.1%". One direction, or both alike."""
        words = [f"{key}={value}" for key, value in settings.items()]
        self.tell("link", one, other, *words)
        if both:
            self.tell("link", other, one, *words)

    def stats(self):
        return json.loads(self.tell("stats"))

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(timeout=20)
        self.process.stdout.close()
