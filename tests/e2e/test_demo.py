"""The running suite and the offline tool decide alike: every demo bill, member for member, but for the instant of settling."""

import json
import subprocess
from decimal import Decimal

import pytest

from conftest import ROOT

BOOKS = sorted((ROOT / "ops/demo").glob("*.json"))


def plain(settlement):
    """Without what belongs to the place of settling: the instant, and the account's version."""
    return {name: value for name, value in settlement.items() if name not in ("settled", "sequence")}


@pytest.mark.parametrize("path", BOOKS, ids=[b.stem for b in BOOKS])
def test_suite_and_offline_tool_agree(suite, path):
    book = json.loads(path.read_text())
    for kind in ("persons", "institutions", "contracts"):
        for record in book.get(kind, []):
            assert suite.put(f"/v1/{kind}/{record['id']}", record).status_code in (200, 201)
    offline = subprocess.run([ROOT / "build/release/bin/yz", "settle", "--json", path], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert offline.returncode == 0, offline.stderr
    for bill, line in zip(book["bills"], offline.stdout.splitlines(), strict=True):
        answer = suite.post("/v1/settlements", bill)
        assert answer.status_code in (200, 201), answer.text
        assert plain(answer.json()) == plain(json.loads(line))
        assert Decimal(answer.json()["sums"]["total"]) == sum((Decimal(s["amount"]) for s in answer.json().get("shares", [])), Decimal(0))
