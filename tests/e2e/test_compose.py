"""docker-compose.yml and the Dockerfile say what the programs and scripts are: names, ports, folders, steps."""

import fnmatch
import json
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml

from conftest import ROOT, SERVICES, Suite, eventually, redis_settings

BIN = ROOT / "build/release/bin"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
ROLES = ["gateway", *SERVICES]
TOGETHER = "all"  # instead of them, when asked for
OBSERVERS = ["prometheus", "grafana"]
DOCKERFILE = (ROOT / "ops/docker/Dockerfile").read_text()


def environment(service):
    return COMPOSE[service].get("environment", {})


def settings(program):
    shown = subprocess.run([BIN / program, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return set(re.findall(r"\bYZ_[A-Z_]+", shown))


@pytest.fixture(scope="module")
def installed():
    """What the image holds: the tree that cmake --install makes."""
    with tempfile.TemporaryDirectory(prefix="yz-image-") as prefix:
        subprocess.run(["cmake", "--install", ROOT / "build/release", "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        yield Path(prefix)


def test_there_is_one_service_for_each_program():
    assert set(COMPOSE) == {"redis", "keys", *ROLES, TOGETHER, *OBSERVERS}


def test_keys_are_made_before_anybody_needs_them():
    """One that ends: it makes the keys of the bus into a volume that it alone may write."""
    keys = COMPOSE["keys"]
    assert keys["command"] == ["yz", "keys", "/keys"] and keys["restart"] == "no" and keys["volumes"] == ["keys:/keys"]
    for service in ROLES:
        assert COMPOSE[service]["depends_on"]["keys"] == {"condition": "service_completed_successfully"}
        assert COMPOSE[service]["volumes"] == ["keys:/keys:ro"]
        assert environment(service)["YZ_BUS_KEY"] == f"/keys/{service}.key"


@pytest.mark.parametrize("service", [*ROLES, TOGETHER])
def test_every_name_is_a_setting_of_that_program(service):
    names = {n for n in environment(service) if n.startswith("YZ_")}
    assert names and names <= settings(f"yz-{service}")


@pytest.mark.parametrize("service", COMPOSE)
def test_every_service_has_a_health_check_and_limits(service):
    described = COMPOSE[service]
    if service != "keys":  # it ends
        assert described["healthcheck"]["test"] and described["healthcheck"]["retries"]
    limits = described["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0 and re.fullmatch(r"\d+[MG]", limits["memory"])


@pytest.mark.parametrize("service", [*ROLES, TOGETHER])
def test_commands_and_health_checks_are_installed_programs(service, installed):
    assert COMPOSE[service]["command"] == [f"yz-{service}"]
    check = COMPOSE[service]["healthcheck"]["test"]
    assert check[0] == "CMD" and check[2] == "health"
    for program in (COMPOSE[service]["command"][0], check[1]):
        assert (installed / "bin" / program).is_file()


@pytest.mark.parametrize("service", [*ROLES, TOGETHER])
def test_the_health_check_asks_where_the_program_listens(service):
    url, door = COMPOSE[service]["healthcheck"]["test"][3], service in ("gateway", TOGETHER)
    port = environment(service)["YZ_ADMIN_PORT"]  # the door's own may be full of clients
    # a gateway that were healthy only with workers would never get them: they may wait for it
    assert url == f"http://127.0.0.1:{port}/{'live' if door else 'ready'}"


def test_hosts_and_ports_meet():
    gateway = environment("gateway")
    bus_port = gateway["YZ_BUS_BIND"].rpartition(":")[2]
    assert gateway["YZ_BUS_BIND"] == f"tcp://*:{bus_port}" and int(bus_port) < 32768
    assert gateway["YZ_HTTP_HOST"] == "0.0.0.0"
    assert COMPOSE["gateway"]["ports"] == [f"{gateway['YZ_HTTP_PORT']}:{gateway['YZ_HTTP_PORT']}"]
    for service in SERVICES:
        assert environment(service)["YZ_GATEWAYS"] == f"gateway:{bus_port}"
        assert environment(service)["YZ_REDIS"] == "redis://redis:6379"
        assert set(COMPOSE[service]["networks"]) & set(COMPOSE["gateway"]["networks"]) & set(COMPOSE["redis"]["networks"])
    assert COMPOSE[TOGETHER]["ports"] == COMPOSE["gateway"]["ports"] and environment(TOGETHER)["YZ_HTTP_HOST"] == "0.0.0.0"
    assert environment(TOGETHER)["YZ_REDIS"] == "redis://redis:6379" and set(COMPOSE[TOGETHER]["networks"]) & set(COMPOSE["redis"]["networks"])
    assert "YZ_BUS_BIND" not in environment(TOGETHER)  # nobody outside the container reaches it, so it needs no keys


def test_redis_keeps_what_it_acknowledges():
    assert COMPOSE["redis"]["command"][:2] == ["redis-server", "/etc/redis.conf"]
    assert COMPOSE["redis"]["volumes"] == ["redis-data:/data", "./ops/redis.conf:/etc/redis.conf:ro"]
    told = redis_settings()
    assert {name: told[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "save")} == {
        "appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": '""'}


def bytes_of(text):
    """Of what Redis, compose and Kubernetes write; the smaller where they mean different things by it."""
    number, unit = re.fullmatch(r"(\d+)([a-zA-Z]+)", text).groups()
    return int(number) * {"mb": 1 << 20, "gb": 1 << 30, "M": 10**6, "G": 10**9, "Mi": 1 << 20, "Gi": 1 << 30}[unit]


def test_redis_refuses_writes_before_its_container_is_ended():
    words = COMPOSE["redis"]["command"]
    objects = list(yaml.safe_load_all((ROOT / "ops/k8s/redis.yaml").read_text()))
    conf = next(o for o in objects if o["kind"] == "ConfigMap")["data"]["redis.conf"]
    pod = next(o for o in objects if o["kind"] == "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    for most, limit in [(words[words.index("--maxmemory") + 1], COMPOSE["redis"]["deploy"]["resources"]["limits"]["memory"]),
                        (re.search(r"^maxmemory (\S+)$", conf, re.M)[1], pod["resources"]["limits"]["memory"])]:
        assert 0 < bytes_of(most) <= 0.85 * bytes_of(limit)  # buffers and a rewrite of the file take the rest


def test_only_the_gateway_is_published_and_workers_can_be_scaled():
    assert [s for s in COMPOSE if "ports" in COMPOSE[s]] == ["gateway", TOGETHER, "grafana"]
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["grafana"]["ports"])
    assert not [s for s in COMPOSE if "container_name" in COMPOSE[s]]


def mounted(service):
    """Where in the container -> what of this repository."""
    return {inside: ROOT / outside for outside, inside, *_ in (v.split(":") for v in COMPOSE[service]["volumes"]) if outside.startswith("./")}


def test_those_who_observe_come_when_asked_for_and_find_what_is_ours():
    assert [s for s in COMPOSE if COMPOSE[s].get("profiles")] == [TOGETHER, *OBSERVERS]
    assert all(COMPOSE[s]["profiles"] == ["observe"] for s in OBSERVERS)
    config = next(word.partition("=")[2] for word in COMPOSE["prometheus"]["command"] if word.startswith("--config.file="))
    folder, file = config.rsplit("/", 1)
    jobs = yaml.safe_load((mounted("prometheus")[folder] / file).read_text())["scrape_configs"]
    for job in jobs:  # each of our programs, where it shows its metrics
        asked, role = job["dns_sd_configs"][0], job["job_name"]
        assert asked["names"] == [role] and str(asked["port"]) == environment(role)["YZ_ADMIN_PORT"]
        assert environment(role)["YZ_ADMIN_HOST"] == "0.0.0.0"
        assert set(COMPOSE[role]["networks"]) & set(COMPOSE["prometheus"]["networks"])
    assert {job["job_name"] for job in jobs} == {*ROLES, TOGETHER}
    places = mounted("grafana")
    source = yaml.safe_load((places["/etc/grafana/provisioning"] / "datasources/prometheus.yml").read_text())["datasources"][0]
    assert source["url"] == "http://prometheus:9090" and set(COMPOSE["grafana"]["networks"]) & set(COMPOSE["prometheus"]["networks"])
    boards = yaml.safe_load((places["/etc/grafana/provisioning"] / "dashboards/yizhan.yml").read_text())["providers"][0]
    assert list(places[boards["options"]["path"]].glob("*.json"))


def test_the_gateway_waits_for_those_that_a_settlement_takes():
    shown = subprocess.run([BIN / "yz-gateway", "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    needs = re.search(r"YZ_READY_NEEDS\n.*\n\s+default: (\S+)", shown).group(1)
    assert set(needs.split(",")) == set(SERVICES) - {"notification", "clearing"}
    assert not [s for s in [*ROLES, TOGETHER] if "YZ_READY_NEEDS" in environment(s)]


# --- the image ---

def runs():
    return [" ".join(r.split()) for r in re.findall(r"^RUN (.*(?:\\\n.*)*)", DOCKERFILE.replace("\\\n", " "), re.M)]


def test_the_images_steps_are_the_scripts_that_tests_run():
    build, steps, run, keys = runs()
    assert build == "ops/install build"
    assert [s.split()[:2] for s in steps.split(" && ")] == [["ops/build", "release"], ["ctest", "--test-dir"], ["cmake", "--install"]]
    assert run.startswith("/tmp/install run") and "COPY ops/install /tmp/install" in DOCKERFILE
    owner = re.search(r"^USER (\d+):(\d+)", DOCKERFILE, re.M).groups()
    assert keys == f"install -d -o {owner[0]} -g {owner[1]} {COMPOSE['keys']['command'][2]}"
    assert "ops/install" in (ROOT / "ops/test").read_text() and "ops/build" in (ROOT / "ops/test").read_text()


def test_the_image_has_programs_and_packs_where_it_says(installed):
    prefix = re.search(r"cmake --install build/release --prefix (\S+)", DOCKERFILE).group(1)
    assert f"COPY --from=build {prefix} {prefix}" in DOCKERFILE
    env = dict(re.findall(r"(\w+)=(\S+)", re.search(r"^ENV (.*)$", DOCKERFILE, re.M).group(1)))
    assert env["PATH"].split(":")[0] == f"{prefix}/bin"
    policies = installed / Path(env["YZ_POLICIES"]).relative_to(prefix)
    subprocess.run([installed / "bin/yz", "policy", "check", policies], check=True, cwd="/", stdout=subprocess.DEVNULL)


def test_the_build_context_holds_all_that_is_copied_and_no_more():
    ignored = [p.strip().rstrip("/") for p in (ROOT / ".dockerignore").read_text().splitlines() if p.strip() and p[0] != "#"]
    assert {".git", "build", "var"} <= set(ignored)
    copied = [s for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.M) for s in line.split()[:-1]]
    for source in copied:
        assert (ROOT / source).exists()
        assert not any(fnmatch.fnmatch(source, pattern) for pattern in ignored)
    # every folder that the build reads is copied
    read = set(re.findall(r"\b(proto|common|services|ops|tests)/", (ROOT / "CMakeLists.txt").read_text()))
    assert read <= set(copied)


@pytest.mark.parametrize("services", [ROLES, [TOGETHER]], ids=["processes", "together"])
def test_the_suite_runs_with_these_settings(installed, services):
    """As containers would: the installed tree, the environment of each service, names replaced by loopback."""
    with tempfile.TemporaryDirectory(prefix="yz-compose-") as data:
        suite = Suite(data)
        local = {"8080": suite.env["YZ_HTTP_PORT"], "7070": suite.env["YZ_BUS_PORT"], "6379": suite.env["YZ_REDIS_PORT"]}

        def given(service, admin):
            text = json.dumps(environment(service)).replace('"/keys/', f'"{data}/keys/')
            for name in ("0.0.0.0", "*", "gateway", "redis"):
                text = re.sub(rf'(?<=["/]){re.escape(name)}(?=[":])(?!://)', "127.0.0.1", text)
            for port, real in {**local, "9100": str(admin)}.items():
                text = re.sub(rf'(?<=[":]){port}(?=")', real, text)
            return json.loads(text)

        running = []
        try:
            suite.shell("start_redis")
            (Path(data) / "keys").mkdir(exist_ok=True)
            subprocess.run([installed / "bin" / "yz", "keys", f"{data}/keys"], check=True, stdout=subprocess.DEVNULL)
            for i, service in enumerate(services):
                admin = int(suite.env["YZ_ADMIN_BASE"]) + i
                env = {"PATH": f"{installed}/bin", "YZ_POLICIES": f"{installed}/share/yizhan/policies", **given(service, admin)}
                log = open(Path(data) / f"{service}.out", "w")
                running.append(subprocess.Popen([installed / "bin" / COMPOSE[service]["command"][0]], cwd="/", env=env, stdout=log, stderr=log))
                log.close()
                url = COMPOSE[service]["healthcheck"]["test"][3].replace("9100", str(admin))
                health = [installed / "bin/yz", "health", url]
                assert eventually(lambda: subprocess.run(health, stderr=subprocess.DEVNULL).returncode == 0, 30), f"{service} at {url}"
            assert eventually(lambda: suite.get("/ready").status_code == 200, 30)
            assert suite.get("/v1/policies").json()["packs"]
        finally:
            for process in running:
                process.terminate()
            for process in running:
                assert process.wait(timeout=30) == 0
            suite.stop()
