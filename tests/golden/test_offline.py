"""yz settle and yz golden as an operator runs them."""

import csv
import io
import json
import os
import resource
import subprocess
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
YZ = Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin")) / "yz"
BULK = ROOT / "ops/demo/bulk"
RECORDS = ["--persons", BULK / "persons.csv", "--institutions", BULK / "institutions.csv"]
PAYERS = ["resident_basic_fund", "employee_basic_fund", "large_amount_fund", "resident_critical_fund", "employee_critical_fund",
          "civil_servant_aid", "assistance_fund", "commercial_insurer", "hospital_waiver", "long_term_care_fund", "personal_account",
          "family_account", "cash"]


def yz(*arguments, status=0, text=None):
    done = subprocess.run([str(YZ), *map(str, arguments)], cwd=ROOT, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr[-2000:] + done.stdout[-2000:]
    return done


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def as_json(row):
    """A line of bills.csv as the JSON of a bill."""
    bill = {}
    for name, cell in row.items():
        at = bill
        *groups, last = name.split("/")
        for group in groups:
            at = at.setdefault(group, {})
        if cell:
            at[last] = cell
    return json.dumps(bill, ensure_ascii=False)


def test_a_table_in_is_a_table_out():
    done = yz("settle", *RECORDS, BULK / "bills.csv", status=1)
    rows = rows_of(done.stdout)
    bills = rows_of((BULK / "bills.csv").read_text())
    assert [r["request_id"] for r in rows] == [b["request_id"] for b in bills]
    for row, bill in zip(rows, bills):
        if row["problem"]:
            continue
        total = Decimal(row["total"])
        assert total == Decimal(bill["sums/total"])
        assert total == sum(Decimal(row[payer]) for payer in PAYERS)
        assert total == Decimal(row["funds"]) + Decimal(row["personal"])
        assert Decimal(row["personal"]) == Decimal(row["personal_account"]) + Decimal(row["family_account"]) + Decimal(row["cash"])
    assert {r["request_id"]: r["problem"] for r in rows if r["problem"]} == {"b12": "UNKNOWN_PERSON", "b13": "INVALID"}


def test_a_refused_bill_is_named_with_file_line_and_remedy():
    errors = yz("settle", *RECORDS, BULK / "bills.csv", status=1).stderr.splitlines()
    assert len(errors) == 2
    assert f"{BULK}/bills.csv:13: UNKNOWN_PERSON at /person: " in errors[0] and "; " in errors[0]
    assert f"{BULK}/bills.csv:14: INVALID at /sums" in errors[1]


def test_json_lines_settle_as_the_table_does():
    table = yz("settle", *RECORDS, BULK / "bills.csv", status=1).stdout
    lines = "".join(as_json(bill) + "\n" for bill in rows_of((BULK / "bills.csv").read_text()))
    assert yz("settle", *RECORDS, "-", status=1, text=lines).stdout == table


def test_an_unreadable_line_does_not_stop_the_others():
    bills = [as_json(bill) for bill in rows_of((BULK / "bills.csv").read_text())[:3]]
    done = yz("settle", *RECORDS, "-", status=1, text="\n".join([bills[0], '{"request_id": 7}', bills[1], "{", bills[2]]))
    assert [r["request_id"] for r in rows_of(done.stdout)] == ["b01", "b02", "b03"]
    assert "-:2: MALFORMED at /request_id" in done.stderr and "-:4: MALFORMED" in done.stderr


def test_a_header_that_names_no_member_is_refused(tmp_path):
    table = tmp_path / "bills.csv"
    table.write_text("request_id,patient\na,b\n")
    done = yz("settle", *RECORDS, table, status=1)
    assert f"{table}:1: MALFORMED" in done.stderr and '"patient"' in done.stderr and "person" in done.stderr


def test_every_demo_book_settles_with_its_identities():
    for book in sorted((ROOT / "ops/demo").glob("*.json")):
        bills = json.loads(book.read_text())["bills"]
        settlements = [json.loads(line) for line in yz("settle", "--json", book).stdout.splitlines()]
        assert [s["bill"]["request_id"] for s in settlements] == [b["request_id"] for b in bills]
        for s in settlements:
            assert Decimal(s["sums"]["total"]) == sum((Decimal(share["amount"]) for share in s.get("shares", [])), Decimal(0))
            assert Decimal(s["sums"]["total"]) == Decimal(s["funds"]) + Decimal(s["personal"])


def test_the_demo_shows_every_tier_payer_and_setting():
    books = sorted((ROOT / "ops/demo").glob("*.json"))
    settlements = [json.loads(line) for line in yz("settle", "--json", *books).stdout.splitlines()]
    paid = [r for s in settlements for r in s.get("results", []) if Decimal(r["paid"]) > 0]
    assert {r["tier"] for r in paid} == {"basic", "large_amount", "critical_illness", "medical_assistance", "re_assistance",
                                         "supplement", "on_application", "care"}
    assert {share["payer"] for s in settlements for share in s.get("shares", [])} >= set(PAYERS) - {
        "civil_servant_aid", "hospital_waiver", "family_account"}
    assert {s["bill"]["setting"] for s in settlements} == {"inpatient", "outpatient", "chronic", "two_disease", "emergency", "day_surgery",
                                                           "special_drug", "rare_disease_drug", "long_term_care", "application"}
    assert {s["entitlement"]["remote"] for s in settlements} == {"local", "long_term_filed", "referred", "rescue", "temporary", "unfiled"}


def test_slips_speak_both_languages():
    book = ROOT / "ops/demo/05-zibo-minimum-living.json"
    assert "起付线" in yz("settle", "--explain", "zh", book).stdout
    assert "deductible" in yz("settle", "--explain", "en", book).stdout.lower()


def test_one_bill_in_a_file(tmp_path):
    bill = tmp_path / "bill.json"
    bill.write_text(as_json(rows_of((BULK / "bills.csv").read_text())[0]))
    assert [r["request_id"] for r in rows_of(yz("settle", *RECORDS, bill).stdout)] == ["b01"]


def peak(tmp_path, n):
    """Settles n outpatient bills of one person; gives the peak memory of the process in bytes."""
    table = tmp_path / f"{n}.csv"
    with table.open("w") as out:
        out.write("request_id,person,institution,setting,from,sums/total,sums/own_expense,sums/over_limit,sums/first_pay,sums/in_policy\n")
        for i in range(n):
            out.write(f"r{i},bulk-1,zb-township,outpatient,2023-05-01,1.00,0,0,0,1.00\n")
    arguments = [str(a) for a in (YZ, "settle", *RECORDS, table)]
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.chdir(ROOT)
        status = subprocess.call(arguments)
        os.write(write, f"{status} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}".encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    status, kilobytes = os.read(read, 64).split()
    os.close(read)
    assert int(status) == 0
    return int(kilobytes) * 1024


def test_bills_are_read_as_a_stream(tmp_path):
    """What stays of a bill is its id: a few hundred bytes, where the bill's own memory is many thousand."""
    few, many = peak(tmp_path, 1000), peak(tmp_path, 21000)
    assert (many - few) / 20000 < 400


def test_golden_names_what_differs(tmp_path):
    cases = tmp_path / "wrong.yaml"
    cases.write_text("""
cases:
  - name: a wrong figure, a benefit that is not named, a wrong page that is right
    pack: cn.shandong.zibo
    on: 2023-05-10
    visits:
      - in_policy: 10000.00
        expect: {benefits: [{benefit: basic.resident.inpatient, deductible: 700.00, paid: 5580.01}], personal: 4420.00}
      - in_policy: 10000.00
        expect: {benefits: []}
      - in_policy: 10000.00
        printed: {why: it is not wrong, figures: {personal: 4000.00}}
      - in_policy: 10000.00
        expect: {problem: not_covered}
  - name: right
    pack: cn.shandong.zibo
    on: 2023-05-10
    visits: [{in_policy: 10000.00, expect: {benefits: [{benefit: basic.resident.inpatient, paid: 5580.00}], personal: 4420.00}}]
""")
    shown = yz("golden", cases, status=1).stdout.splitlines()
    assert shown[-1] == "1 passed, 1 failed"
    assert shown[0].startswith(f"FAILED {cases}:3: a wrong figure")
    text = "\n".join(shown)
    assert "basic.resident.inpatient paid: expected 5580.01, got 5580.00" in text
    assert "basic.resident.inpatient paid: expected 0.00, got 5790.00" in text
    assert "personal: printed 4000.00, and got it" in text
    assert "expected to be refused with NOT_COVERED, but it settled" in text


def test_golden_refuses_an_unsound_inline_pack(tmp_path):
    cases = tmp_path / "unsound.yaml"
    cases.write_text((ROOT / "tests/golden/published/yubei-2023-edge-family.yaml").read_text().replace("flat: 70%", "flat: 170%"))
    done = yz("golden", cases, status=1)
    assert f"{cases}:" in done.stderr and done.stdout.endswith("0 passed, 1 failed\n")
