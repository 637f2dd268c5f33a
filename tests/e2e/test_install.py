"""ops/install installs what is missing, and none of it is started by its package."""

import os
import subprocess

import pytest

from conftest import ROOT

# A user who is not root, on a machine that has no package yet; what he does as root happens below $ROOT_OF_TEST.
STUBS = {
    "id": "echo 1000",
    "dpkg-query": "exit 1",
    "sudo": 'exec "${@//\\/usr\\/sbin/$ROOT_OF_TEST/usr/sbin}"',
    "apt-get": """
        echo "apt-get $*" >>"$ROOT_OF_TEST/told"
        [[ " $* " == *" install "* ]] || exit 0
        "$ROOT_OF_TEST/usr/sbin/policy-rc.d" redis-server start
        echo "policy $?" >>"$ROOT_OF_TEST/told"
        exit ${APT_GET_SAYS:-0}""",
    "systemctl": 'echo "systemctl $*" >>"$ROOT_OF_TEST/told"',
}


@pytest.fixture
def machine(tmp_path):
    stubs, root = tmp_path / "stubs", tmp_path / "root"
    stubs.mkdir()
    (root / "usr/sbin").mkdir(parents=True)
    for name, text in STUBS.items():
        (stubs / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (stubs / name).chmod(0o755)

    def install(*groups, **env):
        done = subprocess.run([ROOT / "ops/install", *groups], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, "PATH": f"{stubs}:{os.environ['PATH']}", "ROOT_OF_TEST": str(root), **env})
        return done, (root / "told").read_text().splitlines()

    return install, root / "usr/sbin/policy-rc.d"


def test_no_daemon_of_a_package_is_started_now_or_with_the_machine(machine):
    install, policy = machine
    done, told = install("run", "test")
    assert done.returncode == 0, done.stdout
    assert told[0] == "apt-get -q update" and told[2] == "policy 101"
    assert told[1].startswith("apt-get -q install") and "redis-server" in told[1] and "prometheus" in told[1]
    assert told[3:] == ["systemctl disable redis-server.service", "systemctl disable prometheus.service"]
    assert not policy.exists()  # it would keep other packages from starting theirs


def test_the_policy_goes_when_installing_fails(machine):
    install, policy = machine
    done, told = install("build", APT_GET_SAYS="100")
    assert done.returncode == 100 and "policy 101" in told and "systemctl" not in "".join(told) and not policy.exists()


def test_a_policy_that_was_there_stays(machine):
    install, policy = machine
    policy.write_text("#!/bin/sh\nexit 7\n")
    policy.chmod(0o755)
    done, told = install("run")
    assert done.returncode == 0 and "policy 7" in told and policy.read_text() == "#!/bin/sh\nexit 7\n"
