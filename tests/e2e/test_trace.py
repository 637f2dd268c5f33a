"""yz trace: a settlement's way through all processes, from their logs, without personal data."""

import os
import subprocess
import tempfile

import pytest

from conftest import ROOT, SERVICES, Suite, eventually
from people import bill, hospital, resident

YZ = os.path.join(os.environ.get("YZ_BIN", ROOT / "build" / "release" / "bin"), "yz")
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def talkative():
    with tempfile.TemporaryDirectory(prefix="yz-e2e-") as data:
        suite = Suite(data)
        suite.env["YZ_LOG_LEVEL"] = "debug"
        try:
            yield suite.start()
        finally:
            suite.stop()


def trace(suite, what):
    return subprocess.run([YZ, "trace", what, str(suite.data / "log")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_way_of_a_settlement_is_found_by_trace_and_by_settlement(talkative):
    person = resident()
    talkative.put("/v1/institutions/h3", hospital())
    talkative.put(f"/v1/persons/{person['id']}", person)
    settled = talkative.post("/v1/settlements", bill(person["id"]), headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert settled.status_code == 201
    lines = eventually(lambda: (lambda found: found if any("answered" in line for line in found) else None)(
        trace(talkative, TRACE).stdout.splitlines()))
    assert lines == sorted(lines, key=lambda line: line.split()[0])
    seen = {line.split()[1] for line in lines}
    assert {"gateway", "enrollment", "adjudication"} <= seen <= {"gateway", *SERVICES}, lines
    assert trace(talkative, settled.json()["id"]).stdout.splitlines() == lines
    assert person["id"] not in "\n".join(lines)


def test_an_unknown_id_is_said(talkative):
    answer = trace(talkative, "f" * 32)
    assert answer.returncode == 1 and "no line" in answer.stderr and not answer.stdout
