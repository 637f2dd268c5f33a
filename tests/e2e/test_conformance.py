"""The model of the store (tests/sim) and the real functions (common/store/functions) in a real Redis, asked the same: a
table of operations with what each must answer, then seeded random sequences. Whatever differs, a reply or a key, fails.
Both live by the same clock, which only this test moves."""

import mmap
import os
import random
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from conftest import ROOT, free_port

BIN = Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin"))
FUNCTIONS = ROOT / "common/store/functions"
BEGINS = 1717200000000  # ms
MOST = 2**53 - 1


class Refused(Exception):
    """An error reply. What it says is Redis' own matter; that it is one, and changed nothing, is not."""

    def __eq__(self, other):
        return isinstance(other, Refused)


ERROR = Refused("any")


# --- the two stores ---


class Connection:
    """Redis' protocol over a pair of binary files."""

    def __init__(self, reading, writing):
        self.reading, self.writing = reading, writing

    def __call__(self, *args):
        args = [a if isinstance(a, bytes) else str(a).encode() for a in args]
        self.writing.write(b"*%d\r\n" % len(args) + b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in args))
        self.writing.flush()
        return self.reply()

    def reply(self):
        line = self.reading.readline()
        assert line.endswith(b"\r\n"), "the store has gone"
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return Refused(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.reading.read(int(rest) + 2)[:-2]
        return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]


