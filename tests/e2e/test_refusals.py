"""Bad input gets its own clear error, and nothing half-done stays."""

import copy
import json
import socket

import pytest

from people import bill, fresh, hospital, resident, sums


@pytest.fixture(scope="module", autouse=True)
def world(suite):
    suite.put("/v1/institutions/h3", hospital())
    suite.put("/v1/institutions/closed", hospital("closed", suspensions=[{"from": "2023-05-01", "reason": "违规"}]))
    suite.put("/v1/persons/known", resident("known"))
    suite.put("/v1/persons/late", resident("late", coverages=[{
        "scheme": "resident", "standing": "adult", "pack": "cn.shandong.zibo", "from": "2023-03-10", "to": "2023-12-31",
        "paid": "2023-03-10", "late": True}]))
    suite.put("/v1/persons/elsewhere", resident("elsewhere", coverages=[{
        "scheme": "resident", "standing": "adult", "pack": "cn.nowhere", "from": "2023-01-01"}]))
    return suite


def change(path, value):
    def apply(made):
        *way, last = path
        at = made
        for step in way:
            at = at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return apply


LINE = {"item": "a", "quantity": "1", "unit_price": "10", "amount": "10.00"}


def lines(*made):
    def apply(b):
        del b["sums"]
        b["lines"] = [dict(LINE, **x) for x in made]
    return apply


CASES = [
    ("unknown person", change(["person"], "nobody"), 404, "unknown_person", "/person"),
    ("unknown institution", change(["institution"], "nowhere"), 404, "unknown_institution", "/institution"),
    ("unknown city", change(["person"], "elsewhere"), 422, "unknown_policy", None),
    ("no pack on that day", lambda b: b.update({"from": "2019-05-01", "to": "2019-05-02"}), 422, "not_covered", None),
    ("suspended institution", change(["institution"], "closed"), 422, "institution_suspended", "/institution"),
    ("not covered on the day", lambda b: b.update({"from": "2022-12-01", "to": "2022-12-05"}), 422, "not_covered", None),
    ("waiting period", change(["person"], "late"), 422, "waiting_period", None),
    ("negative amount", change(["sums", "in_policy"], "-1.00"), 422, "invalid", "/sums/in_policy"),
    ("absurd amount", change(["sums"], sums("99999999999999.00")), 400, "malformed", "/sums/total"),
    ("sums that do not add up", change(["sums", "total"], "1.00"), 422, "invalid", "/sums/total"),
    ("lines that do not add up", lines({}, {"amount": "10.01"}), 422, "invalid", "/lines/1/amount"),
    ("a line of a day outside the stay", lines({"on": "2023-06-01"}), 422, "invalid", "/lines/0/on"),
    ("nothing billed", change(["sums"], sums("0.00")), 422, "invalid", "/sums/total"),
    ("money as a number", change(["sums", "in_policy"], 12000), 400, "malformed", "/sums/in_policy"),
    ("three decimals", change(["sums", "in_policy"], "1.234"), 400, "malformed", "/sums/in_policy"),
    ("an unknown member", change(["colour"], "red"), 400, "malformed", "/colour"),
    ("a missing member", change(["setting"], None), 400, "malformed", "/setting"),
    ("an unknown setting", change(["setting"], "spa"), 400, "malformed", "/setting"),
    ("a day that is none", change(["to"], "2023-02-30"), 400, "malformed", "/to"),
    ("dates reversed", change(["to"], "2023-04-01"), 422, "invalid", "/to"),
    ("an id with a blank", change(["request_id"], "a b"), 422, "invalid", "/request_id"),
    ("an id that is too long", change(["request_id"], "x" * 65), 422, "invalid", "/request_id"),
    ("a caller that would take a stay's settlement", change(["caller"], "encounter"), 422, "invalid", "/caller"),
    ("an institution that would", change(["institution"], "encounter"), 422, "invalid", "/institution"),
    ("neither lines nor sums", change(["sums"], None), 422, "invalid", None),
    ("lines and sums", change(["lines"], [LINE]), 422, "invalid", None),
    ("chronic care without a registration", change(["setting"], "chronic"), 422, "invalid", "/disease"),
    ("a disease that is not registered", lambda b: b.update(setting="chronic", disease="M01600"), 422, "not_registered", "/disease"),
    ("too many lines", lines(*[{}] * 2001), 400, "malformed", "/lines"),
    ("a text that is too long", change(["diagnosis"], "长" * 200), 400, "malformed", "/diagnosis"),
]


