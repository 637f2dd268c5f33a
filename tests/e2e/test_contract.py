"""What a running gateway says of itself: /openapi.json and /metrics."""

import re

import pytest

from conftest import ROOT
from people import bill, hospital, resident

METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


@pytest.fixture(scope="module")
def api(suite):
    answer = suite.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def table():
    """Method and path of each row of the gateway's table."""
    text = (ROOT / "services/gateway/routes.c").read_text()
    return re.findall(r'\.method = "(\w+)",\s+\.path = "([^"]+)",\s+\.operation = "(\w+)"', text)


def walk(value):
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


def resolve(api, reference):
    assert reference.startswith("#/")
    at = api
    for step in reference[2:].split("/"):
        at = at[step]
    return at


def operations(api):
    return [(path, method, operation) for path, item in api["paths"].items() for method, operation in item.items()]


def test_it_is_openapi_3_1(api):
    assert api["openapi"] == "3.1.0" and api["info"]["title"] and api["info"]["version"]
    assert set(api) <= {"openapi", "info", "paths", "components", "servers", "tags", "security"}
    assert set(api["components"]) <= {"schemas", "responses"}


def test_every_reference_resolves(api):
    references = [v["$ref"] for v in walk(api) if isinstance(v, dict) and "$ref" in v]
    assert len(references) > 50
    for reference in references:
        resolve(api, reference)


def test_every_route_of_the_table_is_there(api):
    rows = table()
    assert len(rows) >= 20
    described = {(method.upper(), path, operation["operationId"]) for path, method, operation in operations(api)}
    assert described == set(rows)


def test_every_operation_is_whole(api):
    for path, method, operation in operations(api):
        assert method in METHODS and operation["summary"]
        assert {p["name"] for p in operation["parameters"] if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
        assert all(p["required"] for p in operation["parameters"] if p["in"] == "path")
        assert "200" in operation["responses"] and "default" in operation["responses"]
        refused = resolve(api, operation["responses"]["default"]["$ref"])
        assert refused["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        for status, response in operation["responses"].items():
            assert status == "default" or (re.fullmatch(r"2\d\d", status) and response["description"] and response["content"])
        if method in ("put", "post"):
            media = "application/x-ndjson" if path.endswith(":batch") else "application/json"
            assert operation["requestBody"]["content"][media]["schema"]["$ref"]


def test_schemas_name_what_they_require(api):
    kinds = {"object", "array", "string", "integer", "boolean"}
    for name, schema in api["components"]["schemas"].items():
        assert schema["type"] == "object"
        assert set(schema.get("required", [])) <= set(schema["properties"]), name
        for member in schema["properties"].values():
            assert "$ref" in member or member["type"] in kinds
            assert member.get("type") != "array" or "items" in member
            if "pattern" in member:
                re.compile(member["pattern"])


def check(api, schema, value, at=""):
    """Just enough of JSON Schema for what the gateway writes."""
    if "$ref" in schema:
        return check(api, resolve(api, schema["$ref"]), value, at)
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    assert isinstance(value, types[schema["type"]]), at
    if schema["type"] == "object":
        assert set(value) <= set(schema["properties"]), (at, set(value) - set(schema["properties"]))
        assert set(schema.get("required", [])) <= set(value), at
        for name, inner in value.items():
            check(api, schema["properties"][name], inner, f"{at}/{name}")
    elif schema["type"] == "array":
        for i, inner in enumerate(value):
            check(api, schema["items"], inner, f"{at}/{i}")
    elif "enum" in schema:
        assert value in schema["enum"], at
    elif "pattern" in schema:
        assert re.search(schema["pattern"], value), (at, value)


def answer_schema(api, path, method, status):
    return api["paths"][path][method]["responses"][str(status)]["content"]["application/json"]["schema"]


def test_answers_are_as_described(suite, api):
    assert suite.put("/v1/institutions/h3", hospital()).status_code == 200
    person = suite.put("/v1/persons/c1", resident("c1"))
    check(api, answer_schema(api, "/v1/persons/{id}", "put", 200), person.json())
    settled = suite.post("/v1/settlements", bill("c1", request_id="contract"))
    assert settled.status_code == 201
    check(api, answer_schema(api, "/v1/settlements", "post", 201), settled.json())
    for path, template in ((f"/v1/settlements/{settled.json()['id']}/explanation", "/v1/settlements/{id}/explanation"),
                           ("/v1/persons/c1/overview", "/v1/persons/{id}/overview"),
                           ("/v1/policies", "/v1/policies"),
                           ("/v1/policies/cn.shandong.zibo?on=2023-05-01", "/v1/policies/{id}")):
        answer = suite.get(path)
        assert answer.status_code == 200, answer.text
        check(api, answer_schema(api, template, "get", 200), answer.json())


def test_problems_are_as_described(suite, api):
    for answer in (suite.get("/v1/nothing"), suite.get("/v1/persons/nobody"), suite.post("/v1/settlements", {"a": 1}), suite.call("DELETE", "/v1/policies")):
        problem = answer.json()
        check(api, {"$ref": "#/components/schemas/Problem"}, problem)
        assert problem["status"] == answer.status_code and problem["type"].endswith(problem["code"])


def test_metrics_tell_rate_errors_and_duration_of_each_route(suite, api):
    suite.get("/v1/persons/nobody")
    text = suite.get("/metrics").text
    names = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert name not in names, f"{name} is described twice"
            names[name] = kind
        elif line and line[0] != "#":
            assert re.fullmatch(r'yz_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+', line), line
            family = re.sub(r"_(bucket|sum|count)$", "", line.split("{")[0].split()[0])
            assert family in names or line.split("{")[0].split()[0] in names, line
    for name, kind in names.items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert f"# HELP {name} " in text
    refused = re.search(r'yz_http_requests_total\{operation="getPerson",status="4xx"\} (\d+)', text)
    assert int(refused.group(1)) >= 1
    for _, _, operation in operations(api):
        assert f'yz_http_request_seconds_count{{operation="{operation["operationId"]}"}}' in text


def test_nothing_personal_is_in_the_logs(suite):
    """Names, ids and amounts of people stay out of logs and metrics, also when their requests are refused."""
    person = resident("zhang-310115", name="独孤求败", born="1961-12-31")
    assert suite.put("/v1/persons/zhang-310115", person).status_code == 200
    assert suite.put("/v1/institutions/h3", dict(hospital(), version=0)).status_code in (200, 409)
    made = bill("zhang-310115", "34567.89", request_id="private-1")
    assert suite.post("/v1/settlements", made).status_code == 201
    assert suite.post("/v1/settlements", dict(made, request_id="private-2", to="2022-01-01")).status_code == 422
    assert suite.post("/v1/settlements", dict(made, name="独孤求败")).status_code == 400
    suite.get("/v1/persons/zhang-310115/overview")
    written = "".join(f.read_text() for f in (suite.data / "log").glob("*.log")) + suite.get("/metrics").text
    assert "started" in written
    for secret in ("独孤求败", "zhang-310115", "1961-12-31", "34567.89", "private-1"):
        assert secret not in written
