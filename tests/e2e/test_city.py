"""A small city's year: made, settled offline in every way, and online to the same fen (tests/bench/city.py)."""

import csv
import sys
from collections import Counter

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests/bench"))
import city  # noqa: E402

RESIDENTS = 2000
TABLES = ("persons.csv", "contracts.csv", "institutions.csv", "bills.csv")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    return folder, city.generate(folder, RESIDENTS, 7)


def test_the_same_seed_makes_the_same_city(made, tmp_path):
    folder, counts = made
    assert city.generate(tmp_path / "again", RESIDENTS, 7) == counts
    assert all((tmp_path / "again" / t).read_bytes() == (folder / t).read_bytes() for t in TABLES)
    city.generate(tmp_path / "other", RESIDENTS, 8)
    assert (tmp_path / "other/bills.csv").read_bytes() != (folder / "bills.csv").read_bytes()
    # fewer residents are the first of more: all but the last family, which is cut
    city.generate(tmp_path / "part", 500, 7)
    part = (tmp_path / "part/persons.csv").read_bytes()
    assert part == (folder / "persons.csv").read_bytes()[: len(part)]
    lines = (tmp_path / "part/bills.csv").read_text().splitlines()[:-50]
    assert lines == (folder / "bills.csv").read_text().splitlines()[: len(lines)]


def test_the_city_is_what_it_says(made):
    folder, counts = made
    with open(folder / "bills.csv", newline="") as table:
        bills = list(csv.DictReader(table))
    assert len(bills) == counts["bills"] and counts["residents"] == RESIDENTS
    by_setting = Counter(b["setting"] for b in bills)
    assert by_setting["inpatient"] == counts["inpatient_bills"] + counts["serious_bills"]
    for b in bills:
        parts = [city.fen(b[f"sums/{p}"]) for p in ("own_expense", "over_limit", "first_pay", "in_policy")]
        assert sum(parts) == city.fen(b["sums/total"]) > 0 and min(parts) >= 0
        assert b["from"] <= b["to"] <= "2023-12-31"


def test_offline_is_the_same_in_every_way_and_adds_up(made, tmp_path):
    folder, counts = made
    city.settle(folder, tmp_path / "one.csv")
    for jobs in ("2", "5"):
        city.settle(folder, tmp_path / "more.csv", "--jobs", jobs)
        assert (tmp_path / "more.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    city.settle(folder, tmp_path / "totals.csv", "--totals", "--jobs", "2")
    totals = city.Totals(tmp_path / "totals.csv")
    with open(tmp_path / "one.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == counts["bills"] and not any(r["problem"] for r in rows)
    payers = [name for name in rows[0] if name in {n for _, k, n in totals if k == "payer"}]
    assert set(city.PAYERS) <= set(payers)
    for r in rows:
        assert sum(city.fen(r[p]) for p in payers) == city.fen(r["total"]) == city.fen(r["funds"]) + city.fen(r["personal"])
    for p in payers:
        assert totals.amount(None, "payer", p) == sum(city.fen(r[p]) for r in rows)
        assert totals.times(None, "payer", p) == sum(city.fen(r[p]) > 0 for r in rows)
    funds = sum(totals.amount(None, "tier", n) for n in {n for _, k, n in totals if k == "tier"})
    assert funds == totals.amount(None, "sum", "funds") == sum(v[1] for (_, k, _), v in totals.items() if k == "benefit")


def test_online_settles_as_offline(suite, made, tmp_path, monkeypatch):
    folder, counts = made
    city.settle(folder, tmp_path / "offline.csv")
    city.send_table(suite, "--institutions", folder / "institutions.csv", 1)
    city.send_table(suite, "--persons", folder / "persons.csv", city.SENDERS)
    city.send_table(suite, "--contracts", folder / "contracts.csv", city.SENDERS)
    monkeypatch.setattr(city, "BILLS_AT_ONCE", counts["bills"] // 3)
    assert [n for n, _ in city.slices(folder)][2:]  # more than two
    _, bills = city.settle_online(suite, folder, tmp_path / "offline.csv")  # holds each bill against the table
    assert bills == counts["bills"]
    with open(tmp_path / "offline.csv", newline="") as table:
        assert sum(city.fen(row["commercial_insurer"]) for row in csv.DictReader(table)) > 0
