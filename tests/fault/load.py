"""A seeded load that writes down every request with every answer it got.

An answer is definite (done or refused) or not: no answer, 5xx and "send again" leave it unknown, and the same request
with the same id is sent again when the faults are over, until it is definite."""

import json
import random
import threading
import time
import traceback

import requests

DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"
AGAIN = {"conflict"}  # 409, but nothing was decided


class Request:
    def __init__(self, kind, path, body, person):
        self.kind, self.path, self.body, self.person = kind, path, body, person
        self.answers = []  # (status, bytes)
        self.outcome = UNKNOWN
        self.settlement = None
        self.thread = None  # of the client that asks

    def take(self, status, content):
        self.answers.append((status, content))
        if status in (200, 201):
            self.outcome = DONE
            if self.kind in ("settle", "cancel"):
                self.settlement = json.loads(content)["id"]
        elif 400 <= status < 500 and json.loads(content)["code"] not in AGAIN and self.outcome == UNKNOWN:
            self.outcome = REFUSED

    def done_answers(self):
        return [(status, content) for status, content in self.answers if status in (200, 201)]


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


class World:
    """Families of three with one contract each, single residents and employees; hospitals at home and away."""

    HOSPITALS = [("h1", "primary", "370300"), ("h2", "secondary", "370300"), ("h3", "tertiary", "370300"), ("far", "tertiary", "370100"), ("away", "tertiary", "110100")]

    def __init__(self, random, families=8, singles=16):
        self.random, self.people, self.records = random, [], []
        for id, level, city in self.HOSPITALS:
            self.records.append((f"/v1/institutions/{id}", {"id": id, "name": id, "level": level, "city": city}))
        for i in range(3 * families + singles):
            self.person(f"p{i}")
        for family in range(families):
            members = [{"person": person} for person in self.people[3 * family : 3 * family + 3]]
            contract = {"id": f"c{family}", "product": "cn.shandong.zibo.qihuibao-2023", "from": "2024-01-01", "to": "2024-12-31", "members": members}
            self.records.append((f"/v1/contracts/c{family}", contract))

    def person(self, id):
        draw = self.random
        employee = draw.random() < 0.3
        coverage = {"scheme": "employee" if employee else "resident", "standing": draw.choice(["active", "retired"] if employee else ["adult", "student_child"]),
                    "pack": "cn.shandong.zibo", "from": "2024-01-01", "to": "2024-12-31"}
        person = {"id": id, "name": "王五", "born": f"{draw.randint(1940, 2005)}-03-05", "coverages": [coverage]}
        if draw.random() < 0.3:
            person["recognitions"] = [{"category": draw.choice(["minimum_living", "edge_family", "extreme_hardship"]), "from": "2024-01-01"}]
        if draw.random() < 0.5:
            person["filings"] = [{"kind": "referred", "city": "370100", "from": "2024-01-01"}]
        if employee:
            person["account_balance"] = yuan(draw.randint(0, 500000))
            person["account_year"] = 2024
        self.people.append(id)
        self.records.append((f"/v1/persons/{id}", person))

    def bill(self, request_id, draw):
        day = draw.randint(1, 20)
        month = draw.randint(1, 12)
        parts = [draw.randint(1, 30000000 if draw.random() < 0.1 else 3000000)] + [draw.randint(0, 300000) for _ in range(3)]
        person = draw.choice(self.people)
        return {
            "request_id": request_id, "person": person, "institution": draw.choices([h[0] for h in self.HOSPITALS], [1, 2, 3, 3, 1])[0], "setting": "inpatient",
            "from": f"2024-{month:02d}-{day:02d}", "to": f"2024-{month:02d}-{day + 5:02d}",
            "sums": {"total": yuan(sum(parts)), "in_policy": yuan(parts[0]), "first_pay": yuan(parts[1]), "over_limit": yuan(parts[2]), "own_expense": yuan(parts[3])},
            **({"use_account": yuan(draw.randint(1, 100000))} if draw.random() < 0.2 else {}),
        }

    def encounter(self, id, draw):
        lines = []
        for number in range(1, draw.randint(2, 7)):
            quantity, price = draw.randint(1, 9), draw.randint(1, 90000)
            lines.append({"number": number, "line": {"item": f"x{number}", "quantity": str(quantity), "unit_price": yuan(price), "amount": yuan(quantity * price)}})
        day = f"2024-{draw.randint(1, 12):02d}-{draw.randint(1, 20):02d}"
        return {"id": id, "person": draw.choice(self.people), "institution": draw.choice(self.HOSPITALS)[0], "setting": "inpatient", "from": day}, lines


