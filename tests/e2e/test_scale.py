"""Gateways and workers come, go and differ under load, and no client notices."""

import os
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from conftest import SERVICES, Suite, eventually, free_port
from people import bill, fresh, hospital, resident
from traffic import Traffic

ROUNDS = int(os.environ.get("YZ_ROLLING_ROUNDS", "3"))  # `ops/test scale` runs 20


class Scaled(Suite):
    """A suite whose services look for two gateways; the second may be there or not."""

    def __init__(self, data):
        super().__init__(data, {service: 2 for service in SERVICES})
        self.ports = {"gateway": (self.env["YZ_HTTP_PORT"], self.env["YZ_BUS_PORT"]), "gateway-2": (str(free_port()), str(free_port()))}
        self.env["YZ_GATEWAYS"] = ",".join(f"127.0.0.1:{bus}" for _, bus in self.ports.values())
        self.doors = {name: f"http://127.0.0.1:{http}" for name, (http, _) in self.ports.items()}

    def start_gateway(self, name):
        http, bus = self.ports[name]
        self.shell(f"start_gateway {name} {http} {bus}; YZ_HTTP_PORT={http} wait_ready")

    def stop_one(self, name):
        self.shell(f"stop_one {name}")

    def admin(self, service, index):
        return f"http://127.0.0.1:{int(self.env['YZ_ADMIN_BASE']) + 10 * index + SERVICES.index(service)}"

    def wait_worker(self, service, index, gateways):
        assert eventually(lambda: self.ready(self.admin(service, index)) and self.count(self.admin(service, index), "yz_bus_gateways") == gateways, 20)

    def ready(self, base):
        try:
            return self.http.get(base + "/ready", timeout=5).status_code == 200
        except OSError:
            return False

    def calls(self, service, index):
        return self.count(self.admin(service, index), "yz_bus_calls_total")


@pytest.fixture(scope="module")
def house():
    with tempfile.TemporaryDirectory(prefix="yz-scale-") as data:
        house = Scaled(data)
        try:
            house.start()
            house.start_gateway("gateway-2")
            house.put("/v1/institutions/h3", hospital())
            yield house
        finally:
            house.stop()


def test_no_request_fails_while_everything_is_restarted_in_turn(house):
    """Every worker, then every gateway (out of the rotation first), and again."""
    with Traffic(house.doors.values()) as traffic:
        assert eventually(lambda: len(traffic.done) > 20)
        for _ in range(ROUNDS):
            for service in SERVICES:
                for index in (1, 2):
                    house.stop_one(f"{service}-{index}")
                    house.start_service(service, index)
                    house.wait_worker(service, index, gateways=2)
            for name, door in house.doors.items():
                traffic.out_of_rotation(door)
                house.stop_one(name)
                house.start_gateway(name)
                assert eventually(lambda: all(house.count(house.admin(s, i), "yz_bus_gateways") == 2 for s in SERVICES for i in (1, 2)), 20)
                traffic.into_rotation(door)
        enough = len(traffic.done)
        assert eventually(lambda: len(traffic.done) > enough + 20)
    assert traffic.failed == []
    print(f"{ROUNDS} rounds of {2 * len(SERVICES) + 2} restarts, {len(traffic.done)} requests, none failed", file=sys.stderr)


def test_workers_and_a_gateway_join_and_leave(house):
    first = house.doors["gateway"]
    house.stop_one("gateway-2")
    with Traffic([first]) as traffic:
        for service in SERVICES:
            house.start_service(service, 3)
        for service in SERVICES:
            house.wait_worker(service, 3, gateways=1)
        assert eventually(lambda: house.calls("adjudication", 3) > 20 and house.calls("enrollment", 3) > 20)
        house.start_gateway("gateway-2")
        traffic.into_rotation(house.doors["gateway-2"])
        assert eventually(lambda: house.count(house.doors["gateway-2"], "yz_settlements_total") > 20)
        for service in SERVICES:
            house.stop_one(f"{service}-3")
        traffic.out_of_rotation(house.doors["gateway-2"])
        house.stop_one("gateway-2")
        enough = len(traffic.done)
        assert eventually(lambda: len(traffic.done) > enough + 20)
    assert traffic.failed == []
    house.start_gateway("gateway-2")


def test_a_gateway_that_dies_costs_its_own_connections_only(house):
    clients = 6
    with Traffic(house.doors.values(), clients, pinned=True) as traffic:
        assert eventually(lambda: len(traffic.done) > 60)
        house.kill("gateway-2", signal.SIGKILL)
        enough = sum(told["door"] == house.doors["gateway"] for told in traffic.done)
        # longer than it takes the workers to see the silence
        time.sleep(3)
        assert sum(told["door"] == house.doors["gateway"] for told in traffic.done) > enough + 20
    house.start_gateway("gateway-2")
    assert {told["door"] for told in traffic.failed} == {house.doors["gateway-2"]}
    # under way when it died: at most one for each of its clients; everything later found the door shut at once
    cut = [told for told in traffic.failed if "Connection refused" not in told["text"]]
    assert len(cut) <= clients // 2
    assert all(told["status"] == 0 and told["took_s"] < 1 for told in traffic.failed)
    for told in cut:  # sent again, with the same id, through the other: done once
        answer = [house.call(told["method"], told["path"], told["body"]) for _ in range(2)]
        assert answer[1].status_code in (200, 201) and (told["method"] == "PUT" or answer[0].content == answer[1].content)


