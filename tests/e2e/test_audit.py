"""yz audit tells what is wrong with a store, and never says "clean" of what it has not read."""

import os
import subprocess
import threading
from pathlib import Path

import pytest
import redis

from cluster import suite_on_cluster
from conftest import ROOT, eventually, free_port
from people import bill, fresh, hospital, resident

YZ = Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin")) / "yz"
SAYS_NOTHING = 3


def audit(url):
    done = subprocess.run([YZ, "audit", "--redis", url, "--policies", ROOT / "ops/policies"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def settled(suite, n):
    """`n` people with a settlement each."""
    assert suite.put("/v1/institutions/h3", hospital()).status_code == 200
    people = [fresh("a") for _ in range(n)]
    for person in people:
        assert suite.put(f"/v1/persons/{person}", resident(person)).status_code == 200
        assert suite.post("/v1/settlements", bill(person)).status_code == 201
    return people


# --- one node


@pytest.fixture(scope="module")
def url(suite):
    suite.people = settled(suite, 3)
    made = suite.post("/v1/encounters", {"id": "stay", "person": suite.people[0], "institution": "h3", "setting": "inpatient", "from": "2023-06-01"})
    assert made.status_code in (200, 201), made.text
    line = {"number": 1, "line": {"item": "F1102005", "name": "bed", "quantity": "1", "unit_price": "20", "amount": "20.00"}}
    assert suite.post("/v1/encounters/stay/lines", {"lines": [line]}).status_code == 200
    answer = suite.post("/v1/settlements", bill(suite.people[0], encounter="stay", **{"from": "2023-06-01", "to": "2023-06-02"}))
    assert answer.status_code == 201, answer.text
    contract = {"id": "plus", "product": "cn.shandong.zibo.qihuibao-2023", "from": "2024-01-01", "to": "2024-12-31", "members": [{"person": suite.people[1]}]}
    put = suite.put("/v1/contracts/plus", contract)
    assert put.status_code == 200, put.text
    url = f"redis://127.0.0.1:{suite.env['YZ_REDIS_PORT']}"
    assert eventually(lambda: audit(url)[0] == 0), audit(url)
    return url


def bucket_key(store, pattern):
    (key,) = store.scan_iter(match=pattern)
    return key.decode()


def elsewhere(key):
    return ("{b0001}" if not key.startswith("{b0001}") else "{b0002}") + key[7:]


def rename(store, key, to):
    store.rename(key, to)
    return lambda: store.rename(to, key)


def remember(store, key, change):
    """Changes a key; what is returned restores it."""
    before = store.dump(key)
    change()
    return lambda: store.restore(key, 0, before, replace=True)


DAMAGES = {
    "an account elsewhere": (lambda s, p: rename(s, k := bucket_key(s, f"*:acc:{p[0]}:2023"), elsewhere(k)), "nobody looks for it there"),
    "a person elsewhere": (lambda s, p: rename(s, k := bucket_key(s, f"*:person:{p[2]}"), elsewhere(k)), "nobody looks for it there"),
    "a settlement elsewhere": (lambda s, p: rename(s, k := next(s.scan_iter(match="*:settle:*")).decode(), elsewhere(k)), "nobody looks for it there"),
    "a journal elsewhere": (lambda s, p: rename(s, k := next(s.scan_iter(match="*:journal")).decode(), elsewhere(k)), "whose bucket is"),
    "an unknown key": (lambda s, p: rename(s, k := bucket_key(s, f"*:acc:{p[0]}:2023"), k.replace("acc", "account")), "no key of the suite"),
    "no such tag": (lambda s, p: rename(s, k := bucket_key(s, f"*:acc:{p[0]}:2023"), "{b9}:" + k[8:]), "no key of the suite"),
    "a claim without its settlement": (lambda s, p: remember(s, k := bucket_key(s, "*:enc:stay"), lambda: s.set(k, s.get(k).replace(b"S0", b"S1"))), "is claimed by settlement"),
    "an encounter that is gone": (lambda s, p: remember(s, k := bucket_key(s, "*:enc:stay"), lambda: s.delete(k)), "which is not there"),
    "a contract that its member does not find": (lambda s, p: remember(s, k := bucket_key(s, f"*:pcontracts:{p[1]}"), lambda: s.delete(k)), "does not name it"),
    "a contract that is gone": (lambda s, p: remember(s, k := bucket_key(s, "*:contract:plus"), lambda: s.delete(k)), "names contract plus, which is not there"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told(suite, url, damage):
    make, said = DAMAGES[damage]
    undo = make(suite.redis(), suite.people)
    try:
        code, text = audit(url)
        assert code == 1 and said in text, text
    finally:
        undo()
    assert audit(url)[0] == 0


def test_a_year_out_of_order_is_told(suite, url):
    """The second entry of a person before the first."""
    store = suite.redis()
    (journal,) = [key for key in store.scan_iter(match="*:journal") if store.xlen(key) > 1]

    def turn():
        entries = [fields for _, fields in store.xrange(journal)]
        store.delete(journal)
        for fields in reversed(entries):
            store.xadd(journal, fields)

    undo = remember(store, journal, turn)
    try:
        code, text = audit(url)
        assert code == 1 and "sequence 1 behind 2" in text, text
    finally:
        undo()
    assert audit(url)[0] == 0


def test_an_empty_store_is_not_clean(tmp_path):
    port = free_port()
    server = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", tmp_path, "--save", ""], stdout=subprocess.DEVNULL)
    try:
        assert eventually(lambda: subprocess.run(["redis-cli", "-p", str(port), "ping"], stdout=subprocess.PIPE).stdout == b"PONG\n")
        code, text = audit(f"redis://127.0.0.1:{port}")
        assert code == SAYS_NOTHING and "is this the right Redis?" in text, text
    finally:
        server.kill()
        server.wait()
    code, text = audit(f"redis://127.0.0.1:{port}")
    assert code == SAYS_NOTHING and "does not answer" in text, text


# --- a cluster


@pytest.fixture(scope="module")
def cluster():
    with suite_on_cluster() as suite:
        settled(suite, 12)
        url = suite.cluster.url
        assert eventually(lambda: audit(url)[0] == 0, 30), audit(url)
        yield suite.cluster


def nodes(cluster):
    return {port: redis.Redis(port=port) for port in cluster.masters()}


def test_one_node_stands_for_its_cluster(cluster):
    """Damage at one node is told whichever node is named."""
    stores = nodes(cluster)
    assert all("12 settlements" in audit(f"redis://127.0.0.1:{port}")[1] for port in stores)
    damaged, key = next((port, key) for port, store in stores.items() for key in store.scan_iter(match="*:acc:*"))
    stores[damaged].hincrby(key, "stays", 1)
    try:
        for port in stores:
            code, text = audit(f"redis://127.0.0.1:{port}")
            assert code == 1 and ":acc:"[1:] in text, text
    finally:
        stores[damaged].hincrby(key, "stays", -1)
    assert audit(cluster.url)[0] == 0


def test_a_slot_that_moves_is_not_taken_for_empty(cluster):
    """All keys of a slot are at the next master, the map still names the former: journal and counters would vanish together."""
    stores = nodes(cluster)
    source, slot = next((port, store.execute_command("CLUSTER KEYSLOT", key)) for port, store in stores.items() for key in store.scan_iter(match="*:settle:*"))
    target = next(port for port in stores if port != source)
    said = []

    def audited_between():
        while keys := stores[source].execute_command("CLUSTER GETKEYSINSLOT", slot, 10):
            stores[source].execute_command("MIGRATE", "127.0.0.1", target, "", 0, 5000, "KEYS", *keys)
        said.append(audit(cluster.url))

    cluster.move([slot], source, target, audited_between)
    ((code, text),) = said
    assert code == SAYS_NOTHING and "a slot moves" in text, text
    assert eventually(lambda: audit(cluster.url)[0] == 0, 30), audit(cluster.url)
    cluster.move([slot], target, source)
