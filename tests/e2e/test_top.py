"""yz top: the rates of a gateway under a known load."""

import os
import subprocess
import threading

from conftest import ROOT
from people import resident

YZ = os.path.join(os.environ.get("YZ_BIN", ROOT / "build" / "release" / "bin"), "yz")


def test_calls_and_workers_are_shown(suite):
    person = resident()
    suite.put(f"/v1/persons/{person['id']}", person)
    top = subprocess.Popen([YZ, "top", "--once", suite.base], stdout=subprocess.PIPE, text=True)
    stop = threading.Event()

    def read():
        while not stop.is_set():
            suite.get(f"/v1/persons/{person['id']}")
            suite.get("/v1/persons/nobody")

    reader = threading.Thread(target=read)
    reader.start()
    shown = top.communicate(timeout=20)[0]
    stop.set()
    reader.join()
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines()}
    assert top.returncode == 0
    asked, again, workers, _, queued, credit = map(float, rows["Enrollment.GetPerson"])
    assert asked > 5 and again == 0 and workers == 1 and credit > 0
    assert queued <= 1  # a gauge of one moment: the reader's only call may wait just then
    assert float(rows["getPerson"][0]) > 5 and shown.count("\ngetPerson ") == 1  # whatever its statuses
    assert float(rows["Clearing.Balances"][0]) == 0 and float(rows["Clearing.Balances"][2]) == 1


def test_a_gateway_that_is_not_there_is_said():
    answer = subprocess.run([YZ, "top", "--once", "http://127.0.0.1:9"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert answer.returncode == 1 and "yz top" in answer.stderr
