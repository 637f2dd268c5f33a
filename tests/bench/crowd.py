"""What a settlement costs with few people and with a province's many: CPU of the gateway, every service and Redis by their
process times. Both houses stand side by side and take turns, so that the ratio means something on a machine that others use
too."""

import os
import tempfile
from statistics import median

from overload import OUTSTANDING, enrol, run

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_us(suite):
    """Of all processes of the suite, in all their threads, since they began."""
    total = 0
    for file in (suite.data / "run").glob("*.pid"):
        fields = open(f"/proc/{suite.pid(file.stem)}/stat").read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total * 1_000_000 // TICKS


def settle(suite, persons, seconds):
    """CPU microseconds of one settlement."""
    before = cpu_us(suite)
    answered = run("bench_load", suite, OUTSTANDING, seconds, 0, persons, "settle")["answered"]
    return (cpu_us(suite) - before) / answered


def measure(report, few, many, seconds, rounds):
    from conftest import Suite

    with tempfile.TemporaryDirectory(prefix="yz-people-") as data:
        houses = {n: Suite(f"{data}/{n}") for n in (few, many)}
        try:
            for n, suite in houses.items():
                suite.start()
                enrol(suite, n)
                settle(suite, n, 2)  # warm: links, plans, arenas
            cost = {n: [] for n in houses}
            for _ in range(rounds):
                for n, suite in houses.items():
                    cost[n].append(settle(suite, n, seconds))
        finally:
            for suite in houses.values():
                suite.stop()
    for n in houses:
        report.add("i", f"CPU of a settlement with {n:,} people", round(median(cost[n])), "us")
    report.add("i", f"with {few:,} people / with {many:,}", median(cost[few]) / median(cost[many]), "", 0.9)
