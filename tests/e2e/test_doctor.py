"""yz doctor: well is well; what is wrong is named, with what to do."""

import os
import signal
import subprocess

from conftest import ROOT, SERVICES, eventually

YZ = os.path.join(os.environ.get("YZ_BIN", ROOT / "build" / "release" / "bin"), "yz")


def doctor(suite, *more):
    admin = int(suite.env["YZ_ADMIN_BASE"]) + 10
    urls = [suite.base] + [f"http://127.0.0.1:{admin + i}" for i in range(len(SERVICES))]
    return subprocess.run([YZ, "doctor", *urls, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_healthy_suite_is_well(suite):
    answer = eventually(lambda: (lambda a: a if a.returncode == 0 else None)(doctor(suite))) or doctor(suite)
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count(": well") == 1 + len(SERVICES)


def test_a_dead_service_is_named(suite):
    suite.kill("assistance-1", signal.SIGKILL)
    answer = eventually(lambda: (lambda a: a if "no worker of assistance" in a.stdout else None)(doctor(suite)))
    assert answer and answer.returncode == 1
    assert "start a process of that service" in answer.stdout and "is the process up" in answer.stdout
    suite.start_service("assistance")
    suite.wait_ready()


def test_redis_away_is_named(suite):
    suite.kill("redis", signal.SIGKILL)
    answer = eventually(lambda: (lambda a: a if "not ready, redis" in a.stdout else None)(doctor(suite)))
    assert answer and answer.returncode == 1 and "is Redis up" in answer.stdout
