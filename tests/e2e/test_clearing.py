"""What cities owe each other: a pooling area is a city, whichever of its districts gave the care."""

import os
import subprocess

import pytest

from conftest import ROOT, eventually
from people import bill, fen, fresh, hospital, resident

YZ = os.path.join(os.environ.get("YZ_BIN", ROOT / "build" / "release" / "bin"), "yz")


def settled_in(suite, city):
    """A person of Zibo is treated in `city`: the month, and what the funds paid."""
    institution, person = fresh("c"), resident()
    assert suite.put(f"/v1/institutions/{institution}", hospital(institution, city=city)).status_code == 200
    assert suite.put(f"/v1/persons/{person['id']}", person).status_code == 200
    made = suite.post("/v1/settlements", bill(person["id"], institution=institution))
    assert made.status_code == 201, made.text
    return made.json()["settled"][:7].replace("-", ""), fen(made.json()["funds"])


def balances(suite, month):
    sums = {}
    for row in suite.get(f"/v1/clearing/balances?month={month}").json().get("rows", []):
        key = row["insured_city"], row["care_city"]
        sums[key] = sums.get(key, 0) + fen(row["amount"])
    return sums


def audit(suite):
    done = subprocess.run([YZ, "audit", "--redis", f"redis://127.0.0.1:{suite.env['YZ_REDIS_PORT']}"], stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def month(suite):
    return settled_in(suite, "370303")[0]  # at home, in a district


def test_districts_of_one_city_are_one_creditor(suite, month):
    settled_in(suite, "370300")
    paid = settled_in(suite, "310101")[1] + settled_in(suite, "310104")[1]
    other = settled_in(suite, "370102")[1]
    assert eventually(lambda: balances(suite, month) == {("370300", "310000"): paid, ("370300", "370100"): other}), balances(suite, month)
    assert eventually(lambda: audit(suite)[0] == 0), audit(suite)  # its notices come a moment later


def test_balances_are_made_anew_from_the_journal(suite, month):
    """As ops/decisions.md tells: without balances, memory of entries and cursors, clearing reads the journal from its beginning."""
    settled_in(suite, "440103")
    right = eventually(lambda: (lambda sums: ("370300", "440100") in sums and sums)(balances(suite, month)))
    redis = suite.redis()
    wrong = next(redis.scan_iter(match="{b*}:clearing:*"))
    redis.hincrby(wrong, "370300 370303 1 fen", 100)  # as it was kept before
    assert ("370300", "370303") in balances(suite, month)
    code, said = audit(suite)
    assert code == 1 and "370300 370303 1 fen is 100, by the journal 0" in said, said
    suite.shell("stop_one clearing-1")
    for pattern in ("{b*}:clearing:*", "{b*}:cleared", "{b*}:cursor:clearing"):
        for key in list(redis.scan_iter(match=pattern)):
            redis.delete(key)
    suite.start_service("clearing")
    suite.wait_ready()
    assert eventually(lambda: balances(suite, month) == right, within_s=20)
    assert eventually(lambda: audit(suite)[0] == 0), audit(suite)  # its notices come a moment later
