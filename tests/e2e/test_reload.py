"""Policies read again while settlements are being committed: what is recorded is what was decided."""

import json
import signal
import threading

import pytest

from conftest import ROOT, Suite, eventually

FAMILY = json.loads((ROOT / "ops/demo/07-zibo-family.json").read_text())


@pytest.fixture(scope="module", params=["apart", "together"])
def own(request, tmp_path_factory):
    suite = Suite(tmp_path_factory.mktemp("reload") / "suite", together=request.param == "together")
    suite.env["MALLOC_PERTURB_"] = "165"  # freed memory is no longer what it was
    try:
        suite.start()
        for kind in ("persons", "institutions", "contracts"):
            for record in FAMILY[kind]:
                assert suite.put(f"/v1/{kind}/{record['id']}", record).status_code == 200
        yield suite
    finally:
        suite.stop()


def reloads(suite, name):
    return (suite.data / "log" / f"{name}.log").read_text().count("policies read again")


def waits_in_redis(suite, name):
    """Whether a function call of that program is held back by the pause."""
    return any(c["name"] == name and "b" in c["flags"] and c["cmd"] == "fcall" for c in suite.redis().client_list())


def test_a_settlement_under_way_is_recorded_as_decided(own):
    """The family's bills are committed by supplementary, which first tries the contract: the settlement waits unpacked."""
    bill = next(b for b in FAMILY["bills"] if b["request_id"] == "family-father")
    estimate = own.post("/v1/estimates", bill).json()
    name, client = ("all", "yz-services") if own.together else ("supplementary-1", "yz-supplementary")
    answers = []
    own.redis().client_pause(8000, all=False)  # writes only
    asked = threading.Thread(target=lambda: answers.append(own.post("/v1/settlements", bill)))
    asked.start()
    assert eventually(lambda: waits_in_redis(own, client))
    for _ in range(2):
        before = reloads(own, name)
        own.kill(name, signal.SIGHUP)
        assert eventually(lambda: reloads(own, name) > before)
    own.redis().client_unpause()
    asked.join()
    assert answers[0].status_code == 201, answers[0].text
    made = answers[0].json()
    assert [r["source"] for r in made["results"]] == [r["source"] for r in estimate["results"]]
    assert own.get(f"/v1/settlements/{made['id']}").json() == made
