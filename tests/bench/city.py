"""A year of a city: made by `city generate` (city.c), settled offline by `yz settle --sorted --totals`, and a part of it online.

Totals by tier stand beside what the seeds publish, scaled to the same number of residents and to a year. city.c lists every
input with its origin. Three published averages are inputs (frequency and cost of ordinary stays, frequency and cost of chronic
visits, by poorer places), two more were met by calibration (Zibo's critical illness, by how many are seriously ill and what a stay
costs them); every other sum is an outcome.
"""

import csv
import json
import os
import re
import socket
import subprocess
import threading
import time
from collections import Counter, defaultdict
from http.client import HTTPResponse
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CITY = 2_620_000  # residents insured in Zibo, seed 001
LINES_PER_CHUNK = 64
SENDERS = 16
BILLS_AT_ONCE = 100_000  # of which the answers are kept until they are compared
PAYERS = ("resident_basic_fund", "resident_critical_fund", "assistance_fund", "commercial_insurer", "cash")


def binary(name):
    return Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin")) / name


def values(text):
    return {name: int(value) for name, value in re.findall(r"^(\w+) (-?\d+)$", text, re.M)}


def generate(folder, residents, seed):
    """The tables in a folder; what was made, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([binary("city"), "generate", folder, str(residents), str(seed)], stdout=subprocess.PIPE, text=True, check=True)
    return values(done.stdout)


def inputs():
    """Every number that the city is made from: name, value, unit, origin, reason."""
    done = subprocess.run([binary("city"), "inputs"], stdout=subprocess.PIPE, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


# ---- offline


def settle(folder, out, *options):
    """Settles a folder's tables; seconds, CPU seconds of all processes and the peak memory of the largest, in bytes."""
    command = [binary("yz"), "settle", "--sorted", *options, "--persons", folder / "persons.csv", "--contracts", folder / "contracts.csv",
               "--institutions", folder / "institutions.csv", folder / "bills.csv"]
    begin = time.monotonic()
    with open(out, "wb") as output:
        process = subprocess.Popen([str(c) for c in command], cwd=ROOT, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"yz settle ended with status {status}")
    return time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def fen(text):
    """"1234.50" in fen."""
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(2, "0"))


class Totals(defaultdict):
    """(setting, kind, name) -> [times, fen], as `yz settle --totals` prints them."""

    def __init__(self, path=None):
        super().__init__(lambda: [0, 0])
        if path:
            with open(path, newline="") as table:
                for row in csv.DictReader(table):
                    self[row["setting"], row["kind"], row["name"]] = [int(row["times"]), fen(row["amount"]) if row["amount"] else 0]

    def times(self, setting, kind, name):
        return self._of(setting, kind, name, 0)

    def amount(self, setting, kind, name):
        return self._of(setting, kind, name, 1)

    def _of(self, setting, kind, name, i):
        return sum(v[i] for (s, k, n), v in self.items() if setting in (None, s) and k == kind and n == name)


# ---- beside the seeds


