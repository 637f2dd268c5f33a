"""Every service runs twice and one of the two is killed under load; Redis goes away and comes back."""

import signal
import time

import pytest

from conftest import SERVICES, eventually
from people import bill, hospital, resident
from traffic import Traffic

SCALE = {service: 2 for service in SERVICES}


@pytest.fixture(scope="module", autouse=True)
def world(suite):
    suite.put("/v1/institutions/h3", hospital())
    suite.wait_ready()
    return suite


@pytest.mark.parametrize("service", SERVICES)
def test_one_of_two_is_killed_under_load(suite, service):
    with Traffic([suite.base]) as load:
        assert eventually(lambda: len(load.done) > 20)
        suite.kill(f"{service}-2", signal.SIGKILL)
        time.sleep(4)
    assert load.failed == []
    assert len(load.done) > 100
    suite.start_service(service, 2)
    suite.wait_ready()


def test_a_rolling_restart_fails_no_request(suite):
    with Traffic([suite.base]) as load:
        for service in SERVICES:
            suite.shell(f"stop_one {service}-1; start_service {service} 1")
            time.sleep(0.3)
    assert load.failed == [] and load.done


def test_a_service_away_is_said_and_can_be_tried_again(suite):
    person = resident(recognitions=[{"category": "minimum_living", "from": "2023-01-01"}])
    suite.put(f"/v1/persons/{person['id']}", person)
    made = bill(person["id"])
    for index in (1, 2):
        suite.kill(f"assistance-{index}", signal.SIGKILL)
    answer = suite.post("/v1/settlements", made, timeout=40)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_away"), answer.text
    assert "assistance" in answer.text.lower()
    assert suite.get(f"/v1/persons/{person['id']}/account?on=2023-12-31").json()["version"] == 0
    view = suite.get(f"/v1/persons/{person['id']}/overview", timeout=40).json()
    assert view["missing"] == ["assistance"]
    for index in (1, 2):
        suite.start_service("assistance", index)
    suite.wait_ready()
    assert suite.post("/v1/settlements", made).status_code == 201


def test_who_has_no_contract_is_settled_without_supplementary(suite):
    person = resident()
    suite.put(f"/v1/persons/{person['id']}", person)
    for index in (1, 2):
        suite.kill(f"supplementary-{index}", signal.SIGKILL)
    assert suite.post("/v1/settlements", bill(person["id"]), timeout=40).status_code == 201
    for index in (1, 2):
        suite.start_service("supplementary", index)
    suite.wait_ready()


def test_bills_are_settled_while_nobody_writes_messages_or_clears(suite):
    person, away = resident(), ("notification", "clearing")
    suite.put(f"/v1/persons/{person['id']}", person)
    for service in away:
        for index in (1, 2):
            suite.kill(f"{service}-{index}", signal.SIGKILL)
    holding = lambda: {c["name"]: c["holds"] for c in suite.get("/ready").json()["conditions"]}
    assert eventually(lambda: not any(holding()[service] for service in away))
    assert suite.get("/ready").status_code == 200 and [name for name, holds in holding().items() if not holds] == list(away)
    assert suite.post("/v1/settlements", bill(person["id"])).status_code == 201
    answer = suite.get(f"/v1/persons/{person['id']}/messages", timeout=40)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_away") and "notification" in answer.text
    assert suite.get(f"/v1/persons/{person['id']}/overview", timeout=40).json()["missing"] == ["notification"]
    for service in away:
        for index in (1, 2):
            suite.start_service(service, index)
    suite.wait_ready()
    assert all(holding().values())
    assert eventually(lambda: suite.get(f"/v1/persons/{person['id']}/messages").json().get("messages"))  # written late, not never


def test_redis_away_is_said_and_nothing_is_lost(suite):
    person = resident()
    suite.put(f"/v1/persons/{person['id']}", person)
    made = bill(person["id"])
    suite.kill("redis", signal.SIGKILL)
    answer = suite.post("/v1/settlements", made, timeout=40)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_away"), answer.text
    suite.shell("start_redis; wait_ready")
    first = eventually(lambda: (lambda a: a.status_code in (200, 201) and a)(suite.post("/v1/settlements", made, timeout=40)))
    assert first
    suite.kill("redis", signal.SIGKILL)
    suite.shell("start_redis; wait_ready")
    again = eventually(lambda: (lambda a: a.status_code == 200 and a)(suite.post("/v1/settlements", made, timeout=40)))
    assert again.content == first.content
