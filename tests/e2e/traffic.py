"""Settlements from several clients at once, as a load balancer would pass them on, until told to stop."""

import json
import threading
import time

import requests

from people import bill, fresh, resident


class Traffic:
    """Each bill is of its own person. `doors` are the gateways' addresses; a client takes those in rotation in turn, or,
    when `pinned`, keeps to one. Whatever is answered with anything but 200 or 201, or not at all, is in `failed`."""

    def __init__(self, doors, clients=4, pinned=False):
        self.doors, self.rotation, self.pinned = list(doors), list(doors), pinned
        self.stop, self.done, self.failed = threading.Event(), [], []
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(clients)]

    def door(self, client, n):
        rotation = self.doors if self.pinned else self.rotation
        return rotation[(client if self.pinned else client + n) % len(rotation)]

    def run(self, client):
        http, n = requests.Session(), 0
        while not self.stop.is_set():
            person = f"t{client}-{fresh('x')}"
            for method, path, body in (("PUT", f"/v1/persons/{person}", resident(person)), ("POST", "/v1/settlements", bill(person))):
                door, at = self.door(client, n), time.monotonic()
                told = {"door": door, "method": method, "path": path, "body": body, "at": at}
                try:
                    answer = http.request(method, door + path, data=json.dumps(body), headers={"Content-Type": "application/json"}, timeout=30)
                    told.update(status=answer.status_code, text=answer.text[:300], headers=dict(answer.headers), took_s=time.monotonic() - at)
                    (self.done if answer.status_code in (200, 201) else self.failed).append(told)
                except requests.RequestException as failure:
                    self.failed.append(dict(told, status=0, text=str(failure), took_s=time.monotonic() - at))
                    time.sleep(0.05)  # a door that is shut is not knocked at without a pause
            n += 1

    def out_of_rotation(self, door, still_s=0.3):
        """What an orchestrator does before it stops a gateway: nobody new is sent there, and those under way end."""
        self.rotation = [other for other in self.rotation if other != door]
        time.sleep(still_s)

    def into_rotation(self, door):
        self.rotation = self.rotation + [door]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()
