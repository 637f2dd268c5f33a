"""Faults in every run of ops/test: a minute of them, and that ops/fault can be stopped. ops/fault runs longer, with other seeds and over a cluster."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from house import ROOT
from run import run

SEED = 20240101


@pytest.mark.parametrize("topology,minutes", [("single", 1.0), ("together", 0.5)])
def test_a_minute_of_faults_loses_nothing_and_pays_nothing_twice(topology, minutes, tmp_path):
    assert run(minutes, SEED, topology, tmp_path) == []


def marked(mark):
    """Commands of the processes that have the mark in their environment; a dead one that nobody has waited for has none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().split(b"\0")[0].decode())
        except OSError:
            pass
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_with_all_its_processes(number, tmp_path):
    mark = f"YZ_MARK={uuid.uuid4().hex}"
    name, _, value = mark.partition("=")
    env = dict(os.environ, TMPDIR=str(tmp_path), **{name: value})
    running = subprocess.Popen([ROOT / "ops/fault", "--minutes", "5", "--seed", "2"], env=env, stdout=subprocess.PIPE, text=True)
    for line in running.stdout:
        if " s  " in line:
            break
    time.sleep(2)
    assert len(marked(mark)) > 14
    running.send_signal(number)
    assert running.wait(30) == 128 + number
    assert marked(mark) == []
    assert list(tmp_path.iterdir()) == []
