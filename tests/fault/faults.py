"""The seeded schedule of faults: one after the other, some of them side by side, each with its end."""

import random
import threading
import time

from house import GATEWAYS, SERVICES


class Faults:
    def __init__(self, house, seed, say=print):
        self.house, self.draw, self.say = house, random.Random(f"faults {seed}"), say
        self.until = []  # (when it ends, what is said, what ends it)
        self.counts, self.over, self.filling = {}, False, False
        self.rolling = set()  # the process that a rolling restart has in hand
        self.rolls = []  # its thread
        self.began = time.monotonic()

    def table(self):
        """Weight, name, what it does; a function gives how it ends."""
        rows = [
            (4, "kill a worker", self.kill_worker),
            (2, "kill a gateway", self.kill_gateway),
            (3, "stop a worker", self.stop_worker),
            (2, "stop a gateway", self.stop_gateway),
            (2, "kill Redis", self.kill_redis),
            (2, "stop Redis", self.stop_redis),
            (3, "cut a link", lambda: self.link("cut")),
            (3, "black-hole a link", lambda: self.link("hole")),
            (3, "delay a link", lambda: self.link("delay", self.draw.randint(5, 400))),
            (1, "cut every link to Redis", self.cut_all_redis),
            (2, "roll a service", self.roll),
            (1, "roll everything", self.roll_all),
            (2, "rotate keys", self.rotate),
        ]
        if self.house.topology == "cluster":
            rows.append((2, "hand a master over", self.hand_over))
        if self.house.redis_disk and not self.filling:
            rows.append((2, "fill the disk of Redis", self.fill))
        return rows

    # --- the faults: each answers what was hit, for how long, and how it ends

    def process(self, name, seconds, begin, end):
        begin(self.house.processes[name])
        return name, seconds, lambda: end(self.house.processes[name])

    def pick(self, names):
        free = [name for name in names if self.free(name)]
        return self.draw.choice(free) if free else None

    def is_up(self, name):
        process = self.house.processes[name]
        return process.alive() and not process.stopped

    def free(self, name):
        return self.is_up(name) and name not in self.rolling

    def kill(self, name, seconds):
        return self.process(name, seconds, lambda p: p.kill(), lambda p: p.start()) if name else None

    def stop(self, name, seconds):
        return self.process(name, seconds, lambda p: p.stop(), lambda p: p.go_on()) if name else None

    def kill_worker(self):
        return self.kill(self.pick(self.house.workers), self.draw.uniform(0.2, 4))

    def kill_gateway(self):
        return self.kill(self.pick(GATEWAYS), self.draw.uniform(0.2, 3))

    def stop_worker(self):
        return self.stop(self.pick(self.house.workers), self.draw.uniform(0.5, 8))

    def stop_gateway(self):
        return self.stop(self.pick(GATEWAYS), self.draw.uniform(0.5, 5))

    def kill_redis(self):
        """In a cluster sometimes for so long that the replica takes over."""
        return self.kill(self.pick(self.house.redis_names()), self.draw.uniform(0.1, 10 if self.house.topology == "cluster" else 5))

    def hand_over(self):
        name = self.pick(self.house.redis_names())
        if not name or self.house.say(self.house.redis_names().index(name), "cluster", "failover") != "OK":
            return None  # a master, or without one
        return f"to {name}", 0, lambda: None

    def stop_redis(self):
        return self.stop(self.pick(self.house.redis_names()), self.draw.uniform(0.3, 6))

    def link(self, mode, *ms):
        kind = self.draw.choice(["redis/", "bus/"])
        names = [name for name in self.house.links if name.startswith(kind) and name not in self.house.modes]
        if not names:
            return None
        name = self.draw.choice(names)
        self.house.set_link(name, mode, *ms)
        return f"{name}{f' by {ms[0]} ms' if ms else ''}", self.draw.uniform(0.5, 6), lambda: self.house.set_link(name, "pass")

    def cut_all_redis(self):
        names = [name for name in self.house.links if name.startswith("redis/")]
        for name in names:
            self.house.set_link(name, "cut")
        return "all", self.draw.uniform(0.1, 2), lambda: [self.house.set_link(name, "pass") for name in names]

    def fill(self):
        self.house.fill_disk()
        self.filling = True

        def end():
            self.filling = False
            self.house.drain_disk()
            self.house.processes["redis-1"].start()  # appendfsync always: Redis ends rather than lie

        return "redis-1", self.draw.uniform(1, 4), end

    def roll(self):
        service = self.draw.choice(SERVICES + ["gateway"])
        return self.roll_names(service, self.processes_of(service))

    def processes_of(self, service):
        return GATEWAYS if service == "gateway" else [f"{service}-{n}" for n in self.house.numbers]

    def roll_all(self):
        """Every process, one after the other, as a release does."""
        return self.roll_names("all", [name for service in SERVICES + ["gateway"] for name in self.processes_of(service)])

    def roll_names(self, what, names):
        if self.rolls:
            return None
        thread = threading.Thread(target=self.restart, args=(names,))
        self.rolls.append(thread)
        thread.start()
        return what, 1, lambda: self.await_roll(thread)

    def await_roll(self, thread):
        """A drain takes as long as the work in hand: until then the schedule goes on."""
        if thread.is_alive() and not self.over:
            self.until.append((time.monotonic() + 1, lambda: self.await_roll(thread)))
        else:
            thread.join()
            self.rolls.remove(thread)

    def restart(self, names):
        """What another fault has in hand has its turn when that is over."""
        for name in names:
            while not self.over and not self.is_up(name):
                time.sleep(0.1)
            if self.over:
                return
            self.rolling.add(name)
            self.house.processes[name].restart()
            time.sleep(0.5)
            self.rolling.discard(name)

    def rotate(self):
        """A new key of one service, or of the gateways, learned by both sides in either order; then the old one is not allowed."""
        owner = self.draw.choice(SERVICES + ["gateway"])
        self.house.make_keys("--rotate", owner)
        if owner == "gateway":
            self.house.hang_up(self.house.workers)
            return owner, 1, self.restart_gateways
        sides = [GATEWAYS, self.processes_of(owner)]
        self.draw.shuffle(sides)
        for side in sides:
            self.house.hang_up(side)
            time.sleep(0.3)

        def end():
            self.house.make_keys("--retire")
            self.house.hang_up(GATEWAYS)

        return owner, self.draw.uniform(2, 5), end

    def restart_gateways(self):
        """They take their own new key at their start only."""
        rolled = self.roll_names("gateway", GATEWAYS)
        self.until.append((time.monotonic() + 1, rolled[2] if rolled else self.restart_gateways))

    # --- the schedule

    def step(self):
        weights, names, calls = zip(*self.table())
        i = self.draw.choices(range(len(names)), weights)[0]
        hit = calls[i]()
        if not hit:
            return
        what, seconds, end = hit
        self.counts[names[i]] = self.counts.get(names[i], 0) + 1
        self.say(f"{time.monotonic() - self.began:7.1f} s  {names[i]}: {what}, {seconds:.1f} s")
        self.until.append((time.monotonic() + seconds, end))

    def end_due(self, everything=False):
        due = [entry for entry in self.until if everything or entry[0] <= time.monotonic()]
        self.until = [entry for entry in self.until if entry not in due]
        for _, end in due:
            end()

    def run(self, seconds):
        finish = time.monotonic() + seconds
        while time.monotonic() < finish:
            self.end_due()
            if len(self.until) < 3:
                self.step()
            time.sleep(self.draw.uniform(0.2, 2.0))
        self.over = True
        while self.until:
            self.end_due(everything=True)
