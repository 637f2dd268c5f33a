"""What must hold when all is quiet again, seen from outside: the log of the clients, the API, and Redis itself."""

import json
import subprocess
import time

import redis
import requests

from house import BIN, ROOT


def stored_ids(house):
    ids = []
    for port in house.redis_ports:
        node = redis.Redis(port=port)
        if node.info("replication")["role"] == "master":
            ids += [key.decode().rpartition(":")[2] for key in node.scan_iter("{b*}:settle:*", count=1000)]
    return ids


def without_cancellation(settlement):
    return {name: value for name, value in settlement.items() if name not in ("status", "cancellation")}


class Check:
    def __init__(self, house, load):
        self.house, self.load, self.found = house, load, []
        self.http = requests.Session()

    def wrong(self, what, where):
        self.found.append(f"{what}: {where}")

    def read(self, id):
        answer = self.http.get(f"{self.house.bases[1]}/v1/settlements/{id}", timeout=15)
        return answer.json() if answer.status_code == 200 else None

    def answers_agree(self, request):
        """Every answer to one id is the same; at most one says that it was done just now."""
        answers = request.done_answers()
        if sum(status == 201 for status, _ in answers) > 1 and request.kind == "settle":
            self.wrong("settled anew twice", request.body["request_id"])
        contents = {json.dumps(without_cancellation(json.loads(content)), sort_keys=True) for _, content in answers}
        if len(contents) > 1:
            self.wrong("two answers to one request differ", f"{request.body['request_id']} of {request.person}: {sorted(contents)}")

    def settlements(self):
        """Acknowledged ones exist once with the answer given; nothing else exists; the cancelled are those that were."""
        wanted = {}
        for request in self.load.log:
            if request.kind in ("settle", "cancel"):
                self.answers_agree(request)
            if request.kind == "settle" and request.settlement:
                wanted[request.settlement] = request
        stored = stored_ids(self.house)
        for id in set(stored) - set(wanted):
            self.wrong("a settlement exists that nobody was told of", id)
        if len(stored) != len(set(stored)):
            self.wrong("a settlement exists on two masters", sorted(id for id in stored if stored.count(id) > 1))
        cancels = {(r.settlement, r.body["request_id"]) for r in self.load.log if r.kind == "cancel" and r.settlement}
        cancelled = set()
        for id, request in wanted.items():
            now, told = self.read(id), json.loads(request.done_answers()[0][1])
            if now is None:
                self.wrong("an acknowledged settlement is lost", f"{id}, request {request.body['request_id']} of {request.person}")
            elif without_cancellation(now) != without_cancellation(told):
                self.wrong("a settlement is not what was answered", f"{id}\n  told {told}\n  now  {now}")
            elif now["status"] == "cancelled":
                cancelled.add((id, now["cancellation"]["request_id"]))
        for id, by in cancels - cancelled:
            self.wrong("an acknowledged cancel is lost", f"{id} by {by}")
        for id, by in cancelled - cancels:
            self.wrong("cancelled, and nobody was told", f"{id} by {by}")
        return len(wanted), len(cancels)

    def encounters(self):
        """Acknowledged lines are there, nothing else is, and what was settled is what was collected."""
        sent, told = {}, {}
        for request in self.load.log:
            if request.kind == "lines":
                id, lines = request.path.split("/")[3], {line["number"]: line["line"] for line in request.body["lines"]}
                sent.setdefault(id, {}).update(lines)
                if request.done_answers():
                    told.setdefault(id, {}).update(lines)
        bills = {request.body["encounter"]: request for request in self.load.log if request.kind == "settle" and "encounter" in request.body}
        for id, bill in bills.items():
            answer = self.http.get(f"{self.house.bases[1]}/v1/encounters/{id}", timeout=15)
            if answer.status_code != 200:
                if id in told or bill.settlement:
                    self.wrong("an encounter is lost", f"{id}: {answer.status_code} {answer.text}")
                continue
            now = answer.json()
            there = {line["number"]: line["line"] for line in now.get("lines", [])}
            if not told.get(id, {}).keys() <= there.keys() <= sent.get(id, {}).keys():
                self.wrong("the lines of an encounter are not those that were sent", f"{id}: {sorted(there)} of {sorted(sent.get(id, {}))}, acknowledged {sorted(told.get(id, {}))}")
            if any(there[number]["amount"] != line["amount"] for number, line in sent.get(id, {}).items() if number in there):
                self.wrong("a line of an encounter changed", id)
            if bill.settlement and now.get("settled_as") != bill.settlement:
                self.wrong("an encounter does not name its settlement", f"{id}: {now.get('settled_as')}, not {bill.settlement}")
            if bill.settlement and self.read(bill.settlement)["bill"]["lines"] != [line["line"] for line in now["lines"]]:
                self.wrong("an encounter was settled with other lines than it has", f"{id} as {bill.settlement}")
        return len(bills)

    def kept(self):
        """Of persons that one client puts: what was acknowledged last, unless one of those put since; nothing older comes back."""
        for person in self.load.kept:
            answer = self.http.get(f"{self.house.bases[1]}/v1/persons/{person.id}", timeout=15)
            name = answer.json()["name"] if answer.status_code == 200 else None
            if name not in person.possible and (person.acknowledged or answer.status_code != 404):
                self.wrong("a person is not what was put last", f"{person.id}: {answer.status_code} {name}, not one of {person.possible}")
        return sum(person.acknowledged for person in self.load.kept)

    def audit(self, within_s=90):
        """`yz audit` finds nothing. Consumers may take a moment: a fact left behind by a dead consumer comes again after 30 s."""
        end = time.monotonic() + within_s
        while True:
            done = subprocess.run([BIN / "yz", "audit", "--redis", self.house.url, "--policies", ROOT / "ops/policies"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
            if done.returncode == 0 or not done.stdout or time.monotonic() > end:
                break
            time.sleep(2)
        if done.returncode != 0:
            for line in done.stdout.splitlines()[:60] + done.stderr.splitlines()[-5:]:
                self.wrong("yz audit", line)
        return done.stdout.strip().splitlines()[-1] if done.stdout else ""

    def ended_processes(self):
        for name, text in self.house.crashes():
            self.wrong("a process ended or complained", f"{name}: {text}")
