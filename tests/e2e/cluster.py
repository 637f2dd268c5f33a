"""A real Redis Cluster on loopback: three masters, a replica each."""

import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import redis

from conftest import SERVICES, Suite, eventually, free_node_port

NODES = 6
CONF = {
    "cluster-enabled": "yes", "cluster-node-timeout": "2000", "appendonly": "yes", "appendfsync": "always", "save": "", "maxmemory-policy": "noeviction",
    "min-replicas-to-write": "1", "min-replicas-max-lag": "10", "repl-diskless-sync-delay": "0",
}


def cli(port, *words):
    done = subprocess.run(["redis-cli", "-p", str(port), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    return done.stdout.strip()


class Cluster:
    def __init__(self, data):
        self.data = Path(data)
        self.ports = [free_node_port() for _ in range(NODES)]
        self.running = {}
        self.url = "redis://" + ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def start(self):
        for port in self.ports:
            folder = self.data / f"redis-{port}"
            folder.mkdir(parents=True)
            words = [word for pair in CONF.items() for word in (f"--{pair[0]}", pair[1])]
            self.running[port] = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, *words], stdout=subprocess.DEVNULL)
        for port in self.ports:
            assert eventually(lambda: cli(port, "ping") == "PONG")
        hosts = [f"127.0.0.1:{port}" for port in self.ports]
        subprocess.run(["redis-cli", "--cluster", "create", *hosts, "--cluster-replicas", "1", "--cluster-yes"], check=True, stdout=subprocess.DEVNULL, timeout=60)
        assert eventually(lambda: all("cluster_state:ok" in cli(port, "cluster", "info") for port in self.ports), 30)
        assert eventually(lambda: all("slave0:" in cli(port, "info", "replication") for port in self.masters()), 30)
        return self

    def stop(self):
        for process in self.running.values():
            process.kill()
            process.wait()

    def masters(self):
        return [port for port in self.ports if cli(port, "role").startswith("master")]

    def id(self, port):
        return cli(port, "cluster", "myid")

    def owned(self, port):
        """Slots of that master."""
        (line,) = [line for line in cli(port, "cluster", "nodes").splitlines() if "myself" in line]
        ranges = [word.partition("-")[::2] for word in line.split()[8:] if not word.startswith("[")]
        return {slot for first, last in ranges for slot in range(int(first), int(last or first) + 1)}

    def move(self, slots, source, target, between=lambda: None):
        """As redis-cli reshards, key by key; `between` is called when half of a slot's keys have moved."""
        nodes = {port: redis.Redis(port=port) for port in self.masters()}
        ids = {port: self.id(port) for port in (source, target)}
        some = lambda slot, n: nodes[source].execute_command("CLUSTER GETKEYSINSLOT", slot, n)

        def migrate(keys):
            if keys:
                nodes[source].execute_command("MIGRATE", "127.0.0.1", target, "", 0, 5000, "KEYS", *keys)
            return keys

        for slot in slots:
            nodes[target].execute_command("CLUSTER SETSLOT", slot, "IMPORTING", ids[source])
            nodes[source].execute_command("CLUSTER SETSLOT", slot, "MIGRATING", ids[target])
            migrate(some(slot, nodes[source].execute_command("CLUSTER COUNTKEYSINSLOT", slot) // 2))
            between()
            while migrate(some(slot, 10)):
                pass
            for port in (target, source, *(port for port in nodes if port not in ids)):
                nodes[port].execute_command("CLUSTER SETSLOT", slot, "NODE", ids[target])


@contextmanager
def suite_on_cluster():
    """A suite with its cluster, as `suite.cluster`."""
    with tempfile.TemporaryDirectory(prefix="yz-cluster-") as data:
        cluster, suite = Cluster(data), Suite(data)
        suite.env.update(YZ_REDIS=cluster.url, YZ_DURABILITY="cluster")
        suite.cluster = cluster
        try:
            cluster.start()
            suite.shell("start_gateway")
            for service in SERVICES:
                suite.start_service(service)
            suite.wait_ready()
            yield suite
        finally:
            suite.stop()
            cluster.stop()
