"""A worker that stood still has requests that were done by another meanwhile. What it makes of them when it goes on must not undo what was put, and
acknowledged, since."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import Suite, eventually
from people import fresh, hospital, resident

SCALE = {"enrollment": 2, "supplementary": 2}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A second worker is asked after a second, a third of the deadline: before the first is taken for lost."""
    suite = Suite(tmp_path_factory.mktemp("late"), SCALE)
    suite.env["YZ_DEADLINE_MS"] = "3000"
    try:
        yield suite.start()
    finally:
        suite.stop()


def contract(id, person):
    return {"id": id, "product": "cn.shandong.zibo.qihuibao-2023", "from": "2024-01-01", "to": "2024-12-31", "members": [{"person": person}]}


# path, who serves it, a body that says the word, and the word of a record
KINDS = {
    "person": ("/v1/persons/", "enrollment", lambda id, word: resident(id, name=word), lambda record: record["name"]),
    "institution": ("/v1/institutions/", "enrollment", lambda id, word: hospital(id, name=word), lambda record: record["name"]),
    "contract": ("/v1/contracts/", "supplementary", contract, lambda record: record["members"][0]["person"]),
}


@pytest.mark.parametrize("kind,lost", [*((kind, False) for kind in KINDS), ("person", True)])
def test_a_late_copy_of_a_put_undoes_nothing(hasty, kind, lost):
    """Of a worker that goes on when another was asked too; or when it was lost, and drops what it did not read."""
    path, service, body, word = KINDS[kind]
    id = fresh("late")
    path += id
    assert hasty.put(path, body(id, "first")).status_code == 200
    workers = hasty.count(hasty.base, "yz_bus_workers")
    for n in range(6):
        for _ in range(n % 2):
            hasty.get(path)  # workers take turns: so each of the askings of a put is once the one that is stuck
        os.kill(hasty.pid(f"{service}-1"), signal.SIGSTOP)
        told = [hasty.put(path, body(id, f"{wanted}-{n}")) for wanted in ("old", "new")]
        assert not lost or eventually(lambda: hasty.count(hasty.base, "yz_bus_workers") == workers - 1)
        os.kill(hasty.pid(f"{service}-1"), signal.SIGCONT)
        assert eventually(lambda: hasty.count(hasty.base, "yz_bus_workers") == workers)
        assert [answer.status_code for answer in told] == [200, 200]
        assert eventually(lambda: hasty.count(hasty.base, "yz_bus_route_outstanding") == 0)
        now = hasty.get(path).json()
        assert (word(now), now["version"]) == (f"new-{n}", told[1].json()["version"])


def test_the_same_put_twice_is_answered_as_done_and_moves_the_version(hasty):
    """Else the second, acknowledged, would leave its version to a copy of what was asked between the two."""
    person = resident()
    path = f"/v1/persons/{person['id']}"
    answers = [hasty.put(path, person) for _ in range(3)]
    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(200, 1), (200, 2), (200, 3)]


def test_a_version_that_was_named_is_the_clients_own(hasty):
    person = resident()
    path = f"/v1/persons/{person['id']}"
    first = hasty.put(path, person).json()
    assert hasty.put(path, dict(first, name="王五")).json()["version"] == 2
    assert hasty.put(path, dict(first, name="王五")).json()["version"] == 2  # the same again
    refused = hasty.put(path, dict(first, name="赵六"))
    assert (refused.status_code, refused.json()["code"], refused.json()["version"]) == (409, "stale", 2)
    refused = hasty.put(path, dict(person, version=0))
    assert (refused.status_code, refused.json()["code"]) == (409, "stale")


def test_puts_at_the_same_time_are_all_done(hasty):
    """Each on another's: all have a version of their own, and what is read is the last."""
    person = resident()
    path = f"/v1/persons/{person['id']}"
    with ThreadPoolExecutor(6) as clients:
        answers = list(clients.map(lambda n: hasty.put(path, dict(person, name=f"name {n}")), range(30)))
    assert {answer.status_code for answer in answers} == {200}
    by_version = {answer.json()["version"]: answer.json() for answer in answers}
    assert len(by_version) == 30
    assert hasty.get(path).json() == by_version[max(by_version)]
