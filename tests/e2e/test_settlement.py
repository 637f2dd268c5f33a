"""The main job over the real suite: estimate, settle, read, explain, cancel, replay."""

import pytest

from conftest import eventually
from people import bill, employee, fen, fresh, hospital, resident, sums, yuan


@pytest.fixture(scope="module", autouse=True)
def world(suite):
    assert suite.put("/v1/institutions/h3", hospital()).status_code == 200
    assert suite.put("/v1/institutions/h1", hospital("h1", "community")).status_code == 200
    return suite


def enrol(suite, person):
    answer = suite.put(f"/v1/persons/{person['id']}", person)
    assert answer.status_code == 200, answer.text
    return person["id"]


def settle(suite, made, status=201):
    answer = suite.post("/v1/settlements", made)
    assert answer.status_code == status, answer.text
    return answer.json()


def counters(suite, person):
    view = suite.get(f"/v1/persons/{person}/account?on=2023-12-31").json()
    return {c["name"]: c["value"] for c in view.get("counters", [])}


def paid(settlement):
    return {r["benefit"]: r["paid"] for r in settlement.get("results", [])}


def check_identities(s):
    total = fen(s["sums"]["total"])
    assert total == sum(fen(x["amount"]) for x in s["shares"])
    assert total == fen(s["funds"]) + fen(s["personal"])
    own = sum(fen(x["amount"]) for x in s["shares"] if x["payer"] in ("personal_account", "family_account", "cash"))
    assert own == fen(s["personal"])


def test_a_resident_stay_pays_basic_after_the_deductible(suite):
    person = enrol(suite, resident())
    s = settle(suite, bill(person))
    # tertiary: (12 000 - 700) x 60 %
    assert paid(s)["basic.resident.inpatient"] == "6780.00"
    assert s["personal"] == "5220.00"
    assert s["status"] == "settled"
    check_identities(s)


def test_second_stay_halves_the_deductible_and_the_third_has_none(suite):
    person = enrol(suite, resident())
    got = [paid(settle(suite, bill(person, "2000.00")))["basic.resident.inpatient"] for _ in range(3)]
    assert got == ["780.00", "990.00", "1200.00"]


def test_poverty_goes_down_the_ladder(suite):
    person = enrol(suite, resident(recognitions=[{"category": "minimum_living", "from": "2023-01-01"}]))
    s = settle(suite, bill(person, "60000.00"))
    tiers = [r["tier"] for r in s["results"]]
    assert tiers[:3] == ["basic", "critical_illness", "medical_assistance"]
    check_identities(s)


def test_employee_retired_pays_half_of_active(suite):
    active, retired = enrol(suite, employee()), enrol(suite, employee(standing="retired"))
    a, r = settle(suite, bill(active, "9000.00")), settle(suite, bill(retired, "9000.00"))
    # level 3, up to 10 000: 74 % active, 87 % retired; deductible 700
    assert (a["funds"], r["funds"]) == ("6142.00", "7221.00")


def test_personal_account_is_used_as_wished_and_counted(suite):
    person = enrol(suite, employee(account_balance="1000.00", account_year=2023))
    s = settle(suite, bill(person, "9000.00", use_account="800.00"))
    assert {"payer": "personal_account", "amount": "800.00"} in s["shares"]
    s = settle(suite, bill(person, "9000.00", use_account="800.00"))
    assert {"payer": "personal_account", "amount": "200.00"} in s["shares"]
    check_identities(s)
    # the year after has a counter of its own, and no credit: nothing is spent twice
    s = settle(suite, bill(person, "9000.00", use_account="800.00", **{"from": "2024-01-02", "to": "2024-01-09"}))
    assert "personal_account" not in {share["payer"] for share in s["shares"]}
    assert s["entitlement"]["account_balance"] == "0.00"


def test_a_balance_says_its_year(suite):
    for wrong in ({"account_balance": "1000.00"}, {"account_year": 2023}, {"account_balance": "1000.00", "account_year": 23}):
        answer = suite.put("/v1/persons/yearless", employee(id="yearless", **wrong))
        assert (answer.status_code, answer.json()["pointer"]) == (422, "/account_year")


