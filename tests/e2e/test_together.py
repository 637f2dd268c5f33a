"""The gateway and every service in one process, yz-all: the same suite, answered the same, and stopped, killed and joined as well."""

import os
import signal
import subprocess

import pytest

from conftest import ROOT, SERVICES, Suite, eventually, runs
from people import bill, fresh, hospital, resident
from test_batch import settle as settle_batch
from test_contract import *  # noqa: F401,F403 - what holds of the suite holds of this one
from test_settlement import *  # noqa: F401,F403
from traffic import Traffic

TOGETHER = True  # for the fixture `suite`
YZ = os.path.join(os.environ.get("YZ_BIN", ROOT / "build" / "release" / "bin"), "yz")


@pytest.fixture
def own(tmp_path):
    """A suite that a test may stop and kill."""
    suite = Suite(tmp_path / "suite", together=True)
    try:
        suite.start()
        suite.put("/v1/institutions/h3", hospital())
        yield suite
    finally:
        suite.stop()


def enrolled(suite, n):
    people = [fresh("t") for _ in range(n)]
    for person in people:
        assert suite.put(f"/v1/persons/{person}", resident(person)).status_code == 200
    return people


def audited(suite):
    """`yz audit`: every settlement, counter and fact of the store agrees with the journal."""
    done = subprocess.run([YZ, "audit", "--redis", f"redis://127.0.0.1:{suite.env['YZ_REDIS_PORT']}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def test_one_process_has_every_service(suite):
    assert sorted(file.stem for file in (suite.data / "run").glob("*.pid")) == ["all", "redis"]
    ready = suite.get("/ready").json()
    assert [c["name"] for c in ready["conditions"]] == [*SERVICES, "redis", "bus"] and all(c["holds"] for c in ready["conditions"])
    assert suite.count(suite.base, "yz_bus_workers") == suite.count(suite.base, "yz_bus_gateways") == len(SERVICES)


def test_a_batch_is_settled(suite):
    suite.put("/v1/institutions/h3", hospital())
    made = [bill(person) for person in enrolled(suite, 20) for _ in range(20)]
    assert {answer["status"] for answer in settle_batch(suite, made)} == {201}
    assert {answer["status"] for answer in settle_batch(suite, made)} == {200}


def test_sigterm_finishes_what_is_in_hand(own):
    """Whatever was begun is answered; nobody is left without an answer but those that the closed door met."""
    pid = own.pid("all")
    with Traffic([own.base]) as load:
        assert eventually(lambda: len(load.done) > 50)
        own.kill("all", signal.SIGTERM)
        assert eventually(lambda: not runs(pid), 15)
    begun = [told for told in load.failed if told["status"] != 0 or "Connection refused" not in told["text"]]
    assert [told for told in begun if told["status"] not in (0, 503)] == [], begun
    log = (own.data / "log" / "all.log").read_text()
    assert '"msg":"stopped","status":0' in log and "took too long" not in log and "left open" not in log, log[-2000:]
    own.start()
    assert eventually(lambda: audited(own)[0]), audited(own)[1]


def test_killed_under_load_nothing_is_lost_or_paid_twice(own):
    for _ in range(3):
        with Traffic([own.base]) as load:
            assert eventually(lambda: len(load.done) > 100)
            own.kill("all")
            own.start()
            assert eventually(lambda: own.get("/ready").status_code == 200)
            n = len(load.done)
            assert eventually(lambda: len(load.done) > n + 100)
        bills = lambda told: [one["body"] for one in told if one["method"] == "POST"]
        for body in bills(load.done):
            assert own.post("/v1/settlements", body).status_code == 200  # acknowledged before, so it is there
        for body in bills(load.failed):
            assert own.post("/v1/settlements", body).status_code in (200, 201, 404)  # 404: the person's record failed too
    assert eventually(lambda: audited(own)[0]), audited(own)[1]
    assert eventually(lambda: own.count(own.base, "yz_journal_outstanding") == 0)


def test_policies_are_read_again(own):
    os.kill(own.pid("all"), signal.SIGHUP)
    assert eventually(lambda: (own.data / "log" / "all.log").read_text().count("policies read again") == 2)  # the gateway's and the services'
    (person,) = enrolled(own, 1)
    assert own.post("/v1/settlements", bill(person)).status_code == 201


def test_more_processes_of_a_service_join_it_under_keys(tmp_path):
    """The bus is open to the outside as a gateway's is: guarded by keys, which workers inside need not have."""
    suite = Suite(tmp_path / "suite", {"adjudication": 1}, together=True)
    suite.env["YZ_KEYS"] = str(tmp_path / "keys")
    try:
        suite.start()
        suite.put("/v1/institutions/h3", hospital())
        assert eventually(lambda: suite.count(suite.base, "yz_bus_workers") == len(SERVICES) + 1)
        people = enrolled(suite, 40)
        admin = f"http://127.0.0.1:{int(suite.env['YZ_ADMIN_BASE']) + 10 + SERVICES.index('adjudication')}"
        calls = lambda: suite.count(admin, "yz_bus_calls_total")
        with Traffic([suite.base], clients=24) as load:
            assert eventually(lambda: calls() > 20)  # it takes its share
            suite.shell("stop_one adjudication-1")
            n = len(load.done)
            assert eventually(lambda: len(load.done) > n + 50)
        assert load.failed == []
        assert {suite.post("/v1/settlements", bill(person)).status_code for person in people} == {201}
        workers = lambda: suite.count(suite.base, "yz_bus_workers")
        assert eventually(lambda: workers() == len(SERVICES))  # who has left is forgotten when his beats are missed
        (tmp_path / "keys" / "strangers").mkdir()
        suite.shell(f'"$YZ_BIN/yz" keys "{tmp_path}/strangers"; YZ_KEYS="{tmp_path}/strangers"; cp "{tmp_path}/keys/gateway.pub" "{tmp_path}/strangers/"; start_service adjudication 2')
        assert not eventually(lambda: workers() != len(SERVICES), 2)
    finally:
        suite.stop()


def test_the_doctor_finds_it_well(suite):
    answer = eventually(lambda: (lambda a: a if a.returncode == 0 else None)(subprocess.run([YZ, "doctor", suite.base], stdout=subprocess.PIPE, text=True)))
    assert answer and answer.stdout.count(": well") == 1
