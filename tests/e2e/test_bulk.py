"""People, institutions, contracts and bills by table, to a running suite."""

import csv
import subprocess

from conftest import ROOT

YZ = ROOT / "build/release/bin/yz"
BULK = ROOT / "ops/demo/bulk"


def send(suite, *arguments, status=0):
    done = subprocess.run([YZ, "send", "--to", suite.base, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def rows(path):
    with open(path, newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


def books(suite):
    """Keys of what is written before it is answered; messages and cursors follow in their own time."""
    return {key for key in suite.redis().scan_iter() if key.split(b":")[1] in (b"person", b"institution", b"acc", b"plist", b"settle", b"journal")}


def test_tables_are_sent_and_nothing_is_lost(suite):
    tables = ("--persons", BULK / "persons.csv", "--institutions", BULK / "institutions.csv", BULK / "bills.csv")
    first = send(suite, *tables, status=1)
    for row in rows(BULK / "persons.csv"):
        record = suite.get(f"/v1/persons/{row['id']}").json()
        assert (record["name"], record["born"]) == (row["name"], row["born"])
    for row in rows(BULK / "institutions.csv"):
        assert suite.get(f"/v1/institutions/{row['id']}").json()["name"] == row["name"]
    sent = dict(line.split() for line in first.stdout.splitlines())
    # two lines are wrong on purpose: they are named with what to do, and the others go on
    bills = rows(BULK / "bills.csv")
    wrong = {line.split(":")[1]: line for line in first.stderr.splitlines()}
    assert len(wrong) == 2 and all(f"{BULK}/bills.csv:{number}: " in line and "; " in line for number, line in wrong.items())
    assert {bills[int(number) - 2]["request_id"] for number in wrong} == {b["request_id"] for b in bills} - set(sent)
    bills = [b for b in bills if b["request_id"] in sent]
    settled = [suite.get(f"/v1/settlements/{i}").json() for i in sent.values()]
    assert [s["bill"]["request_id"] for s in settled] == [b["request_id"] for b in bills]
    for bill, settlement in zip(bills, settled):
        assert settlement["status"] == "settled" and settlement["bill"]["person"] == bill["person"]
        if bill["sums/total"]:
            assert settlement["sums"]["total"] == bill["sums/total"]
    kept = books(suite)
    assert send(suite, *tables, status=1).stdout == first.stdout
    assert books(suite) == kept


def test_a_contract_comes_by_table(suite, tmp_path):
    table = tmp_path / "contracts.csv"
    table.write_text("id,product,from,to,members/0/person\n"
                     "q1,cn.shandong.zibo.qihuibao-2023,2024-01-01,2024-12-31,bulk-1\n")
    send(suite, "--contracts", table)
    assert suite.get("/v1/contracts/q1").json()["members"][0]["person"] == "bulk-1"


def test_a_refused_line_is_named_and_the_others_go_on(suite, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("id,name,born,coverages/0/scheme,coverages/0/standing,coverages/0/pack,coverages/0/from\n"
                      "t1,甲,1980-01-01,resident,adult,cn.shandong.zibo,2020-01-01\n"
                      "t2,乙,1980-13-01,resident,adult,cn.shandong.zibo,2020-01-01\n"
                      "t 3,丙,1980-01-01,resident,adult,cn.shandong.zibo,2020-01-01\n"
                      "t4,丁,1980-01-01,resident,adult,cn.shandong.zibo,2020-01-01\n")
    done = send(suite, "--persons", people, status=1)
    assert f"{people}:3" in done.stderr and "/born" in done.stderr
    assert f"{people}:4" in done.stderr and "/id" in done.stderr
    assert suite.get("/v1/persons/t1").status_code == 200 and suite.get("/v1/persons/t4").status_code == 200
    assert suite.get("/v1/persons/t2").status_code == 404

    bills = tmp_path / "bills.csv"
    head = "request_id,person,institution,setting,from,to,sums/total,sums/own_expense,sums/over_limit,sums/first_pay,sums/in_policy\n"
    bills.write_text(head + "u1,t1,zb-tertiary,inpatient,2023-05-01,2023-05-09,100.00,0,0,0,100.00\n"
                            "u2,t2,zb-tertiary,inpatient,2023-05-01,2023-05-09,100.00,0,0,0,100.00\n"
                            "u3,t4,zb-tertiary,inpatient,2023-05-01,2023-05-09,100.01,0,0,0,100.00\n"
                            "u4,t4,zb-tertiary,inpatient,2023-05-01,2023-05-09,100.00,0,0,0,100.00\n")
    done = send(suite, bills, status=1)
    assert len([line for line in done.stdout.splitlines() if line.strip()]) == 2
    wrong = done.stderr
    assert f"{bills}:3" in wrong and "UNKNOWN_PERSON at /person" in wrong and "enrol" in wrong
    assert f"{bills}:4" in wrong and "/sums/total" in wrong
    assert "u1" not in wrong and "u4" not in wrong