def test_an_assessment_has_a_grade_and_a_period(suite):
    for wrong, pointer in (({"grade": 6, "from": "2023-01-01"}, "/assessments/0/grade"),
                           ({"grade": 3, "from": "2023-01-02", "to": "2023-01-01"}, "/assessments/0/to")):
        answer = suite.put("/v1/persons/assessed", employee(id="assessed", assessments=[wrong]))
        assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)


def test_the_same_request_is_answered_with_the_same_bytes_and_paid_once(suite):
    person = enrol(suite, resident())
    made = bill(person)
    first = suite.post("/v1/settlements", made)
    moved = counters(suite, person)
    again = suite.post("/v1/settlements", made)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert counters(suite, person) == moved


def test_the_same_id_with_another_body_is_refused_and_named(suite):
    person = enrol(suite, resident())
    made = bill(person)
    settle(suite, made)
    other = dict(made, sums=sums("12000.01"))
    answer = suite.post("/v1/settlements", other)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "request_id_reused" and problem["pointer"] == "/sums/total"
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_two_persons_may_bring_the_same_request_id(suite):
    a, b = enrol(suite, resident()), enrol(suite, resident())
    first = settle(suite, bill(a, request_id="same"))
    second = settle(suite, bill(b, request_id="same"))
    assert first["id"] != second["id"]


def test_an_estimate_is_the_settlement_without_the_writing(suite):
    person = enrol(suite, resident())
    made = bill(person, "30000.00")
    before = counters(suite, person)
    estimate = suite.post("/v1/estimates", made)
    assert estimate.status_code == 200, estimate.text
    assert counters(suite, person) == before
    s = settle(suite, made)
    e = estimate.json()
    for member in ("results", "shares", "funds", "personal", "in_policy_burden", "sums"):
        assert e[member] == s[member]
    assert e["status"] == "estimated"
    assert suite.get(f"/v1/settlements/{e['id']}").json()["status"] == "settled"


def test_cancel_restores_every_counter_exactly(suite):
    person = enrol(suite, resident(recognitions=[{"category": "minimum_living", "from": "2023-01-01"}]))
    settle(suite, bill(person, "40000.00"))
    before = counters(suite, person)
    s = settle(suite, bill(person, "50000.00"))
    assert counters(suite, person) != before
    cancel = {"request_id": fresh("c"), "reason": "开错账单"}
    first = suite.post(f"/v1/settlements/{s['id']}/cancel", cancel)
    assert first.status_code == 200, first.text
    assert first.json()["status"] == "cancelled"
    assert counters(suite, person) == before
    assert suite.post(f"/v1/settlements/{s['id']}/cancel", cancel).content == first.content
    other = suite.post(f"/v1/settlements/{s['id']}/cancel", {"request_id": fresh("c")})
    assert (other.status_code, other.json()["code"]) == (409, "already_cancelled")
    again = settle(suite, bill(person, "50000.00"))
    assert paid(again) == paid(s)


def test_a_settlement_under_a_later_one_is_not_cancelled(suite):
    person = enrol(suite, resident())
    first = settle(suite, bill(person))
    later = settle(suite, bill(person))
    answer = suite.post(f"/v1/settlements/{first['id']}/cancel", {"request_id": fresh("c")})
    assert (answer.status_code, answer.json()["code"]) == (409, "later_settlement")
    assert later["id"] in answer.json()["detail"]


def test_nor_is_one_whose_cap_a_later_one_met_used_up(suite):
    """The later one moves no counter and is paid nothing, and would have been paid without the first."""
    person = enrol(suite, resident())
    suite.put("/v1/institutions/h1", hospital("h1", "primary"))
    visit = lambda amount: settle(suite, bill(person, amount, setting="outpatient", institution="h1", to="2023-05-01"))
    first = visit("2050.00")
    later = visit("500.00")
    assert fen(first["funds"]) > 0 and fen(later["funds"]) == 0 and not later.get("moves")
    answer = suite.post(f"/v1/settlements/{first['id']}/cancel", {"request_id": fresh("c")})
    assert (answer.status_code, answer.json()["code"]) == (409, "later_settlement") and later["id"] in answer.json()["detail"]
    for one in (later, first):
        assert suite.post(f"/v1/settlements/{one['id']}/cancel", {"request_id": fresh("c")}).status_code == 200


