"""yz trace: a settlement's way through all processes, from their logs, without personal data."""

import json
import os
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

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


@pytest.fixture
def quiet(tmp_path):
    """At the level that nobody has chosen, and soon full."""
    suite = Suite(tmp_path)
    suite.env["YZ_CONCURRENCY"] = "2"
    try:
        yield suite.start()
    finally:
        suite.stop()


def logged(suite):
    """Lines about requests in the gateway's log."""
    lines = [json.loads(line) for line in (suite.data / "log" / "gateway.log").read_text().splitlines()]
    return [line for line in lines if line["msg"] == "answered"]


def test_what_failed_is_found_without_debug(quiet):
    person = resident("zhang-310115")
    quiet.put("/v1/institutions/h3", hospital())
    quiet.put(f"/v1/persons/{person['id']}", person)
    assert quiet.post("/v1/settlements", bill(person["id"])).status_code == 201
    assert quiet.post("/v1/settlements", bill("nobody")).status_code == 404
    assert logged(quiet) == []
    quiet.kill("assistance-1", signal.SIGKILL)
    poor = resident(recognitions=[{"category": "minimum_living", "from": "2023-01-01"}])
    quiet.put(f"/v1/persons/{poor['id']}", poor)
    made = bill(poor["id"])
    assert quiet.post("/v1/settlements", made, timeout=40).status_code == 503
    (line,) = logged(quiet)
    assert (line["level"], line["operation"], line["status"], line["code"]) == ("warn", "settle", 503, "service_away")
    quiet.start_service("assistance")
    quiet.wait_ready()
    settled = quiet.post("/v1/settlements", made).json()["id"]
    assert settled == line["settlement"] and line["trace"] in trace(quiet, settled).stdout  # enrollment had said which it would be

    quiet.kill("redis", signal.SIGKILL)
    answer = quiet.post("/v1/settlements", bill(person["id"]), timeout=40)
    assert answer.status_code == 503
    found = trace(quiet, answer.json()["trace"])
    assert found.returncode == 0 and "store_away" in found.stdout and "settle" in found.stdout
    assert person["id"] not in (quiet.data / "log" / "gateway.log").read_text()


def test_refusals_at_the_door_fill_no_log(quiet):
    quiet.kill("enrollment-1", signal.SIGSTOP)
    with ThreadPoolExecutor(72) as clients:
        asked = [clients.submit(quiet.get, f"/v1/persons/p{i}") for i in range(72)]
        assert eventually(lambda: quiet.count(quiet.base, "yz_http_overloaded_total") > 0)
        quiet.kill("enrollment-1", signal.SIGCONT)
    assert "overloaded" in {a.result().json()["code"] for a in asked}
    assert "overloaded" not in {line["code"] for line in logged(quiet)}
