"""The README's commands, as a new user runs them."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import ROOT, Suite


def run(*command, env=None, status=0):
    done = subprocess.run([str(c) for c in command], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert done.returncode == status, done.stdout[-4000:]
    return done.stdout


def recorded(suite):
    """What was put and settled; messages and cursors follow a moment later."""
    return {key for kind in ("person", "inst", "contract", "settle") for key in suite.redis().scan_iter(match=f"*:{kind}:*")}


def test_up_settles_the_demo_and_starts_again_where_it_was():
    with tempfile.TemporaryDirectory(prefix="yz-up-") as data:
        suite = Suite(data)
        try:
            first = run("ops/up", env=suite.env)
            assert "起付线" in first and "deductible" in first.lower() and "/openapi.json" in first
            assert "running" in run("ops/status", env=suite.env)
            keys = recorded(suite)
            assert len(keys) > 50
            assert "stopped" in run("ops/down", env=suite.env)
            second = run("ops/up", env=suite.env)
            assert recorded(suite) == keys
            assert second == first
        finally:
            run("ops/down", env=suite.env)


def test_status_without_a_suite_says_what_to_do():
    with tempfile.TemporaryDirectory(prefix="yz-down-") as data:
        assert "ops/up" in run("ops/status", env=dict(os.environ, YZ_DATA=data), status=1)


def test_the_images_steps_work_outside_a_container():
    """The Dockerfile is made of ops/install, ops/build, ctest and cmake --install; the first three run in every ops/test."""
    with tempfile.TemporaryDirectory(prefix="yz-install-") as prefix:
        run("cmake", "--install", "build/release", "--prefix", prefix)
        programs = {p.name for p in (Path(prefix) / "bin").iterdir()}
        assert {"yz", "yz-gateway", "yz-enrollment", "yz-adjudication", "yz-assistance", "yz-supplementary", "yz-notification", "yz-clearing"} <= programs
        run(f"{prefix}/bin/yz", "policy", "check", f"{prefix}/share/yizhan/policies")


@pytest.mark.parametrize("program", ["yz-gateway", "yz-enrollment", "yz-adjudication", "yz-assistance", "yz-supplementary", "yz-notification", "yz-clearing"])
def test_every_program_tells_its_settings(program):
    shown = run(f"build/release/bin/{program}", "--help")
    assert "drain-ms" in shown and "log-level" in shown


@pytest.mark.parametrize("script", ["up", "down", "status", "build", "test"])
def test_every_script_tells_what_it_does(script):
    with tempfile.TemporaryDirectory(prefix="yz-help-") as data:
        shown = run(f"ops/{script}", "--help", env=dict(os.environ, YZ_DATA=data))
        assert len(shown) > 40 and "#" not in shown and "set -" not in shown
        assert os.listdir(data) == []


@pytest.mark.parametrize("command", ["policy", "settle", "golden", "send", "keys", "trace", "doctor", "top", "health"])
def test_every_command_of_the_tool_tells_its_options(command):
    assert f"usage: yz {command}" in run("build/release/bin/yz", command, "--help")
    assert f"yz {command}" in run("build/release/bin/yz", "help")


def test_a_wrong_setting_is_named():
    shown = run("build/release/bin/yz-enrollment", "--redis", "http://x", status=1)
    assert "redis" in shown
