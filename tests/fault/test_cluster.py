"""What the durability level `cluster` says is also at a replica: here the replicas stand still."""

import sys
import time
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from house import House, MASTERS

REPLICAS = [f"redis-{MASTERS + i + 1}" for i in range(MASTERS)]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YZ_DEADLINE_MS", "1000")  # what gets no replica is tried until then
        yield from a_house(tmp_path_factory)


def a_house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("cluster") / "house", "cluster")
    try:
        house.start()
        assert call(house, "PUT", "/v1/institutions/h3", {"id": "h3", "name": "h3", "level": "tertiary", "city": "370300"}).ok
        coverage = {"scheme": "resident", "standing": "adult", "pack": "cn.shandong.zibo", "from": "2024-01-01"}
        assert call(house, "PUT", "/v1/persons/p", {"id": "p", "name": "王五", "born": "1970-03-05", "coverages": [coverage]}).ok
        yield house
    finally:
        house.end()


def call(house, method, path, body):
    return requests.request(method, house.bases[0] + path, json=body, timeout=20)


def insist(house, path, body):
    end = time.monotonic() + 20
    while True:
        answer = call(house, "POST", path, body)
        if answer.ok or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def test_lines_of_a_stay_are_not_taken_before_a_replica_has_them(house):
    """Also where the lines are only found: an earlier attempt has written them, and said that no replica has them."""
    opened = {"id": "E1", "person": "p", "institution": "h3", "setting": "inpatient", "from": "2024-02-01"}
    assert call(house, "POST", "/v1/encounters", opened).ok
    lines = {"lines": [{"number": 1, "line": {"item": "x1", "quantity": "1", "unit_price": "100", "amount": "100.00"}}]}
    for name in REPLICAS:
        house.processes[name].stop()
    answers = [call(house, "POST", "/v1/encounters/E1/lines", lines) for _ in range(3)]
    for name in REPLICAS:
        house.processes[name].go_on()
    assert [answer.status_code for answer in answers] == [503] * 3, answers[-1].text
    answer = insist(house, "/v1/encounters/E1/lines", lines)
    assert answer.ok and len(answer.json()["lines"]) == 1, answer.text


def test_nothing_is_done_before_a_replica_has_it(house):
    """Also what an earlier attempt has written and this one only finds."""
    sums = {"total": "9000.00", "in_policy": "9000.00", "first_pay": "0.00", "over_limit": "0.00", "own_expense": "0.00"}
    bill = {"request_id": "r1", "person": "p", "institution": "h3", "setting": "inpatient", "from": "2024-03-01", "to": "2024-03-09", "sums": sums}
    path, body = "/v1/settlements", bill
    for done in ("settled", "cancelled"):
        for name in REPLICAS:
            house.processes[name].stop()
        answers = [call(house, "POST", path, body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503] * 3, answers[-1].text
        for name in REPLICAS:
            house.processes[name].go_on()
        answer = insist(house, path, body)
        assert answer.json()["status"] == done, answer.text
        assert call(house, "POST", path, body).content == answer.content
        path, body = f"/v1/settlements/{answer.json()['id']}/cancel", {"request_id": "c1"}
