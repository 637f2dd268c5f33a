"""How many clients a gateway takes is what its setting says, not what a shell's limit of open files happens to be."""

import json
import socket
from contextlib import ExitStack

import pytest

from conftest import Suite, eventually

LIVE = b"GET /live HTTP/1.1\r\nHost: yz\r\n\r\n"


@pytest.fixture
def limited(tmp_path):
    """Starts a gateway, by itself, in a shell with that limit."""
    suite = Suite(tmp_path)

    def start(limit):
        suite.shell(f"ulimit {limit}; start_gateway")

        def lives():
            try:
                return suite.get("/live").status_code == 200
            except OSError:
                return False

        assert eventually(lives)
        suite.http.close()
        return suite

    yield start
    suite.stop()


def answered(suite, n):
    """How many of so many clients at once are answered; the others' connections are closed."""
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", int(suite.env["YZ_HTTP_PORT"])), 10)) for _ in range(n)]

        def ask(client):
            try:
                client.sendall(LIVE)
                return client.recv(4096).startswith(b"HTTP/1.1 200 ")
            except ConnectionError:
                return False

        return [ask(client) for client in clients].count(True)


def warnings(suite):
    return [line for line in map(json.loads, (suite.data / "log" / "gateway.log").read_text().splitlines()) if line["level"] == "warn"]


def test_the_soft_limit_is_raised(limited):
    suite = limited("-Sn 64")
    assert answered(suite, 100) == 100
    assert warnings(suite) == []


def test_a_hard_limit_that_is_too_low_is_said_and_kept_within(limited):
    suite = limited("-n 128")
    (warning,) = warnings(suite)
    assert (warning["descriptors"], warning["connections"], warning["taken"]) == (128, 4096, 96) and "ulimit -Hn" in warning["to_do"]
    taken = answered(suite, 120)
    assert 90 < taken <= 96  # who asked before is perhaps not gone yet

    def refused():
        try:
            return suite.count(suite.base, "yz_http_connections_refused_total")
        except OSError:  # nor are those of just now
            return None

    assert eventually(refused) >= 120 - taken