@pytest.mark.parametrize("name,apply,status,code,pointer", CASES, ids=[c[0].replace(" ", "-") for c in CASES])
@pytest.mark.parametrize("route", ["/v1/settlements", "/v1/estimates"])
def test_refused(suite, route, name, apply, status, code, pointer):
    keys = suite.redis().dbsize()
    made = copy.deepcopy(bill("known"))
    apply(made)
    answer = suite.post(route, made)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert problem["detail"] and problem["remedy"]
    if code:
        assert problem["code"] == code
    if pointer:
        assert problem["pointer"] == pointer
    assert suite.redis().dbsize() == keys


def test_limits_are_said(suite):
    """Whoever sends too much is told how much is allowed."""
    limits = suite.get("/openapi.json").json()["info"]["x-limits"]
    made = bill("known")
    lines(*[{}] * (limits["lines"] + 1))(made)
    assert str(limits["lines"]) in suite.post("/v1/settlements", made).json()["detail"]
    assert str(limits["id_bytes"]) in suite.post("/v1/settlements", bill("known", request_id="x" * 65)).json()["detail"]
    assert str(limits["text_bytes"]) in suite.post("/v1/settlements", bill("known", diagnosis="x" * 513)).json()["detail"]


@pytest.mark.parametrize("body", ['', '{', '[]', '{"a":1,"a":2}', 'null', '"x"', '{"request_id":"\\u0000"}', "{" * 100, '\xff'])
def test_not_json(suite, body):
    answer = suite.post("/v1/settlements", body.encode("latin-1"))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def raw(suite, text, shut=False):
    with socket.create_connection(("127.0.0.1", int(suite.env["YZ_HTTP_PORT"])), timeout=10) as s:
        s.sendall(text)
        if shut:
            s.shutdown(socket.SHUT_WR)
        got = b""
        while True:
            try:
                more = s.recv(65536)
            except ConnectionResetError:
                return got
            if not more:
                return got
            got += more


def test_truncated_request_is_dropped(suite):
    keys = suite.redis().dbsize()
    body = json.dumps(bill("known")).encode()
    head = b"POST /v1/settlements HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    raw(suite, head + body[:-10], shut=True)
    assert suite.redis().dbsize() == keys


def test_oversized_request_is_refused_before_it_is_read(suite):
    got = raw(suite, b"POST /v1/settlements HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413")


def test_unknown_routes_and_methods(suite):
    assert suite.get("/v1/nothing").status_code == 404
    answer = suite.call("DELETE", "/v1/settlements")
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]
    assert suite.get("/v1/settlements/S0000").status_code == 404
    assert suite.get("/v1/settlements/S" + "0" * 30).status_code == 404


@pytest.mark.parametrize("path", [
    "/v1/persons/known/account?on=2023-05-01%", "/v1/persons/known/overview?x=1&on=%zz", "/v1/policies/cn.shandong.zibo?on=2023-05-0%001"])
def test_a_broken_parameter_is_not_an_absent_one(suite, path):
    got = raw(suite, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 400"), got
    problem = json.loads(got.partition(b"\r\n\r\n")[2])
    assert problem["code"] == "malformed" and problem["detail"].startswith("parameter on: ")


def test_stale_record(suite):
    person = resident()
    first = suite.put(f"/v1/persons/{person['id']}", person).json()
    assert suite.put(f"/v1/persons/{person['id']}", dict(first, name="王五")).status_code == 200
    answer = suite.put(f"/v1/persons/{person['id']}", dict(first, name="赵六"))
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")


def test_the_path_names_the_record(suite):
    answer = suite.put("/v1/persons/a1", resident("b1"))
    assert answer.status_code in (400, 422) and answer.json()["pointer"] == "/id"


def test_two_coverages_on_one_day(suite):
    c = {"scheme": "resident", "standing": "adult", "pack": "cn.shandong.zibo", "from": "2023-01-01"}
    answer = suite.put("/v1/persons/two", resident("two", coverages=[c, c]))
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/coverages/1")
