"""The suite with two gateways and two of every service, its bus under CURVE; every connection goes through our proxy. In the topology
"together" the gateways are two yz-all, and one more process of every service that joins both of them.

Links: "redis/<service>-<n>" (single, and "redis/<gateway>" together) or "redis/<node>" (cluster: the nodes announce the proxy's ports, so that clients,
redirections and replication go through it), and "bus/<service>-<n>/<gateway>"."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BIN = Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin"))
SERVICES = ["enrollment", "adjudication", "assistance", "supplementary", "notification", "clearing"]
GATEWAYS = ["gateway-1", "gateway-2"]
MASTERS = 3
FAR_FROM_CHANCE = 20000  # below the ephemeral range, where no outgoing connection takes a port


class Ports:
    def __init__(self):
        self.next = FAR_FROM_CHANCE + os.getpid() * 97 % 8000

    def __call__(self):
        while True:
            self.next += 1
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", self.next))
                    return self.next
                except OSError:
                    continue


class Process:
    """A process that several threads may start and stop; once closed it stays down."""

    def __init__(self, name, command, env, log):
        self.name, self.command, self.env, self.log, self.process, self.stopped = name, command, env, log, None, False
        self.lock, self.closed, self.started = threading.Lock(), False, 0.0
        self.ending, self.ended = False, []  # we end it; codes with which it ended without us

    def start(self):
        """Does nothing while it runs."""
        with self.lock, open(self.log, "ab") as log:
            if self.closed or self.alive():
                return
            self.note_end()
            self.ending = False
            self.started = time.monotonic()
            self.process = subprocess.Popen(self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            self.stopped = False

    def note_end(self):
        if self.process and not self.ending and not self.alive():
            self.ended.append(self.process.returncode)

    def close(self):
        with self.lock:
            self.closed = True
        self.kill()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        if self.alive():
            self.process.send_signal(number)

    def kill(self):
        self.ending = True
        self.send(signal.SIGKILL)
        if self.process:
            self.process.wait(10)

    def stop(self):
        self.send(signal.SIGSTOP)
        self.stopped = True

    def go_on(self):
        self.send(signal.SIGCONT)
        self.stopped = False

    def restart(self):
        """As a rolling update does: SIGTERM, and its end awaited, which is a good one; where it had only begun, the signal's own."""
        self.ending = True
        was_alive = self.alive()
        self.send(signal.SIGTERM)
        try:
            if self.process.wait(20) not in (0, -signal.SIGTERM) and was_alive:
                self.ended.append(self.process.returncode)
        except subprocess.TimeoutExpired:
            self.kill()
        self.start()


def port_of(url):
    return int(url.rpartition(":")[2])


