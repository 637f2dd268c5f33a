"""Batches: NDJSON in, NDJSON out, line by line as single bills are settled, with flow control both ways."""

import json
import random
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from conftest import Suite, eventually, free_port, runs
from people import bill, fresh, hospital, resident

PATH = "/v1/settlements:batch"
HEAD = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module", autouse=True)
def people(suite):
    suite.put("/v1/institutions/h3", hospital())
    enrol(suite, 40)


def another_suite(data):
    """One beside the module's, with admin ports that do not meet."""
    suite = Suite(data)
    suite.env["YZ_ADMIN_BASE"] = str(free_port() + 400)
    return suite


def enrol(suite, n):
    for i in range(n):
        assert suite.put(f"/v1/persons/b{i}", resident(f"b{i}")).status_code == 200


def line(value):
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) + "\n"


def body(values):
    return "".join(line(v) for v in values).encode()


def answers(text):
    return [json.loads(row) for row in text.splitlines()]


def settle(suite, values, **more):
    response = suite.post(PATH, body(values), headers={**HEAD, **more.pop("headers", {})}, **more)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/x-ndjson"
    return answers(response.text)


class Stream:
    """A batch on a bare socket: written and read as the test wants."""

    def __init__(self, suite, receive_bytes=None, length=None):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.connect(("127.0.0.1", int(suite.env["YZ_HTTP_PORT"])))
        self.socket.settimeout(20)
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        self.socket.sendall(f"POST {PATH} HTTP/1.1\r\nHost: t\r\nContent-Type: application/x-ndjson\r\n{framing}\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.chunk = b""

    def send(self, *values):
        data = body(values)
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def finish(self):
        self.socket.sendall(b"0\r\n\r\n")

    def head(self):
        lines = iter(self.file.readline, b"\r\n")
        return [text.decode().strip() for text in lines]

    def answer(self):
        """The next line, or None behind the last chunk."""
        while b"\n" not in self.chunk:
            size = int(self.file.readline(), 16)
            self.chunk += self.file.read(size + 2)[:-2]
            if size == 0:
                return None
        row, _, self.chunk = self.chunk.partition(b"\n")
        return json.loads(row)

    def rest(self):
        return list(iter(self.answer, None))

    def close(self):
        self.file.close()
        self.socket.close()


def same(settlement):
    """A settlement without what differs when another person is settled at another moment."""
    bare = {k: v for k, v in settlement.items() if k not in ("id", "settled", "bill")}
    bare["entitlement"] = {**bare["entitlement"], "person": None}
    return json.dumps(bare, sort_keys=True)


def metric(suite, name):
    for row in suite.get("/metrics").text.splitlines():
        if row.startswith(f"yz_{name} "):
            return int(row.split()[1])
    raise AssertionError(name)


def at_rest(suite):
    return eventually(lambda: metric(suite, "batches") == 0 and metric(suite, "batch_lines") == 0)


def gateway_memory_kb(suite):
    status = Path(f"/proc/{suite.pid('gateway')}/status").read_text()
    return int(next(row for row in status.splitlines() if row.startswith("VmRSS")).split()[1])


def test_a_line_is_settled_as_a_single_bill(suite):
    made = [bill(f"b{i}", f"{1000 + i}.00") for i in range(20)]
    first = settle(suite, made)
    assert [(a["line"], a["status"]) for a in first] == [(i + 1, 201) for i in range(20)]
    for sent, answer in zip(made, first):
        assert answer["settlement"]["bill"]["request_id"] == sent["request_id"]
        single = suite.post("/v1/settlements", sent)
        assert (single.status_code, single.json()) == (200, answer["settlement"])
        read = suite.get(f"/v1/settlements/{answer['settlement']['id']}")
        assert read.json() == answer["settlement"]
    again = settle(suite, made)
    assert [a["status"] for a in again] == [200] * 20
    assert [a["settlement"] for a in again] == [a["settlement"] for a in first]


def test_a_batch_is_counted_and_its_upload_is_no_request_time(suite):
    """Else one long upload is the slowest hundredth of all requests."""
    settle(suite, [bill("b0")])
    assert metric(suite, 'http_requests_total{operation="settleBatch",status="2xx"}') > 0
    timed = lambda operation: metric(suite, f'http_request_seconds_count{{operation="{operation}"}}')
    assert timed("putPerson") > 0 and timed("settleBatch") == 0


def test_the_message_is_in_the_openapi(suite):
    api = suite.get("/openapi.json").json()
    post = api["paths"][PATH]["post"]
    media = "application/x-ndjson"
    assert post["requestBody"]["content"] == {media: {"schema": {"$ref": "#/components/schemas/Bill"}}}
    assert post["responses"]["200"]["content"] == {media: {"schema": {"$ref": "#/components/schemas/BatchLine"}}}
    schema = api["components"]["schemas"]["BatchLine"]
    assert set(schema["properties"]) == {"line", "status", "settlement", "problem", "rest"} and schema["required"] == ["line", "status"]


def test_a_wrong_line_is_answered_on_its_own(suite):
    good, other = bill("b1"), bill("b2")
    values = [good, "{nonsense", "", bill("nobody"), '{"a":"' + "x" * (1024 * 1024) + '"}', other, {**bill("b3"), "request_id": good["request_id"]},
              {**good, "sums": {**good["sums"], "total": "1.00"}}, "[]", " \t\r", {**bill("b4"), "surplus": 1}]
    found = {a["line"]: a for a in settle(suite, values)}
    assert list(found) == [1, 2, 4, 5, 6, 7, 8, 9, 11]
    assert [found[i]["status"] for i in found] == [201, 400, 404, 413, 201, 201, 422, 400, 400]
    for number, code, pointer in ((2, "malformed", ""), (4, "unknown_person", "/person"), (5, "too_large", None), (8, "invalid", "/sums/total"),
                                  (11, "malformed", "/surplus")):
        problem = found[number]["problem"]
        assert problem["code"] == code and problem.get("pointer") == pointer and problem["detail"] and problem["remedy"]
        assert "settlement" not in found[number]


def test_what_a_single_bill_is_refused_with_a_line_is_refused_with(suite):
    reused = bill("b5")
    assert settle(suite, [reused])[0]["status"] == 201
    for wrong in ({**reused, "from": "2023-05-02"}, bill("nobody"), bill("b1", institution="nowhere"), "7"):
        (answer,) = settle(suite, [wrong])
        single = suite.post("/v1/settlements", line(wrong))
        problem = single.json()
        assert answer["status"] == single.status_code == problem["status"]
        assert answer["problem"] == {k: problem[k] for k in ("code", "pointer", "detail", "remedy") if k in problem}


def test_framings_are_all_the_same(suite):
    made = [bill(f"b{i}") for i in range(8)]
    whole = settle(suite, made)
    text = body(made)
    for data in (text.rstrip(b"\n"), text.replace(b"\n", b"\r\n"), (text[i:i + 7] for i in range(0, len(text), 7))):
        response = suite.http.post(suite.base + PATH, data=data, headers=HEAD, timeout=20)
        assert [a["settlement"] for a in answers(response.text)] == [a["settlement"] for a in whole]
    assert suite.post(PATH, b"", headers=HEAD).text == ""
    old = socket.create_connection(("127.0.0.1", int(suite.env["YZ_HTTP_PORT"])))
    old.sendall(f"POST {PATH} HTTP/1.0\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
    received = b"".join(iter(lambda: old.recv(65536), b""))
    old.close()
    assert [a["settlement"] for a in answers(received.partition(b"\r\n\r\n")[2].decode())] == [a["settlement"] for a in whole]


def test_media_are_checked_before_the_body_is_read(suite):
    response = suite.post(PATH, line(bill("b1")))
    assert response.status_code == 415 and "x-ndjson" in response.json()["remedy"]
    response = suite.post(PATH, line(bill("b1")), headers={**HEAD, "Accept": "application/json"})
    assert response.status_code == 406


def test_answers_come_while_the_request_goes_on(suite):
    stream = Stream(suite)
    assert stream.head()[0] == "HTTP/1.1 200 OK"
    for i in range(5):
        stream.send(bill(f"b{i}"))
        assert stream.answer()["status"] == 201
    stream.finish()
    assert stream.answer() is None
    # and the connection is good for more
    stream.socket.sendall(b"GET /live HTTP/1.1\r\nHost: t\r\n\r\n")
    assert stream.head()[0] == "HTTP/1.1 200 OK"
    stream.close()


def test_persons_are_settled_in_the_order_of_their_lines(suite):
    """The same bills one by one and as one batch: the stays' ordinals, counters and so amounts are equal."""
    rng = random.Random(4)
    plan = [(rng.randrange(6), f"{rng.randrange(2000, 60000)}.00") for _ in range(150)]
    for i in range(6):
        suite.put(f"/v1/persons/one{i}", resident(f"one{i}"))
        suite.put(f"/v1/persons/all{i}", resident(f"all{i}"))
    singles = [suite.post("/v1/settlements", bill(f"one{person}", amount)).json() for person, amount in plan]
    batch = settle(suite, [bill(f"all{person}", amount) for person, amount in plan])
    assert [a["status"] for a in batch] == [201] * len(plan)
    assert [same(a["settlement"]) for a in batch] == [same(s) for s in singles]
    sequences = {}
    for answer in batch:
        sequences.setdefault(answer["settlement"]["bill"]["person"], []).append(answer["settlement"]["sequence"])
    assert all(s == list(range(s[0], s[0] + len(s))) for s in sequences.values())


def test_a_single_bill_gets_through_beside_a_batch(suite):
    suite.put("/v1/persons/single", resident("single"))
    stream = Stream(suite)
    stream.head()
    stream.socket.settimeout(0.2)
    try:
        while True:  # until the gateway reads no more: as much is under way as may be
            stream.send(*(bill(f"b{i % 40}") for i in range(64)))
    except TimeoutError:
        pass
    took = []
    for _ in range(20):
        start = time.monotonic()
        assert suite.post("/v1/settlements", bill("single")).status_code == 201
        took.append(time.monotonic() - start)
    assert sorted(took)[10] < 2.0
    stream.close()
    assert at_rest(suite)


def test_what_was_sent_stands_when_the_connection_is_cut(suite):
    made = [bill(f"b{i % 40}") for i in range(600)]
    stream = Stream(suite)
    stream.head()
    stream.send(*made)
    stream.socket.sendall(b"20\r\n{\"request_id\":\"half\"")
    seen = [stream.answer() for _ in range(50)]
    stream.close()
    assert at_rest(suite)
    full = settle(suite, made)
    assert [a["settlement"] for a in full[:50]] == [a["settlement"] for a in seen]
    assert all(a["status"] == 200 for a in full[:50]) and {a["status"] for a in full} <= {200, 201}
    assert len({a["settlement"]["id"] for a in full}) == 600
    assert [a["settlement"] for a in settle(suite, made)] == [a["settlement"] for a in full]


def test_a_broken_chunk_ends_the_batch_and_says_where(suite):
    stream = Stream(suite)
    stream.head()
    stream.send(bill("b1"), bill("b2"))
    stream.socket.sendall(b"5\r\n{\"requXX\r\n")
    *done, last = stream.rest()
    assert [a["status"] for a in done] == [201, 201]
    assert (last["line"], last["status"], last["rest"], last["problem"]["code"]) == (3, 400, True, "malformed")
    assert stream.file.read(1) == b""
    stream.close()


def test_a_client_that_does_not_read_is_waited_for(suite):
    stream = Stream(suite, receive_bytes=8192)
    stream.head()
    stream.socket.settimeout(0.5)
    sent = 0
    before = gateway_memory_kb(suite)
    try:
        while sent < 60000:
            stream.send(*(bill(f"b{i % 40}", request_id=f"slow-{sent + i}") for i in range(50)))
            sent += 50
    except TimeoutError:
        pass
    assert sent < 60000, "the gateway never stopped reading"
    assert eventually(lambda: metric(suite, "batch_lines") == 0)
    taken = metric(suite, "batch_lines_total")
    time.sleep(0.3)
    assert metric(suite, "batch_lines_total") == taken and metric(suite, "batches") == 1
    assert gateway_memory_kb(suite) - before < 32 * 1024
    read = 0
    while read < taken and metric(suite, "batch_lines_total") == taken:  # what is in the sockets' buffers comes first
        assert all(stream.answer()["status"] == 201 for _ in range(100))
        read += 100
    assert eventually(lambda: metric(suite, "batch_lines_total") > taken)
    stream.close()
    assert at_rest(suite)


def test_memory_stays_flat(suite):
    def send(stream, run, n):
        for at in range(0, n, 100):
            stream.send(*(bill(f"b{i % 40}", "100.00", request_id=f"flat-{run}-{i}") for i in range(at, at + 100)))
        stream.finish()

    def run(number, n):
        """Reads while it sends: who sends all first is not read from beyond a window."""
        stream = Stream(suite)
        sender = threading.Thread(target=send, args=(stream, number, n))
        sender.start()
        stream.head()
        for line, answer in enumerate(iter(stream.answer, None), 1):
            assert (answer["line"], answer["status"]) == (line, 201), answer
        sender.join()
        stream.close()
        assert line == n

    run(0, 4000)
    after_first = gateway_memory_kb(suite)
    run(1, 16000)
    assert gateway_memory_kb(suite) - after_first < 4 * 1024
    assert at_rest(suite)


def test_a_service_that_is_away_for_a_moment_fails_no_line(suite):
    made = [bill(f"b{i % 40}") for i in range(300)]
    stream = Stream(suite)
    stream.head()
    stream.send(*made[:100])
    suite.kill("adjudication-1")
    stream.send(*made[100:])
    stream.finish()
    time.sleep(1.0)
    suite.start_service("adjudication")
    found = stream.rest()
    stream.close()
    assert [a["line"] for a in found] == list(range(1, 301))
    assert {a["status"] for a in found} <= {200, 201}, [a for a in found if "problem" in a][:2]
    suite.wait_ready()


def test_a_service_that_stays_away_holds_later_lines_of_a_person_back(tmp_path):
    suite = another_suite(tmp_path)
    suite.env["YZ_DEADLINE_MS"] = "1500"
    try:
        suite.start()
        suite.put("/v1/institutions/h3", hospital())
        enrol(suite, 3)
        suite.kill("adjudication-1")
        made = [bill("b0"), bill("b1"), bill("b0"), bill("nobody"), bill("b0")]
        found = settle(suite, made)
        assert [(a["line"], a["status"]) for a in found] == [(1, 503), (2, 503), (3, 503), (4, 404), (5, 503)]
        assert "order" in found[2]["problem"]["detail"] and "order" in found[4]["problem"]["detail"]
        assert "order" not in found[0]["problem"]["detail"]
        suite.start_service("adjudication")
        suite.wait_ready()
        found = settle(suite, made)
        assert [a["status"] for a in found] == [201, 201, 201, 404, 201]
        assert [found[i]["settlement"]["sequence"] for i in (0, 2, 4)] == [1, 2, 3]
    finally:
        suite.stop()


def test_sigterm_ends_a_batch_where_it_stands(tmp_path):
    suite = another_suite(tmp_path)
    try:
        suite.start()
        suite.put("/v1/institutions/h3", hospital())
        enrol(suite, 40)
        made = [bill(f"b{i % 40}") for i in range(1000)]
        stream, quiet = Stream(suite), Stream(suite)
        stream.head()
        quiet.head()
        quiet.send(bill("b1"))
        assert quiet.answer()["status"] == 201
        stream.send(*made)
        first = stream.answer()
        pid = suite.pid("gateway")
        suite.kill("gateway", signal.SIGTERM)
        *found, last = [first] + stream.rest()
        assert [a["line"] for a in found] == list(range(1, len(found) + 1)) and {a["status"] for a in found} == {201}
        assert (last["line"], last["status"], last["rest"]) == (len(found) + 1, 503, True) and last["problem"]["remedy"]
        assert stream.file.read(1) == b""
        (idle,) = quiet.rest()
        assert (idle["line"], idle["rest"]) == (2, True)
        stream.close()
        quiet.close()
        assert eventually(lambda: not runs(pid), 15)
        suite.shell("start_gateway; wait_ready")
        again = settle(suite, made, timeout=60)
        assert [a["settlement"] for a in again[:len(found)]] == [a["settlement"] for a in found]
        # nothing behind the last line had been taken
        assert [a["status"] for a in again] == [200] * len(found) + [201] * (len(made) - len(found))
    finally:
        suite.stop()