def test_nor_is_one_that_a_later_one_of_the_family_stands_on(suite):
    """The mother's bill takes the family's deductible; the father is paid because nothing of it is left."""
    mother, father = enrol(suite, employee()), enrol(suite, employee())
    contract = {"id": fresh("q"), "product": "cn.shandong.zibo.qihuibao-2023", "from": "2024-01-01", "to": "2024-12-31",
                "members": [{"person": mother}, {"person": father}]}
    suite.put(f"/v1/contracts/{contract['id']}", contract)
    days = {"from": "2024-05-01", "to": "2024-05-09"}
    own = lambda person, amount: settle(suite, bill(person, sums=sums("0.00", own_expense=amount), **days))
    first, later = own(mother, "20000.00"), own(father, "10000.00")
    assert fen(first["funds"]) == 0 and fen(later["funds"]) > 0
    assert first["contracts"] == later["contracts"] == [contract["id"]]
    cancel = lambda one: suite.post(f"/v1/settlements/{one['id']}/cancel", {"request_id": "c-" + one["id"]})
    answer = cancel(first)
    assert (answer.status_code, answer.json()["code"]) == (409, "later_settlement") and later["id"] in answer.json()["detail"]
    assert [cancel(one).status_code for one in (later, first)] == [200, 200]
    assert fen(own(father, "10000.00")["funds"]) == 0


def test_explanation_has_the_arithmetic_in_both_languages(suite):
    person = enrol(suite, resident())
    s = settle(suite, bill(person))
    e = suite.get(f"/v1/settlements/{s['id']}/explanation").json()
    step = next(x for x in e["steps"] if x.get("benefit") == "basic.resident.inpatient")
    assert "60%" in step["formula"]["zh"] and "6,780.00" in step["formula"]["zh"] and "60%" in step["formula"]["en"]
    assert any(": " in source for source in step["source"])  # quoted, where the settlement has marks
    marks = next(r for r in s["results"] if r["benefit"] == "basic.resident.inpatient")["source"]
    assert len(marks) == len(step["source"]) and not any(": " in mark for mark in marks)
    slip = suite.get(f"/v1/settlements/{s['id']}/explanation?lang=zh", headers={"Accept": "text/plain"})
    assert slip.headers["content-type"].startswith("text/plain") and "6,780.00" in slip.text


def test_an_estimate_can_be_printed_as_a_slip(suite):
    person = enrol(suite, resident())
    made, before = bill(person), counters(suite, person)
    ask = lambda query="", accept="text/plain": suite.post(f"/v1/estimates{query}", made, headers={"Accept": accept})
    chinese, english, both = ask(), ask("?lang=en"), ask("?lang=both")
    for slip in (chinese, english, both):
        assert slip.status_code == 200 and slip.headers["content-type"].startswith("text/plain"), slip.text
        assert "6,780.00" in slip.text and "5,220.00" in slip.text
    assert "起付线" in chinese.text and "起付线" not in english.text.split("How it was computed")[1].split("Source")[0]
    assert "deductible" in english.text and "deductible" in both.text and "起付线" in both.text
    refused = ask("?lang=fr")
    assert refused.status_code == 400 and "zh, en or both" in refused.json()["detail"]
    assert ask(accept="application/json").json()["status"] == "estimated"
    assert ask(accept="image/png").status_code == 406
    assert counters(suite, person) == before


def test_lines_are_split_by_the_catalogue(suite):
    person = enrol(suite, resident())
    lines = [
        {"item": "not-listed", "quantity": "2", "unit_price": "150.25", "amount": "300.50"},
        {"item": "not-listed", "quantity": "1.5", "unit_price": "3.3333", "amount": "5.00"},
    ]
    s = settle(suite, bill(person, lines=lines))
    assert s["sums"]["own_expense"] == "305.50" and s["personal"] == "305.50"
    check_identities(s)


