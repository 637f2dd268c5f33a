"""yz settle --sorted: sorted tables, family by family, in any number of processes; what is out of place is refused."""

import csv
import io
import re
import subprocess

import pytest

from test_offline import ROOT, YZ, yz

PERSON = "resident,adult,cn.shandong.zibo,2023-01-01"
PERSONS = "id,name,born,coverages/0/scheme,coverages/0/standing,coverages/0/pack,coverages/0/from\n"
CONTRACTS = "id,product,from,to,members/0/person,members/1/person\n"
BILLS = "request_id,person,institution,setting,from,sums/total,sums/own_expense,sums/over_limit,sums/first_pay,sums/in_policy\n"


def person(id, born="1980-01-01"):
    return f"{id},甲,{born},{PERSON}\n"


def contract(id, *members):
    return f"{id},cn.shandong.zibo.qihuibao-2022,2023-01-01,2023-12-31,{','.join((*members, '', '')[:2])}\n"


def bill(id, person, amount="60000.00", day="2023-05-01"):
    return f"{id},{person},h3,inpatient,{day},{amount},0,0,0,{amount}\n"


@pytest.fixture
def tables(tmp_path):
    def write(persons, contracts, bills):
        (tmp_path / "institutions.csv").write_text("id,name,level,city\nh3,市中心医院,tertiary,370300\n")
        for name, text in (("persons", PERSONS + persons), ("contracts", CONTRACTS + contracts), ("bills", BILLS + bills)):
            (tmp_path / f"{name}.csv").write_text(text)
        return [option for name in ("persons", "contracts", "institutions") for option in (f"--{name}", tmp_path / f"{name}.csv")] + [tmp_path / "bills.csv"]

    return write


def settled(text):
    return {row["request_id"]: row for row in csv.DictReader(io.StringIO(text))}


def refusals(errors):
    """file:line -> code."""
    return {m[1]: m[2] for m in re.finditer(r"^\S*/([\w.]+:\d+): (\w+)", errors, re.M)}


def test_families_share_and_others_are_forgotten(tables):
    # p2 and p4 share a contract: p3 between them is in their group, and the family's deductible is met by p2
    files = tables("".join(person(f"p{i}") for i in range(1, 6)), contract("c", "p2", "p4"),
                   bill("1", "p1") + bill("2", "p2") + bill("3", "p4") + bill("4", "p3") + bill("5", "p5"))
    plain = yz("settle", *files).stdout
    for jobs in (1, 2, 3, 7):
        assert yz("settle", "--sorted", "--jobs", jobs, *files).stdout == plain
    rows = settled(plain)
    insurer = {id: float(row["commercial_insurer"]) for id, row in rows.items()}
    assert insurer["3"] > insurer["2"] > 0 and insurer["1"] == insurer["4"] == insurer["5"] == 0


def test_what_is_out_of_order_is_refused_and_the_others_go_on(tables):
    files = tables(person("p1") + person("p3") + person("p2") + person("p4") + person("p4"), contract("c", "p9"),
                   bill("1", "p1") + bill("2", "p3") + bill("3", "p1") + bill("4", "p2") + "5,\"p\n")
    for jobs in (1, 3):
        done = yz("settle", "--sorted", "--jobs", jobs, *files, status=1)
        # p2's own row was refused, so its bill is of nobody
        assert refusals(done.stderr) == {"persons.csv:4": "INVALID", "persons.csv:6": "INVALID", "bills.csv:4": "INVALID",
                                         "bills.csv:5": "UNKNOWN_PERSON", "bills.csv:6": "MALFORMED"}
        rows = settled(done.stdout)
        assert set(rows) == {"1", "2", "4"} and rows["4"]["problem"] == "UNKNOWN_PERSON"


def test_a_bill_of_nobody_and_a_bad_record_are_named(tables):
    files = tables(person("p1") + person("p2", "1980-13-01") + person("p3"), contract("c", "p3", "p 4"),
                   bill("1", "p0") + bill("2", "p1") + bill("3", "p2") + bill("4", "p3", "-1"))
    done = yz("settle", "--sorted", "--jobs", 2, *files, status=1)
    assert refusals(done.stderr) == {"bills.csv:2": "UNKNOWN_PERSON", "persons.csv:3": "MALFORMED", "contracts.csv:2": "INVALID",
                                     "bills.csv:4": "UNKNOWN_PERSON", "bills.csv:5": "INVALID"}
    assert "/born" in done.stderr and "/members/1" in done.stderr
    assert settled(done.stdout)["2"]["problem"] == ""


def test_totals_count_what_was_settled_and_refused(tables):
    files = tables(person("p1"), "", bill("1", "p1") + bill("2", "p1", "0"))
    for options in ((), ("--sorted",), ("--sorted", "--jobs", 2)):
        done = yz("settle", "--totals", *options, *files, status=1)
        rows = {(r["setting"], r["kind"], r["name"]): (r["times"], r["amount"]) for r in csv.DictReader(io.StringIO(done.stdout))}
        assert rows["inpatient", "bills", "settled"] == ("1", "") and rows["inpatient", "bills", "refused"] == ("1", "")
        assert rows["inpatient", "sum", "total"] == ("1", "60000.00")
        # (60 000 - 700) x 60 %
        assert rows["inpatient", "tier", "basic"] == rows["inpatient", "benefit", "basic.resident.inpatient"] == ("1", "35580.00")


@pytest.mark.parametrize("wrong", [["--jobs", "2"], ["--sorted", "--jobs", "0"], ["--sorted", "--jobs", "x"], ["--sorted"]])
def test_wrong_usage_is_told(tables, wrong):
    files = tables(person("p1"), "", bill("1", "p1"))
    if wrong == ["--sorted"]:
        files = files[-1:]  # without people there is nothing to go by
    assert "usage" in yz("settle", *wrong, *files, status=2).stderr


def test_a_table_that_is_not_there_fails(tables, tmp_path):
    files = tables(person("p1"), "", bill("1", "p1"))
    (tmp_path / "bills.csv").unlink()
    for jobs in (1, 2):
        done = subprocess.run([str(YZ), "settle", "--sorted", "--jobs", str(jobs), *map(str, files)], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 1 and "bills.csv" in done.stderr
