#!/usr/bin/python3
"""Overload: three times as many settlements are sent as can be done. What is done stays near the most, what is accepted is
answered soon, the rest is refused early with 503 and Retry-After, and the gateway does not grow.

The most (closed loop, as many outstanding as the ceiling is measured with) and the overload take turns in one run, so that the
ratio means something on a machine that others use too. Load, gateway, services and Redis share the cores.

Usage: tests/bench/overload.py [--seconds N] [--rounds N] [--times N] [--persons N]
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin"))
OUTSTANDING = 256
CONNECTIONS = 3000
sys.path.insert(0, str(ROOT / "tests/e2e"))


def run(program, suite, *words):
    done = subprocess.run([str(w) for w in (BIN / program, suite.env["YZ_HTTP_PORT"], *words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0 and program != "bench_overload":
        sys.exit(f"{program} failed:\n{done.stdout}\n{done.stderr}")
    return {m[1]: int(m[2]) for m in re.finditer(r"^(\w+) (\d+)$", done.stdout, re.M)}


def resident_kb(suite):
    return int(re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{suite.pid('gateway')}/status").read_text(), re.M)[1])


def enrol(suite, persons):
    from people import hospital

    suite.put("/v1/institutions/bench-hospital", hospital("bench-hospital"))
    run("bench_load", suite, 128, 600, 0, persons, "enrol")


def measure(suite, persons, seconds, rounds, times):
    """One dict for each round; the persons are enrolled."""
    most = lambda s: run("bench_load", suite, OUTSTANDING, s, 0, persons, "settle")
    over = lambda s, rate: run("bench_overload", suite, CONNECTIONS, s, rate, persons)
    over(2, times * most(2)["per_second"])  # warm: links, plans, arenas, connections
    for _ in range(rounds):
        peak, before = most(seconds), resident_kb(suite)
        got = over(seconds, times * peak["per_second"])
        yield {"peak": peak["per_second"], "goodput": got["accepted_per_second"] / peak["per_second"], "peak_p99_us": peak["p99_us"],
               "resident_kb": resident_kb(suite), "grown_kb": resident_kb(suite) - before, **got}


def main():
    ask = argparse.ArgumentParser()
    for name, default in (("seconds", 6), ("rounds", 3), ("times", 3), ("persons", 5000)):
        ask.add_argument(f"--{name}", type=int, default=default)
    asked = ask.parse_args()
    from conftest import Suite

    with tempfile.TemporaryDirectory(prefix="yz-overload-") as data:
        suite = Suite(data)
        try:
            suite.start()
            enrol(suite, asked.persons)
            for got in measure(suite, asked.persons, asked.seconds, asked.rounds, asked.times):
                print(" ".join(f"{k}={v:.2f}" if isinstance(v, float) else f"{k}={v}" for k, v in got.items()), flush=True)
        finally:
            suite.stop()


if __name__ == "__main__":
    main()