class Kept:
    """A person whom one client puts, without a version and never two at once: the name put last that was acknowledged is there, or one put since."""

    def __init__(self, id):
        self.id, self.possible, self.acknowledged = id, [], False

    def body(self, name):
        coverage = {"scheme": "resident", "standing": "adult", "pack": "cn.shandong.zibo", "from": "2024-01-01"}
        return {"id": self.id, "name": name, "born": "1980-03-05", "coverages": [coverage]}

    def take(self, status, content):
        if status == 200:
            self.possible, self.acknowledged = self.possible[-1:], True
        elif status < 500 and json.loads(content)["code"] not in AGAIN:
            raise AssertionError(f"PUT of {self.id}: {status} {content}")


class Load:
    def __init__(self, bases, seed, threads=8, keepers=2, pause_s=0.02, timeout_s=15):
        self.bases, self.seed, self.pause_s, self.timeout_s = bases, seed, pause_s, timeout_s
        self.world = World(random.Random(f"world {seed}"))
        self.log, self.lock, self.stop = [], threading.Lock(), threading.Event()
        self.broken = []  # clients that met what they do not understand
        self.kept = []
        self.threads = [threading.Thread(target=self.client, args=(self.run, i), daemon=True) for i in range(threads)]
        self.keepers = [threading.Thread(target=self.client, args=(self.keep, i), daemon=True) for i in range(keepers)]

    def send(self, request, base, http):
        try:
            answer = http.request("POST", base + request.path, data=json.dumps(request.body).encode(), headers={"Content-Type": "application/json"}, timeout=self.timeout_s)
            with self.lock:
                request.take(answer.status_code, answer.content)
        except requests.RequestException:
            http.close()

    def prepare(self):
        http = requests.Session()
        for path, body in self.world.records:
            for tries in range(20):
                answer = http.put(self.bases[0] + path, json=body, timeout=15)
                if answer.status_code in (200, 201):
                    break
                time.sleep(0.2)
            else:
                raise RuntimeError(f"PUT {path}: {answer.status_code} {answer.text}")

    def issue_batch(self, bills, draw, https):
        """Lines of one request; what of them is not answered is asked for one by one, like any other."""
        wanted = [self.note(Request("settle", "/v1/settlements", bill, bill["person"])) for bill in bills]
        text = "".join(json.dumps(bill) + "\n" for bill in bills)
        gateway = draw.randrange(2)
        try:
            with https[gateway].post(self.bases[gateway] + "/v1/settlements:batch", data=text.encode(), headers={"Content-Type": "application/x-ndjson"}, timeout=self.timeout_s, stream=True) as answer:
                for line in answer.iter_lines() if answer.status_code == 200 else ():
                    told = json.loads(line)
                    if not told.get("rest"):
                        with self.lock:
                            wanted[int(told["line"]) - 1].take(told["status"], json.dumps(told.get("settlement") or told["problem"]).encode())
        except (requests.RequestException, json.JSONDecodeError):
            https[gateway].close()  # it was cut, perhaps within a line
        return wanted

    def issue_encounter(self, name, draw, https):
        """Opens a stay, adds its lines in pieces, and gives the bill that settles it: each step whatever became of the one before."""
        encounter, lines = self.world.encounter(name, draw)
        self.issue(Request("open", "/v1/encounters", encounter, encounter["person"]), draw, https)
        at = 0
        while at < len(lines):
            n = draw.randint(1, 3)
            self.issue(Request("lines", f"/v1/encounters/{name}/lines", {"lines": lines[at : at + n]}, encounter["person"]), draw, https)
            at += n
        same = {member: encounter[member] for member in ("person", "institution", "setting", "from")}
        return {"request_id": f"r{name}", "encounter": name, **same}

    def client(self, run, i):
        try:
            run(i)
        except Exception:
            self.broken.append(traceback.format_exc())

    def keep(self, i):
        """Puts names over names; what was not acknowledged again, or another. A person is left alone after some, so that it shows what came late."""
        draw, n, http, person = random.Random(f"keep {self.seed} {i}"), 0, requests.Session(), None
        while not self.stop.is_set():
            n += 1
            if not person or draw.random() < 0.2:
                person = Kept(f"k{i}-{n}")
                self.kept.append(person)
            if len(person.possible) < 2 or draw.random() < 0.5:
                person.possible.append(f"name {n}")
            try:
                answer = http.put(draw.choice(self.bases) + f"/v1/persons/{person.id}", json=person.body(person.possible[-1]), timeout=self.timeout_s)
                person.take(answer.status_code, answer.content)
            except requests.RequestException:
                http.close()
            time.sleep(self.pause_s)

    def run(self, i):
        draw, n, https = random.Random(f"load {self.seed} {i}"), 0, [requests.Session(), requests.Session()]
        mine = []
        while not self.stop.is_set():
            n += 1
            dice = draw.random()
            if dice < 0.1:
                bill = self.world.bill(f"e{i}-{n}", draw)
                self.send(Request("estimate", "/v1/estimates", bill, bill["person"]), draw.choice(self.bases), https[0])
            elif dice < 0.25 and mine:
                target = mine[-1] if draw.random() < 0.7 else draw.choice(mine)
                if target.settlement:
                    path = f"/v1/settlements/{target.settlement}/cancel"
                    self.issue(Request("cancel", path, {"request_id": f"x{i}-{n}", "reason": "entered twice"}, target.person), draw, https)
            elif dice < 0.35 and mine:
                self.issue(draw.choice(mine), draw, https)
            elif dice < 0.39:
                mine += self.issue_batch([self.world.bill(f"b{i}-{n}-{k}", draw) for k in range(draw.randint(1, 6))], draw, https)
            else:
                bill = self.issue_encounter(f"s{i}-{n}", draw, https) if dice < 0.45 else self.world.bill(f"r{i}-{n}", draw)
                request = Request("settle", "/v1/settlements", bill, bill["person"])
                mine.append(request)
                self.issue(request, draw, https)
            time.sleep(self.pause_s)

    def note(self, request):
        if request.thread is None:
            request.thread = self.threads.index(threading.current_thread())
            with self.lock:
                self.log.append(request)
        return request

    def issue(self, request, draw, https):
        """Once, twice one after the other, or twice at once through both gateways."""
        self.note(request)
        style, base = draw.random(), draw.randrange(2)
        if style < 0.2:
            others = [threading.Thread(target=self.send, args=(request, self.bases[g], https[g])) for g in (0, 1)]
            for thread in others:
                thread.start()
            for thread in others:
                thread.join()
        else:
            self.send(request, self.bases[base], https[base])
            if request.outcome == UNKNOWN and style < 0.6:
                self.send(request, self.bases[1 - base], https[1 - base])

    def start(self):
        for thread in self.threads + self.keepers:
            thread.start()

    def finish(self):
        self.stop.set()
        for thread in self.threads + self.keepers:
            thread.join(2 * self.timeout_s + 10)

    def settle_unknown(self, within_s=90):
        """Sends what is unknown again until it is definite; gives what stays unknown. Each client's in its order."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            left = [request for request in self.log if request.outcome == UNKNOWN]
            if not left:
                break
            queues = [[request for request in left if request.thread == i] for i in range(len(self.threads))]
            threads = [threading.Thread(target=self.send_all, args=(queue, end), daemon=True) for queue in queues]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return [request for request in self.log if request.outcome == UNKNOWN]

    def send_all(self, requests_left, end):
        http = requests.Session()
        for request in requests_left:
            if time.monotonic() < end:
                self.send(request, self.bases[0], http)
