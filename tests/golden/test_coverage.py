"""Every benefit of every pack is named by a case computed by hand."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def load(path):
    return yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # every scalar as text: YAML 1.1 would read `on` as true


def test_every_benefit_has_a_case():
    packs = [load(path) for path in sorted((ROOT / "ops/policies").rglob("*.yaml"))]
    cases = [case for path in sorted((ROOT / "tests/golden/seeds").glob("*.yaml")) for case in load(path)["cases"]]
    named = {(case["pack"], visit.get("on", case.get("on")), benefit["benefit"])
             for case in cases for visit in case["visits"] for benefit in visit.get("expect", {}).get("benefits", [])}
    missing = []
    for pack in packs:
        # a province's benefits and a product's are met under the packs of its cities
        anywhere = "product" in pack or pack["pack"] == "cn.shandong"
        for benefit in pack.get("benefits", []):
            if not any(name == benefit["id"] and (anywhere or city == pack["pack"]) and on and pack["from"] <= on <= pack["to"]
                       for city, on, name in named):
                missing.append(f"{pack['pack']} {pack['version']}: {benefit['id']}")
    assert missing == []
    assert len(packs) >= 10 and len(named) >= 100