def test_an_encounter_collects_lines_and_is_settled_once(suite):
    person, encounter = enrol(suite, resident()), fresh("e")
    opened = {"id": encounter, "person": person, "institution": "h3", "setting": "inpatient", "from": "2023-05-01"}
    assert suite.post("/v1/encounters", opened).status_code in (200, 201)
    line = {"item": "x1", "quantity": "1", "unit_price": "100", "amount": "100.00"}
    add = lambda number, l: suite.post(f"/v1/encounters/{encounter}/lines", {"lines": [{"number": number, "line": l}]})
    assert add(1, line).status_code == 200
    assert add(1, line).status_code == 200
    assert add(2, dict(line, item="x2")).status_code == 200
    changed = add(2, dict(line, item="x3"))
    assert (changed.status_code, changed.json()["code"]) == (409, "request_id_reused")
    made = bill(person, encounter=encounter)
    first = suite.post("/v1/settlements", made)
    assert first.status_code == 201, first.text
    assert first.json()["sums"]["total"] == "200.00"
    assert suite.post("/v1/settlements", made).content == first.content
    twice = suite.post("/v1/settlements", bill(person, encounter=encounter))
    assert (twice.status_code, twice.json()["pointer"]) == (409, "/request_id")
    assert add(3, line).status_code == 422


def test_messages_reach_the_person(suite):
    person = enrol(suite, resident())
    s = settle(suite, bill(person))
    box = eventually(lambda: suite.get(f"/v1/persons/{person}/messages").json().get("messages"))
    assert [m["settlement"] for m in box] == [s["id"]]
    assert "12,000.00" in box[0]["zh"] and "5,220.00" in box[0]["zh"] and "5,220.00" in box[0]["en"]
    assert suite.post(f"/v1/settlements/{s['id']}/cancel", {"request_id": fresh("c")}).status_code == 200
    box = eventually(lambda: (lambda m: len(m) == 2 and m)(suite.get(f"/v1/persons/{person}/messages").json()["messages"]))
    assert box and box[0]["kind"] == "cancelled"


def test_overview_asks_everybody(suite):
    person = enrol(suite, resident())
    s = settle(suite, bill(person))
    view = suite.get(f"/v1/persons/{person}/overview?on=2023-12-31").json()
    assert view["record"]["id"] == person and not view.get("missing")
    assert view["settlements"]["rows"][0]["id"] == s["id"]
    assert view["account"]["version"] == 1


def test_remote_care_is_cleared_between_cities(suite):
    suite.put("/v1/institutions/away", hospital("away", city="370100"))
    person = enrol(suite, resident())
    s = settle(suite, bill(person, institution="away"))
    assert fen(s["remote_first_pay"]) == 120000  # 10 % of 12 000 first, seed of 2022
    month = s["settled"][:7].replace("-", "")
    rows = eventually(lambda: suite.get(f"/v1/clearing/balances?month={month}").json().get("rows"))
    assert sum(fen(r["amount"]) for r in rows if r["care_city"] == "370100") == fen(s["funds"])


def test_policies_can_be_listed_and_read(suite):
    packs = {p["pack"] for p in suite.get("/v1/policies").json()["packs"]}
    assert {"cn.shandong", "cn.shandong.zibo", "cn.shandong.zaozhuang.shizhong", "cn.guangxi.baise"} <= packs
    pack = suite.get("/v1/policies/cn.shandong.zibo?on=2023-05-01").json()
    assert any(b["id"] == "basic.resident.inpatient" for b in pack["benefits"])


def test_the_contract_describes_itself(suite):
    api = suite.get("/openapi.json").json()
    assert "/v1/settlements" in api["paths"] and "Bill" in api["components"]["schemas"]
    assert suite.get("/live").status_code == 200
    assert suite.get("/ready").status_code == 200
    assert "yz_" in suite.get("/metrics").text


def test_data_outlives_a_restart(suite):
    person = enrol(suite, resident())
    made = bill(person)
    first = suite.post("/v1/settlements", made)
    suite.shell("for f in $YZ_DATA/run/*.pid; do stop_one $(basename $f .pid); done")
    suite.http.close()
    suite.start()
    assert suite.post("/v1/settlements", made).content == first.content