class Slowed:
    """A process that runs for one part of its time and is stopped for the other."""

    def __init__(self, pid, runs_ms=10, stands_ms=150):
        self.pid, self.runs_s, self.stands_s = pid, runs_ms / 1000, stands_ms / 1000
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.is_set():
            os.kill(self.pid, signal.SIGSTOP)
            time.sleep(self.stands_s)
            os.kill(self.pid, signal.SIGCONT)
            time.sleep(self.runs_s)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def test_a_slow_worker_gets_less(house):
    with Traffic(house.doors.values(), clients=16) as traffic:
        assert eventually(lambda: len(traffic.done) > 100)
        with Slowed(house.pid("adjudication-2")):
            before = [house.calls("adjudication", index) for index in (1, 2)]
            time.sleep(4)
        fast, slow = (house.calls("adjudication", index) - was for index, was in zip((1, 2), before))
    assert traffic.failed == []
    assert fast > 2 * slow > 0, f"{fast} and {slow} calls"
    print(f"fast {fast:.0f} calls, slow {slow:.0f}", file=sys.stderr)


@contextmanager
def crowded(more):
    """A suite whose workers take two calls at once, its room, and bills of so many more people than that."""
    with tempfile.TemporaryDirectory(prefix="yz-crowd-") as data:
        suite = Scaled(data)
        suite.env.update(YZ_CONCURRENCY="2", YZ_GATEWAYS=f"127.0.0.1:{suite.env['YZ_BUS_PORT']}")
        suite.scale = {}
        try:
            suite.start()
            suite.put("/v1/institutions/h3", hospital())
            room = int(suite.count(suite.base, "yz_http_capacity"))
            assert room == 64  # twice two credits, and at least this
            bills = [bill(fresh("crowd"), request_id="one") for _ in range(room + more)]
            for made in bills:
                assert suite.put(f"/v1/persons/{made['person']}", resident(made["person"])).status_code in (200, 201)
            yield suite, room, bills
        finally:
            suite.stop()


def test_more_than_can_be_in_work_is_refused_at_once_and_may_come_again():
    """While one worker stands still everybody waits before it."""
    with crowded(30) as (suite, room, bills):
        suite.kill("enrollment-1", signal.SIGSTOP)
        with ThreadPoolExecutor(len(bills)) as clients:
            waiting = [clients.submit(requests.post, f"{suite.base}/v1/settlements", json=made, timeout=30) for made in bills]
            # those who are refused know it while the others still wait
            refused = eventually(lambda: (lambda told: len(told) == 30 and told)([w for w in waiting if w.done()]), 1.5)
            suite.kill("enrollment-1", signal.SIGCONT)
            answers = [w.result() for w in waiting]
        assert refused, f"{sum(a.status_code == 503 for a in answers)} were refused"
        for answer in (w.result() for w in refused):
            assert (answer.status_code, answer.json()["code"]) == (503, "overloaded") and int(answer.headers["Retry-After"]) > 0
        assert sorted(a.status_code for a in answers) == [201] * room + [503] * 30
        assert suite.count(suite.base, "yz_http_overloaded_total") == 30 and suite.count(suite.base, "yz_bus_overloaded_total") == 0
        again = [suite.post("/v1/settlements", made).status_code for made in bills]
        assert again == [200 if a.status_code == 201 else 201 for a in answers]


def test_who_asks_again_too_soon_is_served_when_there_is_room():
    """On the connection that was refused, before the second that it was told is over."""
    with crowded(1) as (suite, room, bills):
        ask = lambda client, made: client.post(f"{suite.base}/v1/settlements", json=made, timeout=30)
        suite.kill("enrollment-1", signal.SIGSTOP)
        with ThreadPoolExecutor(len(bills)) as clients, requests.Session() as hasty:
            waiting = [clients.submit(ask, requests, made) for made in bills[:room]]
            assert eventually(lambda: suite.count(suite.base, "yz_http_exchanges") > room)  # this question is one more
            assert ask(hasty, bills[room]).status_code == 503
            again = clients.submit(ask, hasty, bills[room])
            assert eventually(lambda: suite.count(suite.base, "yz_http_waiting") == 1, 0.8)
            assert not again.done()
            suite.kill("enrollment-1", signal.SIGCONT)
            assert again.result().status_code == 201
            assert {w.result().status_code for w in waiting} == {201}
        assert suite.count(suite.base, "yz_http_waiting") == 0 and suite.count(suite.base, "yz_http_overloaded_total") == 1
