"""The suite on a Redis Cluster whose slots move to another master while it settles: nobody notices, nothing is lost."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from cluster import suite_on_cluster
from conftest import ROOT, SERVICES, eventually
from people import bill, hospital, resident
from traffic import Traffic

BIN = Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin"))
SLOTS = int(os.environ.get("YZ_RESHARD_SLOTS", "16"))  # of the buckets; `ops/test scale` moves more


@pytest.fixture(scope="module")
def house():
    with suite_on_cluster() as suite:
        assert suite.put("/v1/institutions/h3", hospital()).status_code in (200, 201)
        yield suite


def total(suite, name):
    """Of a metric, over all services."""
    admin, found = int(suite.env["YZ_ADMIN_BASE"]) + 10, 0
    for i in range(len(SERVICES)):
        page = suite.http.get(f"http://127.0.0.1:{admin + i}/metrics", timeout=5).text
        found += int(re.search(rf"^{name} (\d+)$", page, re.M)[1])
    return found


def redirected(suite):
    return total(suite, "yz_store_redirected_total")


def used_slots(cluster, port):
    """Of that master, some in which there are keys: buckets."""
    counts = redis.Redis(port=port)
    return [slot for slot in sorted(cluster.owned(port)) if counts.execute_command("CLUSTER COUNTKEYSINSLOT", slot)][:SLOTS]


def test_slots_move_while_it_settles(house):
    cluster = house.cluster
    source, target = cluster.masters()[:2]
    with Traffic([house.base], clients=6) as traffic:
        assert eventually(lambda: len(traffic.done) > 600, 60)
        slots, before = used_slots(cluster, source), redirected(house)
        cluster.move(slots, source, target, between=lambda: time.sleep(0.05))
        assert not set(slots) & cluster.owned(source) and set(slots) <= cluster.owned(target)
        # and by redis-cli, empty slots and all
        command = ["redis-cli", "--cluster", "reshard", f"127.0.0.1:{source}", "--cluster-from", cluster.id(source), "--cluster-to", cluster.id(target),
                   "--cluster-slots", str(2 * SLOTS), "--cluster-yes"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        assert done.returncode == 0, done.stdout[-1000:]
        enough = len(traffic.done)
        assert eventually(lambda: len(traffic.done) > enough + 50, 30)
    assert traffic.failed == []
    assert len(slots) == SLOTS and redirected(house) > before, "the load has to have met the slots that moved"
    print(f"{SLOTS} buckets and {2 * SLOTS} slots moved, {len(traffic.done)} requests, {redirected(house) - before} redirections", file=sys.stderr)

    for told in [told for told in traffic.done if told["method"] == "POST"][::9]:  # what was answered is there, once
        again = house.post(told["path"], told["body"])
        assert again.status_code == 200 and again.text[:300] == told["text"]

    def audited():
        done = subprocess.run([BIN / "yz", "audit", "--redis", cluster.url, "--policies", ROOT / "ops/policies"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        return done.returncode == 0 or print(done.stdout[-600:], file=sys.stderr)

    assert eventually(audited, 40)


def test_a_replica_that_is_away_is_said_and_counted(house):
    """Durability `cluster`: a master that no replica follows settles nothing, and says what to do."""
    cluster = house.cluster
    replicas = [port for port in cluster.ports if port not in cluster.masters()]
    person = resident()
    assert house.put(f"/v1/persons/{person['id']}", person).status_code in (200, 201)
    for port in replicas:
        cluster.running[port].send_signal(signal.SIGSTOP)
    try:
        answer = house.post("/v1/settlements", bill(person["id"], request_id="short"), timeout=40)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_away"), answer.text
        assert "replica" in answer.json()["detail"].lower() and answer.headers["Retry-After"]
    finally:
        for port in replicas:
            cluster.running[port].send_signal(signal.SIGCONT)
    again = eventually(lambda: (lambda a: a.status_code in (200, 201) and a)(house.post("/v1/settlements", bill(person["id"], request_id="short"), timeout=40)), 60)
    assert again.json()["status"] == "settled"
    assert total(house, "yz_store_replica_shortfalls_total") > 0
