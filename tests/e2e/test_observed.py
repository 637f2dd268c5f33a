"""Every metric that an alert or a dashboard names is exported by a running suite, and is of the kind that it is used as."""

import json
import re

import pytest
import yaml

from conftest import ROOT, SERVICES
from people import bill, hospital, resident

NAME = re.compile(r"\byz_[a-z0-9_]+")
ALERTS = ROOT / "ops" / "prometheus" / "alerts.yml"
BOARDS = sorted((ROOT / "ops" / "grafana" / "dashboards").glob("*.json"))


def alert_rules():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def board_queries(path):
    return [target["expr"] for panel in json.loads(path.read_text())["panels"] for target in panel["targets"]]


def queries():
    found = {f"alert {rule['alert']}": rule["expr"] for rule in alert_rules()}
    for path in BOARDS:
        found.update({f"{path.stem} {i}": query for i, query in enumerate(board_queries(path))})
    return found


@pytest.fixture(scope="module")
def exported(suite):
    """Name of each sample -> kind and the labels seen, over all processes, after a settlement."""
    person = resident()
    suite.put("/v1/institutions/h3", hospital())
    suite.put(f"/v1/persons/{person['id']}", person)
    assert suite.post("/v1/settlements", bill(person["id"])).status_code == 201
    admin = int(suite.env["YZ_ADMIN_BASE"]) + 10
    found = {}
    for url in [suite.base] + [f"http://127.0.0.1:{admin + i}" for i in range(len(SERVICES))]:
        text = suite.http.get(f"{url}/metrics", timeout=5).text
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        for name, labels in re.findall(r"^(yz_[a-z0-9_]+)(?:\{([^}]*)\})? ", text, re.M):
            kind = kinds.get(name) or kinds.get(re.sub(r"_(bucket|sum|count)$", "", name))
            found.setdefault(name, (kind, set()))[1].update(re.findall(r"([a-z_]+)=", labels))
    return found


def test_there_are_queries():
    assert len(alert_rules()) >= 15 and len(BOARDS) == 5 and all(board_queries(path) for path in BOARDS)


@pytest.mark.parametrize("place,query", queries().items())
def test_a_query_names_what_is_exported(exported, place, query):
    names = NAME.findall(query)
    assert names or "up{" in query, query
    for name in names:
        assert name in exported, f"{place}: no process exports {name}"
        kind, labels = exported[name]
        rated = re.search(r"\b(rate|increase)\(" + name + r"\b", query) is not None
        assert rated == (kind in ("counter", "histogram")) or "unreadable" in name, f"{place}: {name} is a {kind}"
    for by in re.findall(r"by \(([^)]*)\)", query):
        known = set().union(*(exported[name][1] for name in names), {"job", "instance"})
        assert {label.strip() for label in by.split(",")} <= known, f"{place}: {query}"


def test_every_job_that_is_scraped_is_missed_when_it_is_gone():
    jobs = {job["job_name"] for job in yaml.safe_load((ALERTS.parent / "prometheus.yml").read_text())["scrape_configs"]}
    exprs = {rule["alert"]: rule["expr"] for rule in alert_rules()}
    assert set(re.search(r'job=~"([^"]*)"', exprs["ProcessAway"])[1].split("|")) == jobs
    assert {*re.findall(r'absent\(up\{job="([^"]*)"\}\)', exprs["ServiceGone"]), "all"} == jobs == {"gateway", *SERVICES, "all"}


def test_every_alert_says_what_to_do_and_has_a_case():
    cases = yaml.safe_load((ALERTS.parent / "alerts_test.yml").read_text())["tests"]
    ringing = {test["alertname"] for case in cases for test in case["alert_rule_test"] if test.get("exp_alerts")}
    assert ringing == {rule["alert"] for rule in alert_rules()}
    assert all(rule["annotations"].keys() == {"summary", "fix"} and rule["labels"]["severity"] in ("page", "ticket") for rule in alert_rules())
