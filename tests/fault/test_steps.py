"""A process that settles or cancels for a family is killed at every step it takes in Redis, before the step and after it:
nobody asks again, and what is left open comes to its right end."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from house import BIN, ROOT, House

# What is done, the steps it takes, and the first step after which it has happened.
WAYS = {
    "settle": (["try", "apply", "confirm"], "apply"),
    "settle beyond the deductible": (["try", "apply", "confirm"], "apply"),
    "cancel": (["reopen", "cancel", "take_back"], "cancel"),
}
CASES = [(way, step, when) for way, (steps, _) in WAYS.items() for step in steps for when in ("before", "after")]
SWEPT_WITHIN_S = 45  # tries are left alone for 12 s, and looked for every few


def happens(way, step, when):
    steps, decisive = WAYS[way]
    return (steps.index(step), when == "after") >= (steps.index(decisive), True)


class Case:
    """A family of its own, and the call that is cut short."""

    def __init__(self, house, number, way, step, when):
        self.house, self.way, self.step, self.when = house, way, step, when
        self.name, self.family = f"{way}, killed {when} {step}", f"f{number}"
        self.members = [f"{self.family}{member}" for member in "ab"]
        for member in self.members:
            coverage = {"scheme": "resident", "standing": "adult", "pack": "cn.shandong.zibo", "from": "2024-01-01"}
            self.put(f"/v1/persons/{member}", {"id": member, "name": "王五", "born": "1970-03-05", "coverages": [coverage]})
        self.put(f"/v1/contracts/{self.family}", {"id": self.family, "product": "cn.shandong.zibo.qihuibao-2023", "from": "2024-01-01", "to": "2024-12-31",
                                                  "members": [{"person": member} for member in self.members]})
        if way == "settle beyond the deductible":
            self.send(*self.settling(1))
        self.path, self.body = self.settling(0)
        self.id = self.send("/v1/estimates", self.body).json()["id"]
        if way == "cancel":
            self.send(self.path, self.body)
            self.path, self.body = f"/v1/settlements/{self.id}/cancel", {"request_id": "c1", "reason": "entered twice"}

    def put(self, path, body):
        answer = requests.put(self.house.bases[1] + path, json=body, timeout=15)
        assert answer.status_code in (200, 201), answer.text

    def settling(self, member):
        sums = {"total": "90000.00", "in_policy": "80000.00", "first_pay": "0.00", "over_limit": "0.00", "own_expense": "10000.00"}
        return "/v1/settlements", {"request_id": "r1", "person": self.members[member], "institution": "h3", "setting": "inpatient", "from": "2024-03-01", "to": "2024-03-09", "sums": sums}

    def send(self, path, body):
        answer = requests.post(self.house.bases[1] + path, json=body, timeout=15)
        assert answer.status_code in (200, 201), answer.text
        return answer

    def stands(self):
        answer = requests.get(f"{self.house.bases[1]}/v1/settlements/{self.id}", timeout=15)
        return answer.json()["status"] if answer.status_code == 200 else "nothing"

    def kill(self):
        """Asked through the first gateway, which dies as well: it would send the call to another worker."""
        links = [f"redis/{worker}" for worker in self.house.workers]
        for link in links:
            self.house.set_link(link, "trap", self.when, f"_{self.step}", self.id)
        threading.Thread(target=self.ask_in_vain, daemon=True).start()
        sprung = self.house.proxy.stdout.readline().split()
        assert sprung[0] == "sprung"
        worker = sprung[1].partition("/")[2]
        for name in ("gateway-1", worker):
            self.house.processes[name].kill()
        for link in links:
            self.house.set_link(link, "pass")
        for name in ("gateway-1", worker):
            self.house.processes[name].start()

    def ask_in_vain(self):
        try:
            requests.post(self.house.bases[0] + self.path, json=self.body, timeout=15)
        except requests.RequestException:
            pass


def audit(house, within_s):
    """What `yz audit` finds still after that time."""
    end = time.monotonic() + within_s
    while True:
        done = subprocess.run([BIN / "yz", "audit", "--redis", house.url, "--policies", ROOT / "ops/policies"], stdout=subprocess.PIPE, text=True, timeout=60)
        if done.returncode == 0 or time.monotonic() > end:
            return done.stdout.splitlines()[:-1]
        time.sleep(1)


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """All cases, each killed at its step, and then left alone until nothing is open."""
    house = House(tmp_path_factory.mktemp("steps") / "house", "single")
    try:
        house.start()
        requests.put(house.bases[1] + "/v1/institutions/h3", json={"id": "h3", "name": "h3", "level": "tertiary", "city": "370300"}, timeout=15)
        cases = [Case(house, number, *case) for number, case in enumerate(CASES)]
        for case in cases:
            house.wait_ready()
            case.kill()
        house.wait_ready()
        house.left = audit(house, SWEPT_WITHIN_S)
        yield house, {(case.way, case.step, case.when): case for case in cases}
    finally:
        house.end()


def test_nothing_is_left_open(killed):
    house, _ = killed
    assert house.left == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case).replace(" ", "_"))
def test_it_has_happened_or_it_has_not(killed, case):
    cut = killed[1][case]
    done, not_done = ("cancelled", "settled") if cut.way == "cancel" else ("settled", "nothing")
    assert cut.stands() == (done if happens(*case) else not_done)


def test_asked_again_all_is_done_once(killed):
    house, cases = killed
    for cut in cases.values():
        first, again = cut.send(cut.path, cut.body), cut.send(cut.path, cut.body)
        assert first.json() == again.json() and first.json()["id"] == cut.id
        assert cut.stands() == ("cancelled" if cut.way == "cancel" else "settled")
    assert audit(house, 10) == []