def published(totals):
    """Rows of (what, seed and period, published for a year of 2 620 000 residents, ours, what explains the gap)."""
    t, a = totals.times, totals.amount
    assistance = lambda read, setting=None: read(setting, "tier", "medical_assistance") + read(setting, "tier", "re_assistance")
    stays = max(1, t("inpatient", "bills", "settled"))
    baise = CITY / 3_594_300 * 12 / 10  # Jan-Oct, of 3 594 300 residents
    other_city = "another city's rules, people and prices on Zibo's pack"
    on_top = "ordinary stays are INPUT by this average; those of the seriously ill come on top, at other costs"
    return [
        ("Zibo critical illness, person-times", "001, 2022", 149_000, t(None, "tier", "critical_illness"),
         "CALIBRATED by the share of the seriously ill, whom no other seed describes"),
        ("Zibo critical illness, yuan", "001, 2022", 238_840_000, a(None, "tier", "critical_illness") // 100,
         "CALIBRATED by what a stay costs the seriously ill; rules of 2023 on a total of 2022"),
        ("Zibo assistance, person-times", "001, Jan-Sep 2023 x 12/9", 186_600 * 12 / 9, assistance(t),
         "outcome: helped people come as often as Baise's; the published count asks for three times the visits or helped people"),
        ("Zibo assistance, yuan", "001, Jan-Sep 2023 x 12/9", 64_980_000 * 12 / 9, assistance(a) // 100,
         "outcome: fewer person-times than published (348 yuan each), more of them stays"),
        ("Qihuibao, person-times of one issue", "001, three issues / 3", 89_000 / 3, t(None, "tier", "supplement"),
         "outcome: every claim paid at once and every contract a healthy risk; special drugs and rare diseases left out"),
        ("Qihuibao, yuan of one issue", "001, three issues / 3", 425_000_000 / 3, a(None, "tier", "supplement") // 100,
         "outcome: without special drugs and rare diseases, and without employees, who are in the published sum"),
        ("inpatient, basic fund of in-policy cost, %", "001, about 70 %", 70,
         100 * a("inpatient", "tier", "basic") / max(1, a("inpatient", "sum", "in_policy")),
         "outcome of the deductibles and of the assumed mix of hospital levels: the seriously ill are all at tertiary ones, at 60 %"),
        ("inpatient, funds of actual cost, %", "000, nation 2019", 59.7,
         100 * (a("inpatient", "sum", "funds") - a("inpatient", "tier", "supplement")) / max(1, a("inpatient", "sum", "total")),
         "outcome; the share of cost in policy is an INPUT derived from it"),
        ("a stay's cost, yuan", "002, Jan-Sep 2023", 4_731, a("inpatient", "sum", "total") / 100 / stays, on_top),
        ("a stay's personal part, yuan", "002, Jan-Sep 2023", 2_659, a("inpatient", "sum", "personal") / 100 / stays, other_city),
        ("stays", "003, Jan-Oct 2021, scaled", 535_500 * baise, stays, on_top),
        ("chronic visits", "003, Jan-Oct 2021, scaled", 462_100 * baise, t("chronic", "bills", "settled"), "INPUT"),
        ("inpatient basic, yuan", "003, Jan-Oct 2021, scaled", 1_753_000_000 * baise, a("inpatient", "tier", "basic") // 100, other_city),
        ("inpatient critical illness, yuan", "003, Jan-Oct 2021, scaled", 235_000_000 * baise, a("inpatient", "tier", "critical_illness") // 100,
         other_city + "; Baise's tilts are higher (10 points) and its helped people many"),
        ("inpatient assistance, yuan", "003, Jan-Oct 2021, scaled", 151_000_000 * baise, assistance(a, "inpatient") // 100,
         "outcome: Baise has 39 % of its residents in helped classes (out of poverty and low income), we 7.6 %"),
        ("chronic basic, yuan", "003, Jan-Oct 2021, scaled", 116_000_000 * baise, a("chronic", "tier", "basic") // 100,
         "INPUT: the cost of a visit is derived from it; deductibles fall otherwise than on average"),
        ("chronic critical illness, yuan", "003, Jan-Oct 2021, scaled", 21_041_800 * baise, a("chronic", "tier", "critical_illness") // 100,
         "outcome: our seriously ill are treated in stays alone"),
        ("chronic assistance, yuan", "003, Jan-Oct 2021, scaled", 12_005_500 * baise, assistance(a, "chronic") // 100, "as inpatient assistance"),
    ]


def is_average(what):
    return what.endswith("%") or what.startswith("a stay's")


def print_published(totals, residents):
    print(f"\n  beside the seeds (published totals scaled to a year of {residents:,} residents)")
    print(f"  {'what':<44} {'seed, period':<28} {'published':>14} {'ours':>14} {'ratio':>6}  why")
    for what, seed, theirs, ours, why in published(totals):
        theirs *= 1 if is_average(what) else residents / CITY
        print(f"  {what:<44} {seed:<28} {theirs:>14,.0f} {ours:>14,.0f} {ours / theirs:>6.2f}  {why}")


def print_tiers(totals):
    print(f"\n  {'tier':<22} {'person-times':>12} {'yuan':>18}")
    for tier in sorted({n for _, k, n in totals if k == "tier"}):
        print(f"  {tier:<22} {totals.times(None, 'tier', tier):>12,} {totals.amount(None, 'tier', tier) / 100:>18,.2f}")
    for name in ("total", "funds", "personal"):
        print(f"  {name:<22} {totals.times(None, 'sum', name):>12,} {totals.amount(None, 'sum', name) / 100:>18,.2f}")


# ---- online


def leaders(folder):
    """Of everybody in a contract who stands for it: its first member."""
    found = {}
    with open(folder / "contracts.csv", newline="") as table:
        for row in csv.reader(table):
            members = [m for m in row[4:] if m]
            found.update((m, members[0]) for m in members)
    return found


def json_line(row):
    bill = {"sums": {}}
    for name, value in row.items():
        if value:
            (bill["sums"] if name.startswith("sums/") else bill)[name.removeprefix("sums/")] = value
    return json.dumps(bill).encode() + b"\n"


def slices(folder):
    """Bills as JSON lines, so many at once, with how many they are: whole families, in rounds. The n-th round has the n-th bill
    of every family, so that people who share a contract are settled in their order although the lines of a batch are settled side
    by side. The table has family behind family."""
    leader = leaders(folder)
    seen, found, last, n = Counter(), [], None, 0
    with open(folder / "bills.csv", newline="") as table:
        for row in csv.DictReader(table):
            whose = leader.get(row["person"], row["person"])
            if n >= BILLS_AT_ONCE and whose != last:
                yield n, found
                seen, found, n = Counter(), [], 0
            if seen[whose] == len(found):
                found.append([])
            found[seen[whose]].append(json_line(row))
            seen[whose] += 1
            last, n = whose, n + 1
    yield n, found


def batch(port, lines):
    """Sends one batch while its answers are read; the lines of the answer."""
    link = socket.create_connection(("127.0.0.1", port))

    def send():
        link.sendall(b"POST /v1/settlements:batch HTTP/1.1\r\nHost: city\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        for i in range(0, len(lines), LINES_PER_CHUNK):
            chunk = b"".join(lines[i : i + LINES_PER_CHUNK])
            link.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        link.sendall(b"0\r\n\r\n")

    sender = threading.Thread(target=send)
    sender.start()
    response = HTTPResponse(link)
    response.begin()
    answers = response.read().splitlines()
    sender.join()
    link.close()
    return answers


def send(suite, *arguments):
    return subprocess.Popen([str(binary("yz")), "send", "--to", suite.base, *map(str, arguments)], cwd=ROOT)


def send_table(suite, option, path, senders):
    """One table by the tables' route: each sender has every n-th row."""
    header, *rows = path.read_bytes().splitlines(keepends=True)
    running = []
    for i in range(senders):
        part = path.with_name(f"{i}-{path.name}")
        part.write_bytes(header + b"".join(rows[i::senders]))
        running.append(send(suite, option, part))
    if any([process.wait() for process in running]):  # a list: all are waited for
        raise SystemExit(f"{path.name}: not everything was taken")


def shares_of(line):
    """Request id and {payer: fen} of an answer's line, which must have been settled now."""
    answer = json.loads(line)
    assert answer["status"] == 201, answer
    s = answer["settlement"]
    shares = {share["payer"]: fen(share["amount"]) for share in s["shares"]}
    assert sum(shares.values()) == fen(s["sums"]["total"])
    return s["bill"]["request_id"], shares


def settled_offline(rows, n):
    """request id -> {payer: fen} of the next n rows of the table that `yz settle` prints, which has the bills' order."""
    return {row["request_id"]: {p: fen(row[p]) for p in PAYERS if p == "cash" or fen(row[p])} for row in islice(rows, n)}


def settle_online(suite, folder, table):
    """Settles a folder's bills by batches, and holds each against the table of the same settled offline: seconds of settling, bills."""
    port, seconds, bills = int(suite.env["YZ_HTTP_PORT"]), 0, 0
    with open(table, newline="") as file:
        rows = csv.DictReader(file)
        for n, prepared in slices(folder):
            begin = time.monotonic()
            answers = [batch(port, lines) for lines in prepared]
            seconds += time.monotonic() - begin
            expected, found = settled_offline(rows, n), {}
            for lines, told in zip(prepared, answers):
                assert len(lines) == len(told), f"{len(lines)} bills, {len(told)} answers: {told[-1:]}"
                found.update(shares_of(line) for line in told)
            differing = [key for key in expected if found.get(key) != expected[key]]
            assert not differing and len(found) == len(expected) == n, f"online and offline differ in {len(differing)} bills: {differing[:5]}"
            bills += n
        assert next(rows, None) is None, "more was settled offline"
    return seconds, bills


def kept_bytes(redis, most=2000):
    """Bytes of Redis by kind of key (the word behind the bucket's hash tag): the mean of up to `most` keys by their number. The
    table that finds keys has a pointer of 8 bytes or two for each, which MEMORY USAGE leaves out."""
    sizes, numbers = defaultdict(list), Counter()
    for key in redis.scan_iter(count=5000):
        kind = key.split(b":")[1].decode()
        numbers[kind] += 1
        if len(sizes[kind]) < most:
            sizes[kind].append((redis.memory_usage(key) or 0) + 16)  # 0: gone since
    return {kind: sum(sizes[kind]) / len(sizes[kind]) * n for kind, n in numbers.items()}


def online(report, folder, residents, seed):
    from conftest import Suite

    made = generate(folder / "part", residents, seed)
    settle(folder / "part", folder / "part.csv")
    suite = Suite(folder / "suite")
    try:
        suite.start()
        send_table(suite, "--institutions", folder / "part/institutions.csv", 1)
        before = sum(kept_bytes(suite.redis()).values())
        begin = time.monotonic()
        send_table(suite, "--persons", folder / "part/persons.csv", SENDERS)
        send_table(suite, "--contracts", folder / "part/contracts.csv", SENDERS)
        loading = time.monotonic() - begin
        enrolled = (sum(kept_bytes(suite.redis()).values()) - before) / made["residents"]
        seconds, bills = settle_online(suite, folder / "part", folder / "part.csv")
        kept = kept_bytes(suite.redis())
        counters, whole = kept["acc"] / made["residents"], (sum(kept.values()) - before) / made["residents"]
    finally:
        suite.stop()
    report.add("city", "online, residents", made["residents"], "")
    report.add("city", "online, residents and contracts loaded", int((made["residents"] + made["contracts"]) / loading), "/s")
    report.add("city", "online, bills settled durably by batches, all as offline to the fen", bills, "")
    report.add("city", "online, bills", int(bills / seconds), "/s")
    report.add("city", "Redis bytes a resident: records and contracts", int(enrolled), "bytes")
    report.add("city", "Redis bytes a resident: year's counters", int(counters), "bytes")
    report.add("city", "Redis bytes a resident with coverage and counters (bar: at most 400)", int(enrolled + counters), "bytes")
    report.add("city", "Redis bytes a resident with a year's settlements, kept for ever", int(whole), "bytes")


def run(report, folder, residents, seed, jobs, online_residents):
    folder = Path(folder)
    begin = time.monotonic()
    made = generate(folder / "city", residents, seed)
    print("  made from:")
    for name, value, unit, origin, reason in inputs():
        print(f"    {name:<24} {int(value):>9,} {unit:<26} {origin:<24} {reason}")
    report.add("city", "residents", made["residents"], "")
    report.add("city", "bills of a year", made["bills"], "")
    report.add("city", "residents in supplementary contracts", made["people_in_contracts"], "")
    report.add("city", "made in", time.monotonic() - begin, "s")
    seconds, cpu, memory = settle(folder / "city", folder / "totals.csv", "--totals", "--jobs", str(jobs))
    report.add("city", f"settled offline in, {jobs} processes", seconds, "s")
    report.add("city", "offline, bills", int(made["bills"] / seconds), "/s")
    report.add("city", "offline, bills by CPU time", int(made["bills"] / cpu), "/s/core")
    report.add("city", "offline, peak memory of the largest process", memory, "bytes")
    totals = Totals(folder / "totals.csv")
    assert totals.times(None, "bills", "settled") == made["bills"], "bills were refused"
    print_tiers(totals)
    print_published(totals, made["residents"])
    if online_residents:
        online(report, folder, min(online_residents, residents), seed)
