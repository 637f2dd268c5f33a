"""Every number of the seed texts that is a rule is carried by a policy pack, with its value and its place in the text.

seed_rows.csv lists what the five seed texts say, in 236 rows (several lines where a row carries several values): kind
`rule` (a number that settles or enrols), `process` (a rule without arithmetic, kept in a pack where it can be shown) or
`statistic` (no rule, with the reason). A path leads into the pack: `name`, `name[id]` for the member of a list with that id,
`name[key=value,..]` for the one whose `when` (or whose own key) has those values, `name[0]` by place; `[key=]` means absent.
"""
import csv
import datetime
import functools
import os
import pathlib
import re

import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
PACKS = HERE.parent.parent / "ops" / "policies"
SEEDS = pathlib.Path(os.environ.get("YZ_SEEDS", HERE.parent.parent.parent / "shared" / "seeds"))

with open(HERE / "seed_rows.csv", encoding="utf-8", newline="") as table:
    LINES = list(csv.DictReader(table))


@functools.cache
def packs():
    """All packs, with every scalar as the text that was written."""
    files = sorted(PACKS.rglob("*.yaml"))
    return [(file, yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)) for file in files]


def pack_of(pack_id, day):
    found = [pack for _, pack in packs() if pack["pack"] == pack_id and pack["from"] <= day <= pack["to"]]
    assert len(found) == 1, f"{len(found)} packs {pack_id} on {day}"
    return found[0]


def as_list(value):
    return value if isinstance(value, list) else [value]


def meets(member, key, wanted):
    value = member.get("when", {}).get(key, member.get(key)) if isinstance(member, dict) else None
    return value is None if wanted == "" else value is not None and wanted in as_list(value)


def choose(members, selector):
    if selector.isdigit():
        return members[int(selector)]
    if "=" in selector:
        pairs = [pair.split("=", 1) for pair in selector.split(",")]
        found = [m for m in members if all(meets(m, key, value) for key, value in pairs)]
    else:
        found = [m for m in members if m.get("id", m.get("code")) == selector]
    assert len(found) == 1, f"[{selector}] names {len(found)} members"
    return found[0]


def follow(pack, path):
    """The value at the path, and the citations of the nearest place around it that has some."""
    step = r"([a-z_]+)(?:\[([^]]*)\])?"
    assert re.fullmatch(rf"{step}(?:\.{step})*", path), f"unreadable path {path}"
    node, cited = pack, []
    for name, selector in re.findall(rf"(?:^|\.){step}", path):
        assert isinstance(node, dict) and name in node, f"no {name} at {path}"
        node = node[name]
        if selector:
            node = choose(as_list(node), selector)
        if isinstance(node, dict) and "source" in node:
            cited = as_list(node["source"])
    return node, cited


def split_citation(citation):
    source, _, quote = citation.partition(":")
    return source, quote.strip()


def source_of(pack, source_id):
    """As in the loader: of the pack first, then of its ancestors."""
    for source in pack.get("sources", []):
        if source["id"] == source_id:
            return source
    parent = pack.get("parent")
    return source_of(pack_of(parent, pack["from"]), source_id) if parent else None


def line_id(line):
    return f"{line['row']}-{line['path'] or line['kind']}"


def test_every_row_is_there():
    assert {int(line["row"]) for line in LINES} == set(range(1, 237))
    assert {line["kind"] for line in LINES} == {"rule", "process", "statistic"}


@pytest.mark.parametrize("line", [l for l in LINES if l["path"]], ids=line_id)
def test_row_is_in_a_pack(line):
    pack = pack_of(line["pack"], line["day"])
    value, cited = follow(pack, line["path"])
    if line["value"]:
        text = "|".join(value) if isinstance(value, list) else value
        assert text == line["value"]
    seeds = [c for c in cited
             if (source := source_of(pack, split_citation(c)[0])) and source["grade"] == "seed" and source["file"] == line["file"]]
    assert seeds, f"no citation of {line['file']} among {cited}"
    assert any(line["quote"] in split_citation(c)[1] for c in seeds), f"{line['quote']} is not in {seeds}"


@pytest.mark.parametrize("line", [l for l in LINES if l["kind"] != "rule"], ids=line_id)
def test_row_that_is_no_rule_says_why(line):
    assert line["reason"]
    assert (line["kind"] == "process") == bool(line["path"]), "a process row is kept in a pack, a statistic is not"


def citations(node):
    if isinstance(node, dict):
        yield from as_list(node.get("source", []))
        for key, child in node.items():
            if key != "source":
                yield from citations(child)
    elif isinstance(node, list):
        for child in node:
            yield from citations(child)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed texts are not part of the repository; YZ_SEEDS names their folder")
def test_quotes_stand_in_the_seed_texts():
    texts = {file.name: file.read_text(encoding="utf-8") for file in SEEDS.glob("*.txt")}
    missing = [f"row {l['row']}: {l['quote']}" for l in LINES if l["quote"] not in texts[l["file"]]]
    for file, pack in packs():
        for citation in set(citations(pack)):
            source_id, quote = split_citation(citation)
            source = source_of(pack, source_id)
            if source.get("file") and quote and quote not in texts[source["file"]]:
                missing.append(f"{file.relative_to(PACKS)}: {citation}")
    assert not missing, "\n".join(missing)


def test_sources_are_used_and_honest():
    """No source without a citation, no seed without its file, no assumption that does not say it is one."""
    inherited = {pack["parent"] for _, pack in packs() if "parent" in pack}
    wrong = []
    for file, pack in packs():
        used = {split_citation(c)[0] for _, other in packs() if other is pack or pack["pack"] in inherited for c in citations(other)}
        for source in pack["sources"]:
            name = f"{file.relative_to(PACKS)}: {source['id']}"
            if source["id"] not in used:
                wrong.append(f"{name} is not cited")
            if source["grade"] == "seed" and "file" not in source:
                wrong.append(f"{name} names no seed file")
            if (source["grade"] == "assumed") != source["title"].startswith("假定：") or (
                    source["grade"] == "assumed" and "Assumed" not in source["title"]):
                wrong.append(f"{name}: a title begins with 假定： and says Assumed exactly when the grade is assumed")
    assert not wrong, "\n".join(wrong)


def test_application_comes_where_each_city_has_it():
    """Zibo and Zaozhuang take assistance on application before supplementary insurance, Baise after it (seed row 194)."""
    after = {pack["pack"]: pack["ladder"].index("on_application") > pack["ladder"].index("supplement")
             for _, pack in packs() if "on_application" in pack.get("ladder", [])}
    assert after == {"cn.shandong": False, "cn.shandong.zibo": False, "cn.shandong.zaozhuang.shizhong": False,
                     "cn.guangxi.baise": True}


def test_packs_stand_one_after_the_other():
    spans = {}
    for file, pack in packs():
        first, last = (datetime.date.fromisoformat(pack[key]) for key in ("from", "to"))
        assert first <= last, file
        spans.setdefault(pack["pack"], []).append((first, last))
    for pack_id, days in spans.items():
        days.sort()
        assert all(a[1] < b[0] for a, b in zip(days, days[1:])), pack_id