class House:
    def __init__(self, data, topology, redis_disk=None):
        """`redis_disk`: a small file system for the data of the first Redis node, to be filled; None: none."""
        self.data, self.topology, self.redis_disk = Path(data), topology, Path(redis_disk) if redis_disk else None
        self.numbers = (1,) if topology == "together" else (1, 2)  # processes of a service
        self.workers = [f"{service}-{n}" for service in SERVICES for n in self.numbers]
        self.port = Ports()
        self.links = {}  # name -> (listen, target)
        self.modes = {}  # links that are not passing
        self.processes = {}
        self.proxy = None
        self.keys, self.gateway_key_made = self.data / "keys", 0.0
        self.redis_ports = [self.port() for _ in range(2 * MASTERS if topology == "cluster" else 1)]
        self.http = {name: self.port() for name in GATEWAYS}
        self.bus = {name: self.port() for name in GATEWAYS}
        self.bases = [f"http://127.0.0.1:{port}" for port in self.http.values()]

    def link(self, name, target):
        self.links[name] = (self.port(), target)
        return self.links[name][0]

    def add(self, name, command, **env):
        self.processes[name] = Process(name, [str(word) for word in command], dict(os.environ, **{k: str(v) for k, v in env.items()}), self.data / f"{name}.log")

    def redis_names(self):
        return [f"redis-{i + 1}" for i in range(len(self.redis_ports))]

    def define(self):
        urls = {}
        for i, (name, port) in enumerate(zip(self.redis_names(), self.redis_ports)):
            folder = self.redis_disk if i == 0 and self.redis_disk else self.data / name
            folder.mkdir(parents=True, exist_ok=True)
            more = []
            if self.topology == "cluster":
                bus = self.port()
                more = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", bus, "--repl-diskless-sync-delay", "0",
                        "--cluster-announce-port", self.link(f"redis/{i + 1}", port), "--cluster-announce-ip", "127.0.0.1", "--cluster-announce-bus-port", bus,
                        "--min-replicas-to-write", "1", "--min-replicas-max-lag", "3"]
            self.add(name, ["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", folder, "--appendonly", "yes", "--appendfsync", "always",
                            "--maxmemory-policy", "noeviction", "--save", "", "--daemonize", "no", *more])
        for worker in self.workers + GATEWAYS:
            if self.topology == "cluster":
                urls[worker] = "redis://" + ",".join(f"127.0.0.1:{self.links[f'redis/{i + 1}'][0]}" for i in range(2 * MASTERS))
            elif self.topology == "together" or worker in self.workers:
                urls[worker] = f"redis://127.0.0.1:{self.link(f'redis/{worker}', self.redis_ports[0])}"
        self.url = "redis://" + ",".join(f"127.0.0.1:{port}" for port in self.redis_ports)
        for name in GATEWAYS:
            together = self.topology == "together"
            self.add(name, [BIN / ("yz-all" if together else "yz-gateway")], **({"YZ_REDIS": urls[name]} if together else {}), YZ_HTTP_PORT=self.http[name], YZ_BUS_BIND=f"tcp://127.0.0.1:{self.bus[name]}", YZ_POLICIES=ROOT / "ops/policies",
                     YZ_BUS_KEY=self.keys / "gateway.key", YZ_BUS_ALLOW=self.keys / "allow")
        for worker in self.workers:
            gateways = ",".join(f"127.0.0.1:{self.link(f'bus/{worker}/{gateway}', self.bus[gateway])}" for gateway in GATEWAYS)
            service = worker.rpartition("-")[0]
            self.add(worker, [BIN / f"yz-{service}"], YZ_GATEWAYS=gateways, YZ_BUS_GATEWAY_KEY=self.keys / "gateway.pub", YZ_BUS_KEY=self.keys / f"{service}.key",
                     YZ_REDIS=urls[worker], YZ_POLICIES=ROOT / "ops/policies",
                     YZ_DURABILITY="cluster" if self.topology == "cluster" else "single", YZ_ADMIN_PORT=self.port())

    def start(self):
        self.data.mkdir(parents=True, exist_ok=True)
        self.make_keys()
        self.define()
        words = [f"{name}={listen}:{target}" for name, (listen, target) in self.links.items()]
        self.proxy = subprocess.Popen([sys.executable, str(HERE / "proxy.py"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.proxy.stdout.readline() == "ready\n"
        for name in self.redis_names():
            self.processes[name].start()
        self.wait_redis()
        if self.topology == "cluster":
            self.build_cluster()
        for process in self.processes.values():
            if not process.name.startswith("redis"):
                process.start()
        self.wait_ready()
        return self

    # --- Redis

    def say(self, i, *words):
        """What the node answers; nothing when it does not within seconds."""
        try:
            done = subprocess.run(["redis-cli", "-p", str(self.redis_ports[i]), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.strip()

    def until(self, what, check, within_s=30):
        end = time.monotonic() + within_s
        while not check():
            if time.monotonic() > end:
                raise RuntimeError(f"never: {what} (see {self.data})")
            time.sleep(0.05)

    def wait_redis(self):
        for i in range(len(self.redis_ports)):
            self.until(f"redis-{i + 1} answers", lambda: self.say(i, "ping") == "PONG")

    def build_cluster(self):
        n = len(self.redis_ports)
        ids = [self.say(i, "cluster", "myid") for i in range(n)]
        for i in range(n):
            self.say(i, "cluster", "set-config-epoch", i + 1)
        for i in range(MASTERS):
            self.say(i, "cluster", "addslotsrange", i * 16384 // MASTERS, (i + 1) * 16384 // MASTERS - 1)
        for i in range(1, n):
            bus = self.processes[f"redis-{i + 1}"].command
            self.say(0, "cluster", "meet", "127.0.0.1", self.redis_ports[i], bus[bus.index("--cluster-port") + 1])
        self.until("all nodes know each other", lambda: all("cluster_known_nodes:6" in self.say(i, "cluster", "info") for i in range(n)))
        for i in range(MASTERS, n):
            self.until("replica joins", lambda: self.say(i, "cluster", "replicate", ids[i - MASTERS]) == "OK")
        self.wait_cluster()

    def wait_cluster(self):
        n = len(self.redis_ports)
        self.until("the cluster is whole", lambda: all("cluster_state:ok" in self.say(i, "cluster", "info") for i in range(n)), 60)

        def replicated():
            told = [self.say(i, "info", "replication") for i in range(n)]
            return all("master_link_status:up" in text or re.search(r"role:master\b", text) and "slave0:" in text for text in told)

        self.until("every master has its replica", replicated, 60)

    # --- keys

    def make_keys(self, *more):
        if "gateway" in more:
            self.gateway_key_made = time.monotonic()
        subprocess.run([BIN / "yz", "keys", self.keys, *more], check=True, stdout=subprocess.DEVNULL)

    def hang_up(self, names):
        for name in names:
            self.processes[name].send(signal.SIGHUP)

    # --- links

    def set_link(self, name, mode, *more):
        if mode == "pass":
            self.modes.pop(name, None)
        else:
            self.modes[name] = mode
        self.proxy.stdin.write(" ".join([mode, name, *map(str, more)]) + "\n")
        self.proxy.stdin.flush()

    # --- whole

    def ready(self, base):
        """And has every service, those that no settlement takes too."""
        done = subprocess.run(["curl", "-fsS", "-m", "2", f"{base}/ready"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.returncode == 0 and '"holds":false' not in done.stdout

    def wait_ready(self, within_s=60):
        self.until("both gateways are ready", lambda: all(self.ready(base) for base in self.bases), within_s)

    def heal(self):
        """All faults end."""
        for name in list(self.modes):
            self.set_link(name, "pass")
        self.drain_disk()
        for process in self.processes.values():
            if process.stopped:
                process.go_on()
            process.start()  # where it has ended
            if process.name in GATEWAYS and process.started < self.gateway_key_made:
                process.restart()
        self.wait_redis()
        if self.topology == "cluster":
            self.wait_cluster()
        self.wait_ready()

    def fill_disk(self):
        with open(self.redis_disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 65536)
            except OSError:
                pass

    def drain_disk(self):
        if self.redis_disk:
            (self.redis_disk / "filler").unlink(missing_ok=True)

    def crashes(self):
        """Processes that ended on their own, with what they said last: nobody but the faults may end one. Redis may: without its disk it ends
        rather than lie."""
        found = []
        for process in self.processes.values():
            process.note_end()
            if process.ended and not process.name.startswith("redis"):
                found.append((process.name, f"ended with {process.ended}"))
            text = process.log.read_text(errors="replace") if process.log.exists() else ""
            if re.search(r"Assertion|must:|Sanitizer|\"level\":\"fatal\"|=== REDIS BUG", text):
                found.append((process.name, text[-800:]))
        return found

    def end(self):
        for process in self.processes.values():
            process.close()
        if self.proxy:
            self.proxy.kill()
            self.proxy.wait()
