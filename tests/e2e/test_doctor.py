"""yz doctor: well is well; what is wrong is named, with what to do."""

import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from conftest import ROOT, SERVICES, Suite, eventually
from people import resident

YZ = os.path.join(os.environ.get("YZ_BIN", ROOT / "build" / "release" / "bin"), "yz")


def ask(*urls):
    return subprocess.run([YZ, "doctor", *urls], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def doctor(suite):
    admin = int(suite.env["YZ_ADMIN_BASE"]) + 10
    return ask(suite.base, *(f"http://127.0.0.1:{admin + i}" for i in range(len(SERVICES))))


def test_a_healthy_suite_is_well(suite):
    answer = eventually(lambda: (lambda a: a if a.returncode == 0 else None)(doctor(suite))) or doctor(suite)
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count(": well") == 1 + len(SERVICES)


def test_a_slash_at_the_end_of_an_address_changes_nothing(suite):
    answer = eventually(lambda: (lambda a: a if a.returncode == 0 else None)(ask(suite.base + "/")))
    assert answer and answer.stdout == f"{suite.base}/: well\n"


def test_without_an_address_the_gateway_of_this_machine_is_asked():
    assert ask().stdout.startswith("http://127.0.0.1:8080: ")


def test_an_address_of_others_is_none_of_ours():
    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        answer = ask(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
    assert answer.returncode == 1 and "not an address of yizhan" in answer.stdout and "starting" not in answer.stdout


def test_an_overload_that_is_over_is_past(tmp_path):
    suite = Suite(tmp_path)
    suite.env["YZ_CONCURRENCY"] = "2"  # twice two is less than the room that there always is, 64
    try:
        suite.start()
        suite.kill("enrollment-1", signal.SIGSTOP)
        with ThreadPoolExecutor(72) as clients:
            asked = [clients.submit(suite.get, f"/v1/persons/p{i}") for i in range(72)]
            assert eventually(lambda: suite.count(suite.base, "yz_http_overloaded_total") > 0)
            suite.kill("enrollment-1", signal.SIGCONT)
        assert {answer.result().status_code for answer in asked} <= {404, 503}
        answer = eventually(lambda: (lambda a: a if a.returncode == 0 else None)(doctor(suite))) or doctor(suite)
        assert answer.returncode == 0, answer.stdout
        assert suite.count(suite.base, "yz_http_overloaded_total") > 0  # it remembers
    finally:
        suite.stop()


@pytest.mark.parametrize("service", ["assistance", "notification"])  # the second closes no door
def test_a_dead_service_is_named(suite, service):
    suite.kill(f"{service}-1", signal.SIGKILL)
    answer = eventually(lambda: (lambda a: a if f"no worker of {service}" in a.stdout else None)(doctor(suite)))
    assert answer and answer.returncode == 1
    assert "start a process of that service" in answer.stdout and "is the process up" in answer.stdout
    suite.start_service(service)
    suite.wait_ready()


def doctor_while(suite, act):
    """What the doctor says while somebody does that again and again."""
    stop = threading.Event()

    def repeat():
        while not stop.is_set():
            act()

    actor = threading.Thread(target=repeat)
    actor.start()
    try:
        return doctor(suite)
    finally:
        stop.set()
        actor.join()


def test_a_redis_that_answers_and_takes_no_writes_is_named(suite):
    person = resident()
    suite.redis().config_set("min-replicas-to-write", 1)  # and there is none
    try:
        assert suite.put(f"/v1/persons/{person['id']}", person).status_code == 503
        answer = doctor_while(suite, lambda: suite.put(f"/v1/persons/{person['id']}", person))
    finally:
        suite.redis().config_set("min-replicas-to-write", 0)
    assert answer.returncode == 1 and "not ready" not in answer.stdout  # a ping is answered
    assert "Redis refuses or is away (yz_store_away_total" in answer.stdout and "info replication (replicas)" in answer.stdout
    assert "defect" not in answer.stdout


def test_redis_away_is_named(suite):
    suite.kill("redis", signal.SIGKILL)
    answer = eventually(lambda: (lambda a: a if "not ready, redis" in a.stdout else None)(doctor(suite)))
    assert answer and answer.returncode == 1 and "is Redis up" in answer.stdout
