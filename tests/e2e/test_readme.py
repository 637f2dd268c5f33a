"""The README's first request, taken from the page as it stands, and the answer that the page shows."""

import json
import re
import subprocess
import tempfile

from conftest import ROOT, Suite

README = (ROOT / "README.md").read_text()
SECTION = README.split("## A first request")[1].split("\n## ")[0]
BATCH = README.split("## Many bills at once")[1].split("\n## ")[0]
BLOCKS = re.findall(r"(?:^    .*\n(?:^\s*\n(?=    ))?)+", SECTION, re.M)


def commands(block):
    """The shell commands of a block: each begins with `$ `, further lines are its continuation."""
    return re.findall(r"^    \$ (.*(?:\n        .*)*)", block, re.M)


def test_the_first_request_is_answered_as_the_page_says():
    (up, *requests), shown, (slip,) = commands(BLOCKS[0]), BLOCKS[1], commands(BLOCKS[2])
    assert len(requests) == 3
    with tempfile.TemporaryDirectory(prefix="yz-readme-") as data:
        suite = Suite(data)

        def shell(command):
            command = command.replace("localhost:8080", f"localhost:{suite.env['YZ_HTTP_PORT']}")
            return subprocess.run(["bash", "-ec", command], cwd=ROOT, env=suite.env, stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout

        try:
            shell(up)
            *records, answer = [shell(r) for r in requests]
            assert [json.loads(r)["version"] for r in records] == [1, 1]
            settled = json.loads(answer)
            assert settled["id"].startswith("S0") or "S0..." not in shown
            at = 0
            for member in re.findall(r'"\w+":"[^"]*"', shown):
                if member.startswith('"id"'):
                    continue
                at = answer.find(member, at)
                assert at >= 0, f"{member} is not in the answer, or not at that place:\n{answer}"
            assert re.search(r"= 6 780\.00, the patient 5 220\.00", SECTION)
            assert (settled["funds"], settled["personal"]) == ("6780.00", "5220.00")
            assert shell(requests[-1]) == answer
            printed = shell(slip.replace("S0...", settled["id"]))
            assert "6,780.00" in printed and "5,220.00" in printed and "deductible" in printed
            lines = [json.loads(row) for row in shell("\n".join(commands(BATCH))).splitlines()]
            shown = re.findall(r'^    \{"line":(\d+),"status":(\d+),"(\w+)"', BATCH, re.M)
            assert [(str(a["line"]), str(a["status"]), list(a)[2]) for a in lines] == shown
            assert lines[1]["problem"]["code"] == "unknown_person" and '"code":"unknown_person"' in BATCH
        finally:
            subprocess.run(["ops/down"], cwd=ROOT, env=suite.env, check=True, stdout=subprocess.DEVNULL)


def test_every_path_that_the_page_names_is_there():
    table = README.split("## Where to read on")[1]
    for path in re.findall(r"`((?:proto|common|ops|tests|services)/[^`*;, ]*|docker-compose\.yml)`", table):
        assert (ROOT / path).exists(), path


def test_every_command_that_the_page_names_is_there_and_what_operators_need_is_named():
    told = subprocess.run([ROOT / "build/release/bin/yz", "help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    there, named = set(re.findall(r"\byz ([a-z]+)", told)), set(re.findall(r"`(?:build/release/bin/)?yz ([a-z]+)", README))
    assert named <= there and {"doctor", "top", "trace", "keys"} <= named
    assert all(path in README for path in ("ops/prometheus/alerts.yml", "ops/grafana/dashboards", "--profile observe"))
