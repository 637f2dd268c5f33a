"""ops/fault: the running suite under faults, then looked at from outside."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from check import Check
from faults import Faults
from house import House
from load import Load, REFUSED
from quota import quota


def arguments():
    parser = argparse.ArgumentParser(prog="ops/fault", description="Faults against the real suite under load; ends with what was found.")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--topology", choices=["single", "cluster", "together"], default="single")
    parser.add_argument("--keep", action="store_true", help="keep logs and data also when nothing was found")
    return parser.parse_args()


def run(minutes, seed, topology, data, say=print):
    """Violations, of which there must be none."""
    with quota(Path(data) / "redis-disk") as disk:
        house = House(data, topology, disk)
        try:
            house.start()
            say(f"seed {seed}, {topology}, {minutes:g} minutes; disk of redis-1: {disk or 'cannot be mounted here, not filled'}")
            load, faults = Load(house.bases, seed), Faults(house, seed, say)
            load.prepare()
            load.start()
            faults.run(minutes * 60)
            load.finish()
            house.heal()
            unknown = load.settle_unknown()
            check = Check(house, load)
            for failure in load.broken:
                check.wrong("an answer that no client understands", failure)
            for request in unknown:
                check.wrong("stays unknown", f"{request.kind} {request.path} {request.body}: {request.answers[-1:]}")
            settled, cancelled = check.settlements()
            encounters, kept = check.encounters(), check.kept()
            say(check.audit())
            check.ended_processes()
            refused = sum(r.outcome == REFUSED for r in load.log)
            say(f"{sum(faults.counts.values())} faults ({', '.join(f'{n} x {name}' for name, n in sorted(faults.counts.items()))})")
            say(f"{len(load.log)} requests: {settled} settled, {cancelled} cancelled, {refused} refused; {encounters} encounters; {kept} persons put over")
            if not (settled and cancelled and encounters and kept):
                check.wrong("nothing was tried", f"{settled} settled, {cancelled} cancelled, {encounters} encounters, {kept} persons put over")
            return check.found
        finally:
            house.end()


def on_signal(number, _):
    """Once: what runs is ended on the way out, undisturbed."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    told = arguments()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, on_signal)
    data = tempfile.mkdtemp(prefix="yz-fault-")
    began = time.monotonic()
    try:
        found = run(told.minutes, told.seed, told.topology, data, lambda text: print(text, flush=True))
    except SystemExit:
        shutil.rmtree(data)
        raise
    except BaseException:
        print(f"logs and data: {data}")
        raise
    for violation in found:
        print(f"VIOLATION (seed {told.seed}, {told.topology}) {violation}")
    if found or told.keep:
        print(f"logs and data: {data}")
    else:
        shutil.rmtree(data)
    print(f"{len(found)} violations after {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
