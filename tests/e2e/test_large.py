"""The largest bills there may be, many of them for one person: whatever reads them has the memory of one."""

import pytest

from conftest import Suite, eventually
from people import fresh, hospital, resident

LINES, BILLS = 2000, 40
NAME = "住院诊查费（日）普通病房" * 8  # near the most that 2 000 lines may have in one request


@pytest.fixture(scope="module", params=["apart", "together"])
def person(request, tmp_path_factory):
    suite = Suite(tmp_path_factory.mktemp("large") / "suite", together=request.param == "together")
    suite.env["YZ_OVERVIEW_MS"] = "10000"  # not what is looked at
    try:
        suite.start()
        suite.put("/v1/institutions/h3", hospital())
        id = fresh("large")
        assert suite.put(f"/v1/persons/{id}", resident(id)).status_code == 200
        line = {"item": "F1102005", "name": NAME, "quantity": "1", "unit_price": "20", "amount": "20.00"}
        for i in range(BILLS):
            day = f"2023-{4 + i // 28:02d}-{1 + i % 28:02d}"
            made = suite.post("/v1/settlements", {
                "request_id": fresh("large"), "person": id, "institution": "h3", "setting": "inpatient",
                "from": day, "to": day, "lines": [line] * LINES})
            assert made.status_code == 201, made.text[:300]
        last = made.json()["id"]
        yield suite, id, last
    finally:
        suite.stop()


def test_messages_and_overview_are_answered(person):
    suite, id, last = person

    def messages():
        answer = suite.get(f"/v1/persons/{id}/messages")
        assert answer.status_code == 200, answer.text[:300]
        return answer.json().get("messages", [])

    assert eventually(lambda: len(messages()) == BILLS)
    overview = suite.get(f"/v1/persons/{id}/overview?on=2023-12-31")
    assert overview.status_code == 200, overview.text[:300]
    assert "missing" not in overview.json()
    assert len(overview.json()["settlements"]["rows"]) == BILLS
    assert overview.json()["settlements"]["rows"][0]["id"] == last
    assert suite.get("/ready").status_code == 200


def test_a_large_settlement_is_cancelled(person):
    suite, id, last = person
    cancel = suite.post(f"/v1/settlements/{last}/cancel", {"request_id": fresh("c"), "reason": "x"})
    assert cancel.status_code == 200, cancel.text[:300]
    assert suite.get(f"/v1/settlements/{last}").json()["status"] == "cancelled"
