"""The suite as real processes: real gateway, ZeroMQ, services and Redis on loopback, each test module with its own."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ["enrollment", "adjudication", "assistance", "supplementary", "notification", "clearing"]
_next_port = [20000 + (os.getpid() % 500) * 20]


def redis_settings():
    """What ops/redis.conf says, by name."""
    lines = (ROOT / "ops/redis.conf").read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


EPHEMERAL = 32768  # from here on any port may be an outgoing connection's own


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_port():
    """A free port below the ephemeral range."""
    while True:
        _next_port[0] = 20000 + (_next_port[0] - 20000 + 1) % 12000
        if is_free(_next_port[0]):
            return _next_port[0]


def free_node_port():
    """The same for a node of a Redis Cluster, whose bus is 10 000 above."""
    while True:
        port = free_port()
        if port + 10000 < EPHEMERAL and is_free(port + 10000):
            return port


def free_ports(n):
    """The first of n free ports in a row."""
    while True:
        first = free_port()
        if all(free_port() == first + i for i in range(1, n)):
            return first


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Suite:
    """One running suite. Processes are started by the functions that ops/up uses."""

    def __init__(self, data, scale=None, together=False):
        self.data = Path(data)
        self.scale = scale or {}
        self.together = together  # one process, yz-all
        self.env = dict(
            os.environ,
            YZ_DATA=str(self.data),
            YZ_HTTP_PORT=str(free_port()),
            YZ_BUS_PORT=str(free_port()),
            YZ_REDIS_PORT=str(free_port()),
            YZ_ADMIN_BASE=str(free_ports(40)),  # up to three of each service
        )
        self.base = f"http://127.0.0.1:{self.env['YZ_HTTP_PORT']}"
        self.http = requests.Session()

    def shell(self, line):
        done = subprocess.run(
            ["bash", "-c", f"set -e; source ops/suite.sh; {line}"],
            cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )
        assert done.returncode == 0, f"{line}:\n{done.stdout}\n{self.logs()}"
        return done.stdout

    def start(self):
        self.shell(f"start_redis; {'start_all' if self.together else 'start_gateway'}")
        for service in SERVICES:
            for index in range(1, self.scale.get(service, 0 if self.together else 1) + 1):
                self.start_service(service, index)
        self.wait_ready()
        return self

    def start_service(self, service, index=1):
        self.shell(f"start_service {service} {index}")

    def wait_ready(self):
        self.shell("wait_ready")

    def pid(self, name):
        return int((self.data / "run" / f"{name}.pid").read_text())

    def kill(self, name, sig=signal.SIGKILL):
        pid = self.pid(name)
        os.kill(pid, sig)
        if sig == signal.SIGKILL:
            assert eventually(lambda: not runs(pid))

    def stop(self):
        for file in (self.data / "run").glob("*.pid"):
            try:
                os.killpg(int(file.read_text()), signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass

    def logs(self):
        return "\n".join(f"--- {f.name}\n{f.read_text()[-1500:]}" for f in sorted((self.data / "log").glob("*.log")))

    def call(self, method, path, body=None, **kw):
        data = None if body is None else (body if isinstance(body, (str, bytes)) else json.dumps(body, ensure_ascii=False).encode())
        headers = {"Content-Type": "application/json", **kw.pop("headers", {})}
        return self.http.request(method, self.base + path, data=data, headers=headers, timeout=kw.pop("timeout", 20), **kw)

    def get(self, path, **kw):
        return self.call("GET", path, **kw)

    def put(self, path, body, **kw):
        return self.call("PUT", path, body, **kw)

    def post(self, path, body, **kw):
        return self.call("POST", path, body, **kw)

    def count(self, base, name):
        """Of a worker's or a gateway's metric, all its labels together."""
        text = self.http.get(base + "/metrics", timeout=5).text
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))

    def redis(self):
        import redis

        return redis.Redis(port=int(self.env["YZ_REDIS_PORT"]))


@pytest.fixture(scope="module")
def suite(request):
    scale, together = getattr(request.module, "SCALE", None), getattr(request.module, "TOGETHER", False)
    with tempfile.TemporaryDirectory(prefix="yz-e2e-") as data:
        running = Suite(data, scale, together)
        try:
            yield running.start()
        finally:
            running.stop()


def eventually(check, within_s=10.0):
    """The value of check() once it is true; consumers of the journal are at least once and a moment later."""
    end = time.monotonic() + within_s
    while True:
        value = check()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)
