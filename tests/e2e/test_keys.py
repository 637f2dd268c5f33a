"""CURVE between the processes: the suite settles with it, a stranger gets nothing, new keys cost no request."""

import os
import signal
import subprocess
import time

import pytest

from conftest import SERVICES, Suite, eventually
from people import bill, fresh, hospital, resident
from traffic import Traffic


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    data = tmp_path_factory.mktemp("keys")
    suite = Suite(data / "suite", {"adjudication": 2})
    suite.keys = data / "keys"
    suite.env["YZ_KEYS"] = str(suite.keys)
    try:
        suite.start()
        suite.put("/v1/institutions/h3", hospital())
        yield suite
    finally:
        suite.stop()


def yz_keys(suite, *more):
    suite.shell(f'"$YZ_BIN/yz" keys "{suite.keys}" {" ".join(more)}')


def metric(suite, name):
    return [float(line.split()[-1]) for line in suite.get("/metrics").text.splitlines() if line.split("{")[0].split(" ")[0] == name]


def settles(suite):
    person = resident()
    assert suite.put(f"/v1/persons/{person['id']}", person).status_code in (200, 201)
    answer = suite.post("/v1/settlements", bill(person["id"]))
    return answer.status_code == 201


def test_a_guarded_suite_settles_and_its_secrets_are_private(guarded):
    assert settles(guarded)
    for name in ["gateway", *SERVICES]:
        assert (guarded.keys / f"{name}.key").stat().st_mode & 0o077 == 0


def test_keys_are_made_once(guarded):
    before = {f.name: f.read_bytes() for f in guarded.keys.iterdir()}
    yz_keys(guarded)
    assert {f.name: f.read_bytes() for f in guarded.keys.iterdir()} == before
    assert len(before) == len(SERVICES) + 3


@pytest.mark.parametrize("who", ["unknown key", "no key", "key of another service"])
def test_a_stranger_gets_nothing(guarded, tmp_path, who):
    """A worker of clearing that is not let in stays unready and is handed no call, whatever else is asked. The gateway says that somebody knocks."""
    workers = metric(guarded, "yz_bus_workers")
    counter = "yz_bus_beats_refused_total" if who == "key of another service" else "yz_bus_handshakes_refused_total"
    (before,) = metric(guarded, counter)
    own = guarded.keys / "enrollment.key" if who == "key of another service" else tmp_path / "strangers" / "clearing.key"
    guarded.shell(f'"$YZ_BIN/yz" keys "{tmp_path}/strangers"')
    env = dict(guarded.env)
    if who == "no key":
        env.pop("YZ_KEYS")
        guarded.shell('start_service_stranger() { YZ_KEYS= ; start_service clearing 7; }; start_service_stranger')
    else:
        (tmp_path / "mixed").mkdir()
        (tmp_path / "mixed" / "clearing.key").write_bytes(own.read_bytes())
        (tmp_path / "mixed" / "gateway.pub").write_bytes((guarded.keys / "gateway.pub").read_bytes())
        guarded.shell(f'YZ_KEYS="{tmp_path}/mixed"; start_service clearing 7')
    port = int(guarded.env["YZ_ADMIN_BASE"]) + 70 + SERVICES.index("clearing")
    admin = f"http://127.0.0.1:{port}"
    assert eventually(lambda: alive(guarded, admin))
    time.sleep(2)
    ready = guarded.http.get(f"{admin}/ready", timeout=5)
    assert ready.status_code == 503 and "no gateway answers" in ready.text
    assert "yz_bus_calls_total 0" in guarded.http.get(f"{admin}/metrics", timeout=5).text
    assert metric(guarded, "yz_bus_workers") == workers
    assert eventually(lambda: metric(guarded, counter)[0] >= before + 2)  # it tries again
    guarded.shell("stop_one clearing-7")
    assert settles(guarded)


def alive(suite, admin):
    try:
        return suite.http.get(f"{admin}/live", timeout=5).status_code == 200
    except OSError:
        return False


def hang_up(suite, name):
    os.kill(suite.pid(name), signal.SIGHUP)


@pytest.mark.parametrize("first", ["gateway", "service"])
def test_rotation_under_load_fails_no_request(guarded, first):
    """Whichever side learns of the new key first; in the end the old key is of no use."""
    processes = {"adjudication": ["adjudication-1", "adjudication-2"], "enrollment": ["enrollment-1"]}
    with Traffic([guarded.base]) as load:
        for service, names in processes.items():
            old = (guarded.keys / f"{service}.key").read_text()
            yz_keys(guarded, "--rotate", service)
            assert (guarded.keys / f"{service}.key").read_text() != old
            for name in ["gateway", *names] if first == "gateway" else [*names, "gateway"]:
                hang_up(guarded, name)
                time.sleep(0.3)
            time.sleep(3)
        yz_keys(guarded, "--retire")
        hang_up(guarded, "gateway")
        done = len(load.done)
        time.sleep(2)
    assert load.failed == []
    assert len(load.done) > done > 50
    assert len((guarded.keys / "allow").read_text().splitlines()) == 1 + len(SERVICES)
    assert guarded.get("/ready").status_code == 200


def test_a_broken_key_file_changes_nothing(guarded):
    path = guarded.keys / "supplementary.key"
    good = path.read_bytes()
    path.write_text("nonsense\n")
    hang_up(guarded, "supplementary-1")
    assert eventually(lambda: "bus setting refused" in (guarded.data / "log" / "supplementary-1.log").read_text())
    path.write_bytes(good)
    assert settles(guarded)


def test_an_empty_allow_list_changes_nothing(guarded):
    """A file that is just being written is no order to turn everybody away."""
    path, workers = guarded.keys / "allow", metric(guarded, "yz_bus_workers")
    good = path.read_bytes()
    log = guarded.data / "log" / "gateway.log"
    path.write_text("# nobody\n")
    hang_up(guarded, "gateway")
    assert eventually(lambda: "names no worker" in log.read_text())
    path.write_bytes(good)
    assert metric(guarded, "yz_bus_workers") == workers
    assert settles(guarded)