class Model:
    def __init__(self):
        self.process = subprocess.Popen([BIN / "yz-sim", "--store"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask = Connection(self.process.stdout, self.process.stdin)
        prefix, self.library = self.ask("LIBRARY")
        self.prefix = prefix.decode()

    def set_clock(self, ms):
        self.ask("CLOCK", ms)

    def everything(self):
        return {key: (kind, tidy_items(kind, items)) for key, kind, *items in self.ask("DUMP")}

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0


class Real:
    def __init__(self, folder, library):
        clock, port = folder / "clock", free_port()
        clock.write_bytes(bytes(8))
        with clock.open("r+b") as file:
            self.clock = mmap.mmap(file.fileno(), 8)
        self.set_clock(BEGINS)
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", "", "--appendonly", "no"],
            env=dict(os.environ, LD_PRELOAD=str(BIN / "clock.so"), YZ_CLOCK=str(clock)), stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                file = socket.create_connection(("127.0.0.1", port), 5).makefile("rwb")
                break
            except OSError:
                time.sleep(0.05)
        self.ask = Connection(file, file)
        assert not isinstance(self.ask("FUNCTION", "LOAD", library), Refused)

    def set_clock(self, ms):
        self.clock[:8] = (1000 * ms).to_bytes(8, "little")

    def items(self, key, kind):
        read = {b"string": ["GET", key], b"hash": ["HGETALL", key], b"list": ["LRANGE", key, 0, -1], b"set": ["SMEMBERS", key],
                b"zset": ["ZRANGE", key, 0, -1, "WITHSCORES"], b"stream": ["XRANGE", key, "-", "+"]}[kind]
        found = self.ask(*read)
        if kind == b"stream":
            return [part for entry, (_, fact) in found for part in (entry, fact)]
        return [found] if kind == b"string" else found

    def everything(self):
        kinds = {key: self.ask("TYPE", key) for key in self.ask("KEYS", "*")}
        return {key: (kind, tidy_items(kind, self.items(key, kind))) for key, kind in kinds.items()}

    def close(self):
        self.process.kill()
        self.process.wait()


def pairs(items):
    return dict(zip(items[::2], items[1::2]))


def tidy_items(kind, items):
    """Redis gives no order to hashes and sets."""
    if kind in (b"hash", b"zset"):
        return pairs(items)
    return set(items) if kind == b"set" else items


def tidy(command, reply):
    function = command[1] if command[0] == "FCALL" else command[0]
    if function == "contract_view":
        return [reply[0], pairs(reply[1]), *reply[2:]]
    if function in ("apply", "cancel") and not isinstance(reply, Refused) and reply[0] == b"conflict":
        return [*reply[:2], pairs(reply[2])]
    if function == "HGETALL":
        return pairs(reply)
    return sorted(reply) if function == "SMEMBERS" else reply


class Both:
    """Asks both, and fails when they differ."""

    def __init__(self, model, real):
        self.model, self.real = model, real

    def begin(self):
        self.now = BEGINS
        for store in (self.model, self.real):
            store.set_clock(self.now)
            store.ask("FLUSHALL")

    def wait(self, ms):
        self.now += ms
        for store in (self.model, self.real):
            store.set_clock(self.now)

    def __call__(self, *command):
        full = ["FCALL", self.model.prefix + command[1], *command[2:]] if command[0] == "FCALL" else command
        by_model, by_real = (tidy(command, store.ask(*full)) for store in (self.model, self.real))
        assert by_model == by_real, f"{command}: the model answers {by_model}, Redis {by_real}"
        return by_real

    def compare(self):
        by_model, by_real = self.model.everything(), self.real.everything()
        for key in by_model.keys() | by_real.keys():
            assert by_model.get(key) == by_real.get(key), f"{key}: the model has {by_model.get(key)}, Redis {by_real.get(key)}"


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    model = Model()
    real = Real(tmp_path_factory.mktemp("conformance"), model.library)
    yield Both(model, real)
    real.close()
    model.close()


# --- the operations ---

ACC, LIST, JOURNAL, PERSON, NAMED, TRIES = (
    "{b0001}:" + rest for rest in ("acc:p:2024", "plist:p:2024", "journal", "person:p", "pcontracts:p", "tries"))


def fcall(function, keys, *args):
    return ("FCALL", function, len(keys), *keys, *args)


def spread(moves):
    return [len(moves), *(part for move in moves for part in move)]


def settle_key(id):
    return f"{{b0001}}:settle:{id}"


def account_is(counters):
    return ("HGETALL", ACC), counters


def recorded_is(id, record):
    return ("MGET", PERSON, settle_key(id)), [None, record]


def apply(id, version, *moves, mark="+"):
    return fcall("apply", [ACC, settle_key(id), LIST, JOURNAL], id, version, f"record of {id}", f"fact of {id}", mark, *spread(moves))


def cancel(id, *moves, recorded=None, version=""):
    return fcall("cancel", [ACC, settle_key(id), LIST, JOURNAL], id, version, recorded or f"record of {id}", f"cancelled {id}", f"fact of no {id}",
                 *spread(moves))


def fence(id):
    return fcall("fence", [ACC, settle_key(id)])


def put(expected, bytes):
    return fcall("put", [PERSON], expected, bytes)


def part_keys(contract):
    return [f"{{b0001}}:cacc:{contract}:2024", f"{{b0001}}:ctry:{contract}:2024", TRIES, f"{{b0001}}:clist:{contract}:2024"]


def contract_view(id="", contract="c"):
    return fcall("contract_view", [f"{{b0001}}:contract:{contract}", *part_keys(contract)[:2]], id)


def about(id, contract):
    return f"{id} p {contract} 2024 "


def try_(id, basis, version, *moves, contract="c"):
    return fcall("try", part_keys(contract), id, basis, about(id, contract), version, *spread(moves))


def confirm(id, basis, contract="c", mark="+"):
    return fcall("confirm", part_keys(contract), id, basis, about(id, contract), "", mark)


def keep(id, basis, opened="", contract="c", mark="+"):
    return fcall("keep", part_keys(contract), id, basis, about(id, contract), opened, mark)


def reopen(id, basis, by, contract="c"):
    return fcall("reopen", part_keys(contract), id, basis, about(id, contract), by)


def take_back(id, basis, opened="", contract="c"):
    return fcall("take_back", part_keys(contract), id, basis, about(id, contract), opened, ":")


def old_tries(age, most=64):
    return fcall("old_tries", [TRIES], age, most)


def attend(consumer, holds, *back, chunks=4):
    return fcall("attend", ["{b0002}:consumers:g", "{b0002}:leases:g"], consumer, holds, chunks, *back)


def trim(age, *groups):
    return fcall("trim", [JOURNAL, "{b0001}:cleared", *(f"{{b0001}}:cursor:{g}" for g in groups)], age)


def notice(place, text):
    return ("ZADD", "{b0001}:notices:p", place, text)


def clear(entry, *moves):
    return fcall("clear", ["{b0001}:clearing:202406", "{b0001}:cleared"], entry, *spread(moves))


def cursor(group, entry):
    return ("MSET", f"{{b0001}}:cursor:{group}", entry)


def counters(contract="c"):
    return ("HGETALL", part_keys(contract)[0])


def wait(ms):
    return ("wait", ms)


BALANCES = ("HGETALL", "{b0001}:clearing:202406")
ENTRIES = ("XRANGE", JOURNAL, "0-0", f"{2**62}-0")
OF_YEAR = ("LRANGE", LIST, 0, -1)
LISTED = ("LRANGE", "{b0001}:clist:c:2024", 0, -1)


def entry(id, text):
    return [id, ["f", text]]


def at(ms):
    """The clock so long after the beginning."""
    return str(BEGINS + ms)


TRIED = [(try_("s1", 0, 0, ("taken", 100)), ["done"])]
CONFIRMED = TRIED + [(confirm("s1", 0), ["done"])]
REOPENED = CONFIRMED + [(reopen("s1", 0, "x"), ["done", at(0)])]
UNDONE = REOPENED + [(take_back("s1", 0), ["done"])]
SETTLED = [(apply("s1", 0, ("fund", 500), ("stays", 1)), ["applied", "1"])]

# What is done, from empty stores on, and what is answered.
CASES = {
    "read nobody": [account_is({}), recorded_is("s1", None), (("EXISTS", NAMED), 0)],
    "read everything": [
        (put("", "anna"), ["put", "1"]), (("SADD", NAMED, "c"), 1), *SETTLED, account_is({"fund": "500", "stays": "1", "v": "1"}),
        (("MGET", PERSON, settle_key("s1")), ["1 anna", "record of s1"]), (("MGET", PERSON), ["1 anna"]), (("EXISTS", NAMED), 1),
    ],
    "apply": [
        *SETTLED, (wait(7), None), (apply("s2", 1, ("fund", -500), ("deductible", MOST)), ["applied", "2"]), (OF_YEAR, ["+s1", "+s2"]),
        account_is({"stays": "1", "deductible": MOST, "v": "2"}),
        (ENTRIES, [entry(f"{BEGINS}-0", "fact of s1"), entry(f"{BEGINS + 7}-0", "fact of s2")]),
    ],
    "apply twice in a millisecond": [
        *SETTLED, (apply("s2", 1, mark="."), ["applied", "2"]), (OF_YEAR, ["+s1", ".s2"]),
        (ENTRIES, [entry(f"{BEGINS}-0", "fact of s1"), entry(f"{BEGINS}-1", "fact of s2")]),
    ],
    "apply a counter twice": [(apply("s1", 0, ("fund", -5), ("fund", 5), ("fund", 3)), ["applied", "1"]), account_is({"fund": 3, "v": 1})],
    "apply seen": [*SETTLED, (apply("s1", 0, ("fund", 500)), ["seen", "record of s1"]), (apply("s1", 1, ("fund", 7)), ["seen", "record of s1"])],
    "apply on an old version": [*SETTLED, (apply("s2", 0, ("fund", 1)), ["conflict", "1", {"fund": 500, "stays": 1, "v": 1}])],
    "apply on a version to come": [(apply("s1", 1, ("fund", 1)), ["conflict", "0", {}])],
    "apply below zero": [(apply("s1", 0, ("stays", 1), ("fund", -1)), ["refused", "fund would become -1"]), account_is({}), recorded_is("s1", None)],
    "apply above what is exact": [
        (apply("s1", 0, ("fund", MOST), ("fund", 1)), ["refused", f"fund would become {MOST + 1}"]),
        (apply("s1", 0, ("fund", MOST), ("fund", MOST), ("fund", -MOST)), ["refused", f"fund would become {2 * MOST}"]),  # on its way
        (apply("s1", 0, ("fund", "99999999999999999")), ["refused", "fund would become 100000000000000000"]),
    ],
    **{f"apply what is no move: {name!r} {delta!r}": [(apply("s1", 0, ("fund", 5), (name, delta)), ERROR), account_is({}), recorded_is("s1", None)]
       for name, delta in [("v", 1), ("", 1), ("a", ""), ("a", "1.5"), ("a", "--1"), ("a", "+1"), ("a", "1" * 18), ("a", "-"),
                           ("a", "-0"), ("a", "007"), ("a", " 1")]},
    "cancel": [*SETTLED, (cancel("s1", ("fund", -500), ("stays", -1)), ["applied", "2"]), (OF_YEAR, ["-s1"]),
               account_is({"v": 2}), recorded_is("s1", "cancelled s1"),
               (ENTRIES, [entry(f"{BEGINS}-0", "fact of s1"), entry(f"{BEGINS}-1", "fact of no s1")])],
    "cancel what is not there": [(cancel("s1", ("fund", -500)), ["missing"])],
    "cancel twice": [*SETTLED, (cancel("s1", ("fund", -500), ("stays", -1)), ["applied", "2"]), (cancel("s1", ("fund", -500)), ["seen", "cancelled s1"])],
    "cancel another record": [*SETTLED, (cancel("s1", ("fund", -500), recorded="record of old"), ["seen", "record of s1"])],
    "cancel under a later one": [*SETTLED, (apply("s2", 1, ("fund", 1)), ["applied", "2"]), (apply("s3", 2, mark="."), ["applied", "3"]),
                                 (cancel("s1", ("fund", -500)), ["later", "s2"]), (cancel("s2", ("fund", -1)), ["applied", "4"]),
                                 (cancel("s1", ("fund", -500), ("stays", -1)), ["applied", "5"]), (OF_YEAR, ["-s1", "-s2", ".s3"])],
    "cancel what moved nothing": [(apply("s1", 0, mark="."), ["applied", "1"]), (apply("s2", 1, ("fund", 1)), ["applied", "2"]),
                                  (cancel("s1"), ["applied", "3"]), (OF_YEAR, ["-s1", "+s2"])],
    "cancel under one that has only read": [*SETTLED, (apply("s2", 1, mark=":"), ["applied", "2"]), (cancel("s1", ("fund", -500)), ["later", "s2"]),
                                            (apply("s3", 2, ("fund", 1)), ["applied", "3"]), (cancel("s2"), ["applied", "4"]), (OF_YEAR, ["+s1", "-s2", "+s3"]),
                                            (cancel("s1", ("fund", -500)), ["later", "s3"])],
    "cancel on a version": [*SETTLED, (cancel("s1", ("fund", -500), ("stays", -1), version=0), ["conflict", "1", {"fund": 500, "stays": 1, "v": 1}]),
                            (cancel("s1", ("fund", -500), ("stays", -1), version=1), ["applied", "2"]), (OF_YEAR, ["-s1"])],
    "cancel behind a fence": [*SETTLED, (fence("s1"), ["seen", "record of s1"]),
                              (cancel("s1", ("fund", -500), ("stays", -1), version=1), ["conflict", "2", {"fund": 500, "stays": 1, "v": 2}])],
    "cancel below zero": [*SETTLED, (cancel("s1", ("stays", -1), ("fund", -501)), ["refused", "fund would become -1"]), (OF_YEAR, ["+s1"])],
    "cancel what no list has": [(("MSET", settle_key("s1"), "record of s1"), "OK"), (cancel("s1", ("fund", -1)), ERROR)],
    "cancel by what is no move": [*SETTLED, (cancel("s1", ("fund", "x")), ERROR), account_is({"fund": 500, "stays": 1, "v": 1})],
    "fence": [(fence("s1"), ["applied", "1"]), (fence("s1"), ["applied", "2"]), (apply("s1", 0, ("fund", 1)), ["conflict", "2", {"v": 2}])],
    "fence off what stands": [*SETTLED, (fence("s1"), ["seen", "record of s1"]), account_is({"fund": 500, "stays": 1, "v": 2})],
    "put": [(put("", "a"), ["put", "1"]), (put("1", "b"), ["put", "2"]), (put("2", "c"), ["put", "3"]),
            (put("2", "c"), ["put", "3"]), (("GET", PERSON), "3 c")],
    "put without a version": [(put("", "a"), ["put", "1"]), (put("", "a"), ["stale", "1 a"]), (put("", "b"), ["stale", "1 a"]),
                              (put("1", "a"), ["put", "2"]), (put("0", "a"), ["stale", "2 a"]), (("GET", PERSON), "2 a")],
    "put the first": [(put("0", "a"), ["put", "1"]), (put("0", "a"), ["put", "1"]), (put("0", "b"), ["stale", "1 a"])],
    "put what another changed": [(put("3", "a"), ["stale", "0 "]), (put("", "a"), ["put", "1"]), (put("1", "b"), ["put", "2"]),
                                 (put("1", "c"), ["stale", "2 b"]), (put("2", "b"), ["put", "3"])],
    "put bytes": [(put("0", b"a \x00\r\n\xff 1 "), ["put", "1"]), (put("0", b"a \x00\r\n\xff 1 "), ["put", "1"]), (put("1", ""), ["put", "2"]),
                  (("GET", PERSON), "2 ")],
    "contract_view of none": [(contract_view(), [None, {}, []])],
    "contract_view without its own try": [
        (("MSET", "{b0001}:contract:c", "1 family"), "OK"), (try_("s1", 0, 0, ("taken", 100), ("taken", 5), ("used", 0)), ["done"]),
        (contract_view("s1"), ["1 family", {"taken": 105, "v": 1}, ["taken", "-100", "taken", "-5", "used", "0"]]),
        (contract_view("s2"), ["1 family", {"taken": 105, "v": 1}, []]), (contract_view(), ["1 family", {"taken": 105, "v": 1}, []]),
    ],
    "contract_view of what is confirmed": [*CONFIRMED, (contract_view("s1"), [None, {"taken": 100, "v": 1}, []])],
    "try": [*TRIED, (counters(), {"taken": 100, "v": 1}), (old_tries(-1), ["s1 p c 2024 0", at(0)]), (old_tries(0), [])],
    "try what would break its entry": [(try_("s1", 0, 0, ("a\nb", 1)), ERROR), (counters(), {})],
    "try again": [*TRIED, (try_("s1", 0, 0, ("taken", 100)), ["done"]), (try_("s1", 0, 1, ("taken", 100)), ["done"]), (counters(), {"taken": 100, "v": 1})],
    "try again on what was read before another": [
        *CONFIRMED, (try_("s2", 0, 1, ("taken", 5)), ["done"]), (try_("s2", 0, 0, ("taken", 5)), ["conflict"]), (try_("s2", 0, 3, ("taken", 5)), ["conflict"]),
        (try_("s2", 0, 2, ("taken", 5)), ["done"]), (confirm("s2", 0), ["done"]), (try_("s3", 0, 2), ["done"]), (try_("s3", 0, 1), ["conflict"]),
        (try_("s3", 0, 2), ["done"])],
    "try other moves": [*TRIED, (try_("s1", 0, 1, ("taken", 101)), ["busy"]), (try_("s1", 0, 1), ["busy"])],
    "try without moves": [(try_("s1", 0, 0), ["done"]), (try_("s1", 0, 0), ["done"]), (try_("s2", 0, 0), ["conflict"]), (contract_view("s1"), [None, {}, []]),
                          (try_("s1", 1, 0, ("taken", 5)), ["done"]), (try_("s1", 2, 1), ["done"]), (counters(), {"v": 2}),
                          (take_back("s1", 2), ["done"]), (counters(), {"v": 2})],
    "try what is confirmed": [*CONFIRMED, (try_("s1", 0, 1, ("taken", 100)), ["closed"]), (try_("s1", 9, 1, ("taken", 100)), ["closed"])],
    "try what is undone": [*UNDONE, (try_("s1", 0, 2, ("taken", 100)), ["closed"]), (try_("s1", 1, 2, ("taken", 100)), ["closed"])],
    "try what is reopened": [*REOPENED, (try_("s1", 0, 1, ("taken", 100)), ["closed"]), (try_("s2", 0, 1, ("taken", 1)), ["conflict"])],
    "try on an old version": [*CONFIRMED, (try_("s2", 0, 0, ("taken", 1)), ["conflict"]), (try_("s2", 0, 2, ("taken", 1)), ["conflict"])],
    "try beside another": [*TRIED, (try_("s2", 0, 1, ("taken", 1)), ["conflict"]), (confirm("s1", 0), ["done"]), (try_("s2", 0, 1, ("taken", 1)), ["done"])],
    "try another contract": [*TRIED, (try_("s2", 0, 0, ("taken", 1), contract="d"), ["done"]), (try_("s1", 0, 0, ("taken", 1), contract="e"), ["done"]),
                             (counters("d"), {"taken": 1, "v": 1})],
    "try on a newer basis": [*TRIED, (wait(5), None), (try_("s1", 3, 1, ("taken", 40)), ["done"]), (counters(), {"taken": 40, "v": 2}),
                             (old_tries(-1), ["s1 p c 2024 3", at(5)]), (confirm("s1", 0), ["none"]), (take_back("s1", 0), ["none"])],
    "try on an older basis": [(try_("s1", 3, 0, ("taken", 100)), ["done"]), (try_("s1", 2, 1, ("taken", 100)), ["conflict"])],
    "try below zero": [(try_("s1", 0, 0, ("taken", -1)), ["refused", "taken would become -1"]), (contract_view("s1"), [None, {}, []])],
    "try anew below zero": [*TRIED, (try_("s1", 1, 1, ("used", -1)), ["refused", "used would become -1"]), (counters(), {"taken": 100, "v": 1})],
    "try what is no move": [(try_("s1", 0, 0, ("taken", 1), ("v", 1)), ERROR), (contract_view("s1"), [None, {}, []])],
    "confirm": [*CONFIRMED, (counters(), {"taken": 100, "v": 1}), (old_tries(-1), []), (confirm("s1", 0), ["done"])],
    "confirm what has only read": [(try_("s1", 0, 0), ["done"]), (confirm("s1", 0, mark=":"), ["done"]), (old_tries(-1), []), (LISTED, [":s1"]),
                                   (confirm("s1", 0, mark=":"), ["done"]), (LISTED, [":s1"]), (try_("s1", 0, 0), ["closed"])],
    "confirm what was tried otherwise": [*TRIED, (confirm("s1", 0, mark=":"), ["done"]), (counters(), {"v": 2}), (old_tries(-1), []), (LISTED, []),
                                         (try_("s1", 0, 2), ["done"]), (confirm("s1", 0), ["done"]), (LISTED, []), (contract_view("s1"), [None, {"v": 2}, []])],
    "confirm what was tried otherwise, below zero": [
        (try_("s1", 0, 0, ("taken", 50)), ["done"]), (confirm("s1", 0), ["done"]), (try_("s2", 0, 1, ("taken", -40)), ["done"]), (confirm("s2", 0), ["done"]),
        (try_("s3", 0, 2, ("taken", 60)), ["done"]), (take_back("s1", 0), ["done"]), (confirm("s3", 0, mark=":"), ["refused", "taken would become -40"]),
        (keep("s3", 0, mark=":"), ["refused", "taken would become -40"]), (counters(), {"taken": 20, "v": 4}), (LISTED, ["-s1", "+s2"])],
    "confirm without a try": [(confirm("s1", 0), ["none"]), *TRIED, (confirm("s2", 0), ["none"]), (old_tries(-1), ["s1 p c 2024 0", at(0)])],
    "confirm another basis": [*TRIED, (confirm("s1", 1), ["none"]), (old_tries(-1), ["s1 p c 2024 0", at(0)])],
    "confirm what is undone": [*UNDONE, (confirm("s1", 0), ["none"])],
    "confirm what is reopened": [*REOPENED, (confirm("s1", 0), ["done"]), (old_tries(-1), ["s1 p c 2024 0", at(0)]), (reopen("s1", 0, "y"), ["conflict"])],
    "keep": [*REOPENED, (contract_view("s1"), [None, {"taken": 100, "v": 1}, []]), (keep("s1", 0), ["done"]), (old_tries(-1), []), (keep("s1", 0), ["done"]),
             (try_("s2", 0, 1, ("taken", 1)), ["done"]), (counters(), {"taken": 101, "v": 2})],
    "keep what is tried": [*TRIED, (keep("s1", 0), ["done"]), (old_tries(-1), []), (LISTED, ["+s1"])],
    "keep what was tried and reopened": [*TRIED, (reopen("s1", 0, "x"), ["done", at(1)]), (LISTED, []), (keep("s1", 0), ["done"]), (LISTED, ["+s1"])],
    "keep what was listed": [*REOPENED, (keep("s1", 0, at(0)), ["done"]), (old_tries(-1), []), (keep("s1", 0, at(0)), ["none"])],
    "keep what was reopened since": [*REOPENED, (reopen("s1", 0, "x"), ["done", at(1)]), (keep("s1", 0, at(0)), ["none"]),
                                     (old_tries(-2), ["s1 p c 2024 0", at(1)]), (keep("s1", 0, at(1)), ["done"])],
    "keep what is not there": [(keep("s1", 0), ["none"]), *TRIED, (keep("s1", 1), ["none"]), (take_back("s1", 0), ["done"]), (keep("s1", 0), ["none"])],
    "keep what is undone": [*UNDONE, (keep("s1", 0), ["none"])],
    "reopen": [*CONFIRMED, (wait(9), None), (reopen("s1", 0, "x"), ["done", at(9)]), (wait(1), None), (old_tries(0), ["s1 p c 2024 0", at(9)]),
               (reopen("s1", 0, "x"), ["done", at(10)]), (old_tries(-1), ["s1 p c 2024 0", at(10)]), (old_tries(0), []), (reopen("s1", 0, "y"), ["conflict"]), (counters(), {"taken": 100, "v": 1})],
    "reopen what is tried": [*TRIED, (wait(9), None), (reopen("s1", 0, "x"), ["done", at(9)]), (old_tries(0), []), (confirm("s1", 0), ["done"]),
                             (contract_view("s1"), [None, {"taken": 100, "v": 1}, []])],
    "reopen beside another": [*CONFIRMED, (try_("s2", 0, 1), ["done"]), (reopen("s1", 0, "x"), ["conflict"]), (take_back("s2", 0), ["done"]),
                              (reopen("s1", 0, "x"), ["done", at(0)]), (try_("s2", 0, 1), ["conflict"])],
    "reopen under a later one": [
        *CONFIRMED, (try_("s2", 0, 1, ("taken", 5)), ["done"]), (confirm("s2", 0), ["done"]), (LISTED, ["+s1", "+s2"]), (reopen("s1", 0, "x"), ["later", "s2"]),
        (reopen("s2", 0, "x"), ["done", at(0)]), (take_back("s2", 0), ["done"]), (LISTED, ["+s1", "-s2"]), (reopen("s1", 0, "x"), ["done", at(0)]),
        (keep("s1", 0), ["done"]), (LISTED, ["+s1", "-s2"])],
    "reopen under one that has only read": [
        *CONFIRMED, (try_("s2", 0, 1), ["done"]), (confirm("s2", 0, mark=":"), ["done"]), (LISTED, ["+s1", ":s2"]), (reopen("s1", 0, "x"), ["later", "s2"]),
        (try_("s3", 0, 1, ("taken", 5)), ["done"]), (confirm("s3", 0), ["done"]), (reopen("s2", 0, "x"), ["done", at(0)]), (take_back("s2", 0), ["done"]),
        (LISTED, ["+s1", "-s2", "+s3"]), (reopen("s1", 0, "x"), ["later", "s3"]), (counters(), {"taken": 105, "v": 2})],
    "reopen what is not there": [(reopen("s1", 0, "x"), ["none"]), *CONFIRMED, (reopen("s1", 1, "x"), ["none"]), (reopen("s2", 0, "x"), ["none"])],
    "reopen what is undone": [*UNDONE, (reopen("s1", 0, "x"), ["none"])],
    "take_back": [*TRIED, (take_back("s1", 0), ["done"]), (counters(), {"v": 2}), (old_tries(-1), []), (take_back("s1", 0), ["none"]),
                  (try_("s1", 0, 2, ("taken", 1)), ["done"])],
    "take_back what is confirmed": [*CONFIRMED, (take_back("s1", 0), ["done"]), (counters(), {"v": 2})],
    "take_back what was listed": [*REOPENED, (take_back("s1", 0, at(1)), ["none"]), (reopen("s1", 0, "x"), ["done", at(1)]), (take_back("s1", 0, at(0)), ["none"]),
                                  (take_back("s1", 0, at(1)), ["done"]), (counters(), {"v": 2})],
    "take_back what is reopened": [*UNDONE, (old_tries(-1), []), (counters(), {"v": 2}), (take_back("s1", 0), ["done"]), (counters(), {"v": 2})],
    "take_back without a try": [(take_back("s1", 0), ["none"]), *TRIED, (take_back("s1", 1), ["none"]), (take_back("s2", 0), ["none"])],
    "take_back zero": [(try_("s1", 0, 0, ("taken", 0)), ["done"]), (take_back("s1", 0), ["done"]), (counters(), {"v": 2})],
    "take_back below zero": [*CONFIRMED, (try_("s2", 0, 1, ("taken", -60)), ["done"]), (confirm("s2", 0), ["done"]),
                             (take_back("s1", 0), ["refused", "taken would become -60"]), (counters(), {"taken": 40, "v": 2})],
    "old_tries": [
        (old_tries(-1), []), *TRIED, (wait(50), None), (try_("s2", 0, 0, ("taken", 1), contract="d"), ["done"]),
        (try_("s0", 0, 0, ("taken", 1), contract="e"), ["done"]),
        (old_tries(-1), ["s1 p c 2024 0", at(0), "s0 p e 2024 0", at(50), "s2 p d 2024 0", at(50)]),
        (old_tries(-1, 2), ["s1 p c 2024 0", at(0), "s0 p e 2024 0", at(50)]), (old_tries(0), ["s1 p c 2024 0", at(0)]),
        (old_tries(49), ["s1 p c 2024 0", at(0)]), (old_tries(50), []),
    ],
    "attend": [
        (attend("a", 1000), [4, 0, 1, 2, 3]), (attend("b", 1000), [2]), (attend("a", 1000, 2, 3), [2, 0, 1]), (attend("b", 1000), [2, 2, 3]),
        (attend("b", 1000, 0), [2, 2, 3]), (attend("c", 1000), [2]), (wait(1000), None), (attend("a", 500), [2, 0, 1]), (wait(1), None),
        (attend("d", 1000), [2, 2, 3]), (wait(500), None), (attend("d", 1000), [4, 2, 3, 0, 1]),
    ],
    "attend and leave": [(attend("a", 1000), [4, 0, 1, 2, 3]), (attend("a", 0), [0]), (attend("b", 1000, 2), [4, 0, 1, 2, 3]), (attend("c", 0), [0])],
    "trim without cursors": [*SETTLED, (wait(100), None), (trim(0, "g"), 0), (cursor("g", f"{BEGINS + 9}-0"), "OK"), (trim(0, "g", "h"), 0)],
    "trim": [
        *SETTLED, (apply("s2", 1, ("fund", 1)), ["applied", "2"]), (wait(10), None), (apply("s3", 2, ("fund", 1)), ["applied", "3"]), (wait(100), None),
        (clear(f"{BEGINS}-0", ("x", 1)), ["done"]), (clear(f"{BEGINS + 10}-0", ("x", 1)), ["done"]), (cursor("g", f"{BEGINS}-1"), "OK"),
        (cursor("h", f"{BEGINS + 10}-0"), "OK"), (trim(111, "g", "h"), 0), (trim(0, "g", "h"), 1), (trim(0, "g", "h"), 0),
        (cursor("g", f"{BEGINS + 50}-0"), "OK"), (trim(100, "g", "h"), 1), (trim(99, "g", "h"), 0), (cursor("h", f"{BEGINS + 11}-3"), "OK"),
        (trim(99, "g", "h"), 1), (ENTRIES, []), (apply("s4", 3, ("fund", 1)), ["applied", "4"]),
        (ENTRIES, [entry(f"{BEGINS + 110}-0", "fact of s4")]),
    ],
    "trim of nothing": [(cursor("g", "0-0"), "OK"), (trim(0, "g"), 0), (trim(0), 0)],
    "a notice": [(notice(5, "Ss1"), 1), (notice(4, "Ss2"), 1), (notice(5, "Ss1"), 0), (notice(6, "Cs1"), 1)],
    "clear": [(clear("5-0", ("a b 1 fen", -700), ("a b 1 n", 1)), ["done"]), (clear("6-0", ("a b 1 fen", 700), ("a b 1 n", 1)), ["done"]),
              (clear("5-0", ("a b 1 fen", 9)), ["done"]), (BALANCES, {"a b 1 fen": 0, "a b 1 n": 2}), (clear("6-1"), ["done"])],
    "clear too much": [(clear("5-0", ("x", MOST)), ["done"]), (clear("5-1", ("y", 1), ("x", 1)), ["refused", "x"]), (BALANCES, {"x": MOST}),
                       (clear("5-1", ("x", -1)), ["done"])],
    "clear what is no move": [(clear("5-0", ("a", 1), ("b", "1e3")), ERROR), (BALANCES, {})],
    "plain": [
        (("GET", PERSON), None), (("MSET", PERSON, "a", NAMED, "b"), "OK"), (("MGET", PERSON, ACC, NAMED), ["a", None, "b"]), (("MSET", NAMED, "c"), "OK"),
        (("GET", NAMED), "c"), (("SMEMBERS", "{b0001}:set"), []), (("SADD", "{b0001}:set", "x"), 1), (("SADD", "{b0001}:set", "y"), 1),
        (("SADD", "{b0001}:set", "x"), 0), (("SMEMBERS", "{b0001}:set"), ["x", "y"]), (("LRANGE", LIST, 0, -1), []), (("HGETALL", ACC), {}),
    ],
    "plain lists": [*SETTLED, (apply("s2", 1), ["applied", "2"]), (apply("s3", 2), ["applied", "3"]), (("LRANGE", LIST, -2, -1), ["+s2", "+s3"]),
                    (("LRANGE", LIST, -9, -1), ["+s1", "+s2", "+s3"]), (("LRANGE", LIST, 0, 99), ["+s1", "+s2", "+s3"]), (("LRANGE", LIST, 3, 5), [])],
    "plain streams": [
        (("XREAD", "COUNT", 2, "STREAMS", JOURNAL, "{b0002}:journal", "0-0", "0-0"), None), *SETTLED, (apply("s2", 1), ["applied", "2"]),
        (apply("s3", 2), ["applied", "3"]),
        (("XREAD", "COUNT", 2, "STREAMS", "{b0002}:journal", JOURNAL, "0-0", "0-0"),
         [[JOURNAL, [entry(f"{BEGINS}-0", "fact of s1"), entry(f"{BEGINS}-1", "fact of s2")]]]),
        (("XREAD", "COUNT", 2, "STREAMS", JOURNAL, f"{BEGINS}-1"), [[JOURNAL, [entry(f"{BEGINS}-2", "fact of s3")]]]),
        (("XREAD", "COUNT", 2, "STREAMS", JOURNAL, f"{BEGINS}-2"), None),
        (("XRANGE", JOURNAL, f"{BEGINS}-1", f"{BEGINS}-1"), [entry(f"{BEGINS}-1", "fact of s2")]), (("XRANGE", JOURNAL, "7-0", "7-0"), []),
    ],
}


def as_bytes(expected, of):
    """What the table says in plain words, as replies have it. A number stands for its text where a text is answered."""
    if isinstance(expected, list) and isinstance(of, list):
        return [as_bytes(e, o) for e, o in zip(expected, of)] + expected[len(of):]
    if isinstance(expected, dict):
        return {as_bytes(k, b""): as_bytes(v, b"") for k, v in expected.items()}
    if isinstance(expected, str) or (isinstance(expected, int) and isinstance(of, bytes)):
        return str(expected).encode()
    return expected


def run(both, steps):
    """The functions called, each with the outcomes that it had."""
    seen = set()
    both.begin()
    for command, expected in steps:
        if command[0] == "wait":
            both.wait(command[1])
            continue
        reply = both(*command)
        assert reply == as_bytes(expected, reply), f"{command}: {reply}"
        if command[0] == "FCALL":
            seen.add((command[1], outcome_of(reply)))
    both.compare()
    return seen


def outcome_of(reply):
    if isinstance(reply, Refused):
        return "error"
    return reply[0].decode() if isinstance(reply, list) and reply and isinstance(reply[0], bytes) else ""


@pytest.mark.parametrize("name", CASES)
def test_answer(both, name):
    run(both, CASES[name])


def promised():
    """Every function of the Lua files, with the outcomes that its text names, or the text of what it calls."""
    text = "\n".join(file.read_text() for file in sorted(FUNCTIONS.glob("*.lua")))
    helpers = dict(re.findall(r"^local function (\w+)\((.*?)^end$", text, re.S | re.M))
    functions = dict(re.findall(r"^register(?:_reading)?\('(\w+)', function\((.*?)\bend\)$", text, re.S | re.M))
    assert len(functions) == len(re.findall(r"^register(?:_reading)?\('", text, re.M))

    def words(body):
        found = {word for line in re.findall(r"\breturn (\{.*)", body) for word in re.findall(r"(?:\{|and |or )'([a-z]+)'", line)}
        found |= {"error"} if re.search(r"\berror\(", body) else set()
        return found.union(*(words(helpers[name]) for name in helpers if re.search(rf"\b{name}\(", body)))

    return {(name, word) for name, body in functions.items() for word in words(body) or {""}}


def test_table_is_whole(both):
    seen = set().union(*(run(both, steps) for steps in CASES.values()))
    assert promised() - seen == set()
    assert len(promised()) >= 38


# --- random sequences ---

NAMES = ["fund", "stays", "taken", "with space", "统筹"]
NO_MOVES = [("v", "1"), ("", "1"), ("fund", "x"), ("fund", "-0"), ("fund", "01"), ("fund", "1" * 18)]


class Chance:
    """One of everything that may be asked, about so few things that they meet."""

    def __init__(self, seed, both):
        self.random, self.both = random.Random(seed), both
        self.applied = {}

    def moves(self):
        r = self.random
        moves = [(r.choice(NAMES), str(r.choice([0, 1, 5, -5, r.randint(-300, 300), r.randint(1, 400), r.choice([MOST, -MOST, 10**17 - 1])]
                                                [: r.choice([6, 6, 6, 7])]))) for _ in range(r.randrange(4))]
        return moves + ([r.choice(NO_MOVES)] if r.random() < 0.05 else [])

    def id(self):
        return f"s{self.random.randrange(6)}"

    def version(self, key):
        """Mostly the right one."""
        now = self.both.real.ask("HGET", key, "v")
        return int(now or 0) + self.random.choice([0, 0, 0, 0, -1, 1])

    def entry(self):
        return f"{self.random.randrange(3, 12)}-{self.random.randrange(3)}"

    def apply(self):
        id, moves = self.id(), self.moves()
        self.applied.setdefault(id, moves)
        return apply(id, self.version(ACC), *moves, mark=self.random.choice("+:."))

    def cancel(self):
        id = self.id()
        back = [(name, str(-int(delta))) for name, delta in self.applied.get(id, []) if re.fullmatch(r"-?\d+", delta)]
        recorded = self.random.choice([None, None, None, f"cancelled {id}"])
        version = self.random.choice(["", self.version(ACC)])
        return cancel(id, *(back if self.random.random() < 0.8 else self.moves()), recorded=recorded, version=version)

    def part(self):
        return dict(contract=self.random.choice("ccd"))

    def opened(self):
        """When something was opened, or nothing."""
        stamps = self.both.real.ask("ZRANGE", TRIES, 0, -1, "WITHSCORES")[1::2]
        return self.random.choice([[], [], self.random.sample(stamps, min(1, len(stamps)))])

    def try_(self):
        part = self.part()
        return try_(self.id(), self.random.randrange(3), self.version(part_keys(part["contract"])[0]), *self.moves(), **part)

    def cursor(self):
        entries = self.both.real.ask("XRANGE", JOURNAL, "-", "+")
        return cursor(self.random.choice("gh"), self.random.choice([entry for entry, _ in entries] or ["0-0"]))

    def command(self):
        r = self.random
        return r.choice([
            lambda: ("MGET", PERSON, settle_key(self.id())), lambda: ("HGETALL", ACC), lambda: ("EXISTS", NAMED),
            self.apply, self.apply, self.cancel,
            lambda: fence(self.id()),
            lambda: put(r.choice(["", "", "0", "1", "2", "3"]), r.choice(["a", "b", b"c \x00", ""])),
            lambda: contract_view(r.choice(["", self.id()]), **self.part()),
            self.try_, self.try_,
            lambda: confirm(self.id(), r.randrange(3), mark=r.choice("++:"), **self.part()),
            lambda: keep(self.id(), r.randrange(3), *self.opened(), mark=r.choice("++:"), **self.part()),
            lambda: reopen(self.id(), r.randrange(3), r.choice("xy"), **self.part()),
            lambda: take_back(self.id(), r.randrange(3), *self.opened(), **self.part()),
            lambda: old_tries(r.choice([-1, 0, 100, 500]), r.choice([1, 2, 64])),
            lambda: attend(r.choice("abc"), r.choice([0, 300, 1000, 1000]), *r.sample(range(4), r.randrange(3))),
            self.cursor,
            lambda: trim(r.choice([0, 0, 300, 10**6]), *r.choice([["g"], ["g", "h"], []])),
            lambda: notice(r.randrange(9), r.choice(["Ss1", "Ss2", "Cs1"])),
            lambda: clear(self.entry(), *self.moves()),
            lambda: ("SADD", NAMED, r.choice("cd")),
            lambda: ("XREAD", "COUNT", r.choice([1, 16]), "STREAMS", JOURNAL, r.choice(["0-0", f"{BEGINS + 5000}-0"])),
            lambda: ("LRANGE", r.choice([LIST, part_keys(self.part()["contract"])[3]]), r.randint(-4, 2), r.choice([-1, 2, 99])),
        ])()


@pytest.mark.parametrize("seed", range(25))
def test_at_random(both, seed):
    both.begin()
    chance = Chance(seed, both)
    for i in range(300):
        both(*chance.command())
        if chance.random.random() < 0.5:
            both.wait(chance.random.randrange(120))
        if i % 10 == 9:
            both.compare()
