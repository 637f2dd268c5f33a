"""A gateway that no service has found: what it keeps to when nothing can be settled."""

import contextlib
import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests
from conftest import ROOT, eventually, free_port
from people import bill

BATCH = "/v1/settlements:batch"


class Gateway:
    def __init__(self, **settings):
        self.port, self.admin = free_port(), free_port()
        given = {"http-port": self.port, "admin-port": self.admin, "bus-bind": f"tcp://127.0.0.1:{free_port()}", **settings}
        words = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        self.process = subprocess.Popen([ROOT / "build/release/bin/yz-gateway", *words], cwd=ROOT, stderr=subprocess.DEVNULL)
        assert eventually(self.lives), "it did not start"

    def lives(self):
        try:
            return self.admin_page("/live").status_code == 200
        except requests.ConnectionError:
            return False

    def admin_page(self, path):
        return requests.get(f"http://127.0.0.1:{self.admin}{path}", timeout=5)

    def metric(self, name):
        rows = self.admin_page("/metrics").text.splitlines()
        return int(next(row for row in rows if row.startswith(f"yz_{name} ")).split()[1])

    def memory_kb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(row for row in status.splitlines() if row.startswith("VmRSS")).split()[1])

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def stop(self):
        """Its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def gateway():
    """Starts one with these settings."""
    with contextlib.ExitStack() as running:
        def start(**settings):
            made = Gateway(**settings)
            running.callback(made.process.wait)
            running.callback(made.process.kill)
            return made
        yield start


def request(method, path, body=b""):
    return f"{method} {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def line(person, **more):
    return json.dumps(bill(person, **more)).encode() + b"\n"


def everything_until(client, part):
    got = b""
    while part not in got:
        more = client.recv(65536)
        assert more, got
        got += more
    return got


def everything(client):
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_what_was_read_behind_a_batch_is_not_taken_up_by_one_that_stops(gateway):
    alone = gateway(drain_ms=300)
    client = alone.connect()
    client.sendall(request("POST", BATCH, line("p1")) + request("GET", "/v1/policies") * 17)
    listed = 'http_requests_total{operation="listPolicies",status="2xx"}'
    assert eventually(lambda: alone.metric(listed) == 15)  # with the batch as many as a connection may have in work
    assert alone.stop() == 0
    answered = everything(client)
    assert answered.count(b"HTTP/1.1 200") == 16 and b'"status":503' in answered
    client.close()


def test_as_many_clients_as_may_be_leave_it_alive(gateway):
    alone = gateway(connections=8)
    clients = [alone.connect() for _ in range(8)]
    assert eventually(lambda: alone.metric("http_connections") == 8)
    late = alone.connect()
    assert everything(late) == b""  # closed at once: whoever asked there would take it for dead
    assert alone.admin_page("/live").json()["live"] is True
    assert alone.metric("http_connections_refused_total") == 1
    for client in (*clients, late):
        client.close()


def test_bodies_take_no_more_memory_than_they_are_counted_with(gateway):
    alone = gateway()
    before = alone.memory_kb()
    body = b" " * 1024 * 1024
    clients = [alone.connect() for _ in range(160)]
    for client in clients:
        with contextlib.suppress(OSError):  # refused meanwhile
            client.sendall(request("POST", "/v1/settlements", body)[:-1])
    assert eventually(lambda: alone.metric("http_refused_total") >= 20)  # there is room for 128 MB of them
    assert alone.memory_kb() - before < 150 * 1024
    assert alone.admin_page("/live").status_code == 200
    for client in clients:
        client.close()


def test_lines_that_wait_for_their_person_are_counted_with_their_memory(gateway):
    alone = gateway()
    before = alone.memory_kb()
    clients = [alone.connect() for _ in range(24)]
    body = b"".join(line("p1") for _ in range(1000))
    for client in clients:
        client.sendall(request("POST", BATCH, body))
    assert eventually(lambda: alone.metric("batches") == len(clients) and alone.metric("batch_lines_total") > 3000)
    assert not eventually(lambda: alone.metric("batch_lines_total") > 6000, within_s=1)
    assert alone.memory_kb() - before < 80 * 1024  # 64 MB, and what is read ahead
    for client in clients:
        client.close()


def single(person):
    return request("POST", "/v1/settlements", json.dumps(bill(person)).encode())


def test_who_waits_for_a_turn_is_told_at_its_deadline(gateway):
    alone = gateway(deadline_ms=500)
    batches, client = [alone.connect() for _ in range(6)], alone.connect()
    for batch in batches:  # each takes a deadline to fail, one after the other
        batch.sendall(request("POST", BATCH, line("p1")))
    assert eventually(lambda: alone.metric("batch_lines_total") == 6)
    client.sendall(single("p1"))
    head, _, problem = client.recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503") and b"\r\nRetry-After: 1" in head
    problem = json.loads(problem)
    assert problem["code"] == "overloaded" and "not begun" in problem["detail"], problem
    # it left no gap: those before it have their turns one after the other, and who comes behind them has his
    for batch in batches:
        everything_until(batch, b'"status":503')
    client.sendall(single("p1"))
    assert b"did not answer" in client.recv(65536)
    for one in (*batches, client):
        one.close()


def test_who_leaves_does_not_wait_for_a_turn(gateway):
    alone = gateway(deadline_ms=60000)
    batch = alone.connect()
    batch.sendall(request("POST", BATCH, line("p1")))
    assert eventually(lambda: alone.metric("batch_lines") == 1)
    clients = [alone.connect() for _ in range(5)]
    for client in clients:
        client.sendall(single("p1"))
    assert eventually(lambda: alone.metric("http_exchanges") == 6)
    for client in clients:
        client.close()
    assert eventually(lambda: alone.metric("http_exchanges") == 1)
    assert alone.metric("http_gone_total") == 5
    batch.close()
