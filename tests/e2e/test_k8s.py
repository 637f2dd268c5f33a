"""ops/k8s says what the programs, docker-compose.yml and the house say; its objects are what Kubernetes takes."""

import base64
import datetime
import itertools
import re
import subprocess
import tempfile
from pathlib import Path

import kubernetes.client
import pytest
import yaml

from conftest import ROOT, SERVICES, eventually, free_node_port, redis_settings

BIN = ROOT / "build/release/bin"
FOLDER = ROOT / "ops/k8s"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
OBJECTS = [o for file in KUSTOMIZATION["resources"] for o in yaml.safe_load_all((FOLDER / file).read_text())]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
ROLES = ["gateway", *SERVICES]
WORKER = {"yizhan/role": "worker"}


def named(kind, name):
    return next(o for o in OBJECTS if (o["kind"], o["metadata"]["name"]) == (kind, name))


def of_kind(*kinds):
    return [o for o in OBJECTS if o["kind"] in kinds]


def title(o):
    return f"{o['kind']}/{o['metadata']['name']}"


PODS = {o["metadata"]["name"]: o["spec"]["template"] for o in of_kind("Deployment", "StatefulSet", "Job")}


def container(name):
    return PODS[name]["spec"]["containers"][0]


def settings(name):
    """What the environment of that pod says."""
    given = {}
    for source in container(name).get("envFrom", []):
        given.update(named("ConfigMap", source["configMapRef"]["name"])["data"])
    given.update({e["name"]: e["value"] for e in container(name).get("env", []) if "value" in e})
    return given


# --- the schemas of Kubernetes, as its Python client has them (Debian: 1.22, when the autoscaler of v2 was still called v2beta2)

MODELS = {
    ("v1", "Namespace"): "V1Namespace", ("v1", "ConfigMap"): "V1ConfigMap", ("v1", "Service"): "V1Service", ("v1", "Secret"): "V1Secret",
    ("apps/v1", "Deployment"): "V1Deployment", ("apps/v1", "StatefulSet"): "V1StatefulSet", ("batch/v1", "Job"): "V1Job",
    ("policy/v1", "PodDisruptionBudget"): "V1PodDisruptionBudget", ("networking.k8s.io/v1", "NetworkPolicy"): "V1NetworkPolicy",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): "V2beta2HorizontalPodAutoscaler",
}
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": (str, int, dict), "datetime": datetime.datetime}


def conform(value, kind, path):
    """Raises when the value is not of that kind: an unknown or missing member, a text where a number has to be."""
    if match := re.fullmatch(r"list\[(.*)\]", kind):
        assert isinstance(value, list), f"{path} is no list"
        for i, element in enumerate(value):
            conform(element, match[1], f"{path}/{i}")
    elif match := re.fullmatch(r"dict\(str, (.*)\)", kind):
        assert isinstance(value, dict) and all(isinstance(k, str) for k in value), f"{path} is no map"
        for key, element in value.items():
            conform(element, match[1], f"{path}/{key}")
    elif kind in PLAIN:
        assert isinstance(value, PLAIN[kind]) and (kind == "bool") >= isinstance(value, bool), f"{path}: {value!r} is no {kind}"
    else:
        model = getattr(kubernetes.client, kind)
        members = {json: name for name, json in model.attribute_map.items()}
        assert isinstance(value, dict) and set(value) <= set(members), f"{path}: {set(value) - set(members)} unknown to {kind}"
        for key, element in value.items():
            conform(element, model.openapi_types[members[key]], f"{path}/{key}")
        model(**{members[key]: element for key, element in value.items()})  # raises ValueError when one is missing


def conform_object(o):
    conform(o, MODELS[o["apiVersion"], o["kind"]], title(o))


@pytest.mark.parametrize("o", OBJECTS, ids=title)
def test_an_object_is_what_kubernetes_takes(o):
    conform_object(o)


@pytest.mark.parametrize("broken", [
    lambda o: o["spec"].update(replica=2), lambda o: o["spec"].update(replicas="2"), lambda o: o["spec"].pop("selector"),
    lambda o: o["spec"]["template"]["spec"]["containers"][0].pop("name"), lambda o: o["spec"]["template"]["spec"].update(hostPID=1)])
def test_a_broken_object_is_noticed(broken):
    copy = yaml.safe_load(yaml.safe_dump(named("Deployment", "gateway")))
    broken(copy)
    with pytest.raises((AssertionError, ValueError)):
        conform_object(copy)


def test_every_file_belongs_to_it_and_every_name_is_given_once():
    apart = {"kustomization.yaml", "prometheus-adapter.yaml", "prometheus-pods.yaml"}
    files = {str(f.relative_to(FOLDER)) for f in FOLDER.rglob("*.yaml")} - apart
    assert files == set(KUSTOMIZATION["resources"]) and len(set(map(title, OBJECTS))) == len(OBJECTS)
    assert KUSTOMIZATION["namespace"] == named("Namespace", "yizhan")["metadata"]["name"]
    assert not [o for o in OBJECTS if "namespace" in o["metadata"]]


# --- the same as the programs and docker-compose.yml

def known_settings(program):
    """Variables that ops/settings.md gives to that program."""
    sections = re.split(r"^## ", (ROOT / "ops/settings.md").read_text(), flags=re.M)
    titles = {"Every program", f"yz-{program}", *([] if program == "gateway" else ["Every service behind the gateway"])}
    return set(re.findall(r"^\| `[a-z-]+` \| `(YZ_[A-Z_]+)`", "".join(s for s in sections if s.splitlines()[0] in titles), re.M))


@pytest.mark.parametrize("role", ROLES)
def test_a_setting_exists_and_says_the_same_as_in_compose(role):
    given, compose = settings(role), COMPOSE[role]["environment"]
    assert set(given) <= known_settings(role)
    apart = {"YZ_REDIS": None, "YZ_DURABILITY": "cluster", "YZ_DRAIN_MS": "15000"}  # a cluster there, one node here
    assert {k: v for k, v in given.items() if k not in apart} == {k: v for k, v in compose.items() if k not in apart}
    assert role == "gateway" or given["YZ_DURABILITY"] == "cluster"


@pytest.mark.parametrize("role", ROLES)
def test_a_pod_runs_what_compose_runs(role):
    made, compose = container(role), COMPOSE[role]
    assert (made["image"], made["command"]) == (compose["image"], compose["command"])
    limits = made["resources"]["limits"]
    assert {"cpus": limits["cpu"], "memory": limits["memory"].removesuffix("i")} == compose["deploy"]["resources"]["limits"]
    owner = re.search(r"^USER (\d+):(\d+)", (ROOT / "ops/docker/Dockerfile").read_text(), re.M).groups()
    security = PODS[role]["spec"]["securityContext"]
    assert (str(security["runAsUser"]), str(security["runAsGroup"]), security["fsGroup"]) == (*owner, security["runAsGroup"])


def test_redis_keeps_what_it_acknowledges():
    conf = dict(line.split(" ", 1) for line in named("ConfigMap", "redis")["data"]["redis.conf"].splitlines())
    assert {k: conf.get(k) for k in redis_settings()} == redis_settings()
    assert conf["min-replicas-to-write"] == "1" and container("redis")["image"] == COMPOSE["redis"]["image"]
    assert conf["cluster-enabled"] == "yes" and conf["dir"] == next(m["mountPath"] for m in container("redis")["volumeMounts"] if m["name"] == "data")


def test_the_services_differ_in_their_names_only():
    def bare(service):
        text = (FOLDER / f"services/{service}.yaml").read_text().replace(service, "SERVICE")
        objects = list(yaml.safe_load_all(text))
        return [o for o in objects if o["kind"] != "HorizontalPodAutoscaler"]

    assert all(bare(service) == bare("enrollment") for service in SERVICES)


@pytest.mark.parametrize("role", ROLES)
def test_ports_are_those_of_the_settings(role):
    given = settings(role)
    door = {"http": given["YZ_HTTP_PORT"], "bus": given["YZ_BUS_BIND"].rpartition(":")[2]} if role == "gateway" else {}
    assert {p["name"]: str(p["containerPort"]) for p in container(role)["ports"]} == {**door, "admin": given["YZ_ADMIN_PORT"]}
    assert {given[name] for name in ("YZ_HTTP_HOST", "YZ_ADMIN_HOST") if name in given} == {"0.0.0.0"}


def hosts_of_redis():
    name, port = named("StatefulSet", "redis")["spec"]["serviceName"], container("redis")["ports"][0]["containerPort"]
    return [f"redis-{i}.{name}:{port}" for i in range(named("StatefulSet", "redis")["spec"]["replicas"])]


def test_hosts_are_names_of_services():
    host, _, port = settings("enrollment")["YZ_GATEWAYS"].partition(":")
    found = named("Service", host)["spec"]
    assert found["clusterIP"] == "None" and found["publishNotReadyAddresses"] is True  # or gateway and worker wait for each other
    assert int(port) in [p["port"] for p in found["ports"]]
    assert settings("enrollment")["YZ_REDIS"] == "redis://" + ",".join(hosts_of_redis())
    assert settings("redis")["REDIS_HOSTS"].split() == settings("redis-create")["REDIS_HOSTS"].split() == hosts_of_redis()
    scraped = yaml.safe_load((ROOT / "ops/prometheus/prometheus.yml").read_text())["scrape_configs"]
    for job in scraped:  # the same names as in compose, so the same configuration finds them
        if job["job_name"] == "all":  # one process: only there
            continue
        config = job["dns_sd_configs"][0]
        assert config["port"] in [p["port"] for p in named("Service", config["names"][0])["spec"]["ports"]]


# --- what belongs together

def matches(selector, labels):
    operators = {"In": lambda e: labels.get(e["key"]) in e["values"], "NotIn": lambda e: labels.get(e["key"]) not in e["values"]}
    return selector.get("matchLabels", {}).items() <= labels.items() and all(operators[e["operator"]](e) for e in selector.get("matchExpressions", []))


def labels(name):
    return PODS[name]["metadata"]["labels"]


def selected(selector):
    return {name for name in PODS if matches(selector, labels(name))}


def test_a_selector_finds_its_pods_and_no_others():
    for o in of_kind("Deployment", "StatefulSet", "PodDisruptionBudget"):
        assert selected(o["spec"]["selector"]) == {o["metadata"]["name"]}, title(o)
    for service in of_kind("Service"):
        found = selected({"matchLabels": service["spec"]["selector"]})
        assert found == {service["metadata"]["labels"]["app.kubernetes.io/name"]}, title(service)
        ports = {p["name"] for p in container(*found)["ports"]}
        assert {p["targetPort"] for p in service["spec"]["ports"]} <= ports
    for autoscaler in of_kind("HorizontalPodAutoscaler"):
        target = autoscaler["spec"]["scaleTargetRef"]
        assert "replicas" not in named(target["kind"], target["name"])["spec"]  # or applying again would undo the autoscaler
    assert {o["metadata"]["name"] for o in of_kind("HorizontalPodAutoscaler")} == set(ROLES)
    assert {o["metadata"]["name"] for o in of_kind("PodDisruptionBudget")} == {*ROLES, "redis"}
    for name, pod in PODS.items():
        spread = pod["spec"].get("topologySpreadConstraints", [])
        assert all(selected(c["labelSelector"]) == {name} for c in spread) and (bool(spread) == (name in ROLES))
    antiaffinity = PODS["redis"]["spec"]["affinity"]["podAntiAffinity"]
    assert all(selected(term["labelSelector"]) == {"redis"} for term in antiaffinity["requiredDuringSchedulingIgnoredDuringExecution"])


@pytest.mark.parametrize("name", PODS)
def test_a_pod_may_do_no_more_than_it_needs(name):
    spec, made = PODS[name]["spec"], container(name)
    assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"} and spec["automountServiceAccountToken"] is False
    assert made["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert {"cpu", "memory"} == set(made["resources"]["requests"]) == set(made["resources"]["limits"])
    mounts, volumes = {m["name"] for m in made["volumeMounts"]}, {v["name"] for v in spec["volumes"]}
    claims = {c["metadata"]["name"] for c in named("StatefulSet", "redis")["spec"]["volumeClaimTemplates"]} if name == "redis" else set()
    assert mounts == volumes | claims


@pytest.mark.parametrize("role", ROLES)
def test_there_is_time_to_drain(role):
    before = int(container(role).get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])[1])
    drain_s = int(settings(role)["YZ_DRAIN_MS"]) / 1000
    assert PODS[role]["spec"]["terminationGracePeriodSeconds"] >= before + drain_s + 5  # and to close
    assert (before > 0) == (role == "gateway")  # workers tell the gateways themselves


def test_every_role_gets_its_own_secret_key_alone():
    with tempfile.TemporaryDirectory(prefix="yz-keys-") as keys:
        subprocess.run([BIN / "yz", "keys", keys], check=True, stdout=subprocess.DEVNULL)
        made = subprocess.run([FOLDER / "secrets", keys], check=True, stdout=subprocess.PIPE, text=True).stdout
        secrets = {o["metadata"]["name"]: o for o in yaml.safe_load_all(made)}
        for role in ROLES:
            volume = next(v["secret"] for v in PODS[role]["spec"]["volumes"] if v["name"] == "keys")
            secret = secrets.pop(volume["secretName"])
            conform_object(secret)
            place = next(m["mountPath"] for m in container(role)["volumeMounts"] if m["name"] == "keys")
            wanted = {Path(v).name for k, v in settings(role).items() if k in ("YZ_BUS_KEY", "YZ_BUS_ALLOW", "YZ_BUS_GATEWAY_KEY") and v.startswith(f"{place}/")}
            assert set(secret["data"]) == wanted and len(wanted) == 2
            for name, text in secret["data"].items():
                assert base64.b64decode(text) == (Path(keys) / name).read_bytes()
        assert secrets == {}


# --- who talks to whom

def peers(rules, side):
    """What a policy's rules let in or out: (pods or ("namespace", label), port)."""
    for rule in rules:
        for peer, port in itertools.product(rule[side], rule["ports"]):
            if "podSelector" in peer:
                yield from ((name, port["port"]) for name in selected(peer["podSelector"]))
            else:
                (label,) = peer["namespaceSelector"]["matchLabels"]
                yield label, port["port"]


def test_only_those_talk_who_must():
    inward, outward, guarded = set(), set(), {"Ingress": set(), "Egress": set()}
    for policy in of_kind("NetworkPolicy"):
        spec = policy["spec"]
        pods = selected(spec["podSelector"])
        assert pods, title(policy)
        for direction in spec["policyTypes"]:
            guarded[direction] |= pods
        inward |= {(a, b, port) for b in pods for a, port in peers(spec.get("ingress", []), "from")}
        outward |= {(a, b, port) for a in pods for b, port in peers(spec.get("egress", []), "to")}
    assert guarded["Ingress"] == guarded["Egress"] == set(PODS)
    within = {arrow for arrow in inward & outward}
    arrows = {(service, "gateway", 7070) for service in SERVICES} | {(service, "redis", 6379) for service in SERVICES}
    arrows |= {("redis", "redis", 6379), ("redis", "redis", 16379), ("redis-create", "redis", 6379)}
    assert within == arrows
    # nothing is allowed on one end only, but for what comes from outside and the names that are asked for
    assert inward - within == {("yizhan/clients", "gateway", 8080)} | {("yizhan/metrics", role, 9100) for role in ROLES}
    assert outward - within == {(name, "kubernetes.io/metadata.name", 53) for name in PODS if name != "gateway"}


def test_the_arrows_are_those_of_the_programs():
    """A worker's connections, as its own settings name them, end where the policies let them."""
    for service in SERVICES:
        asked = {settings(service)["YZ_GATEWAYS"].partition(":")[0], re.match(r"redis://\w+-\d+\.(\w+):", settings(service)["YZ_REDIS"])[1]}
        assert asked == {"gateway", "redis"} and matches({"matchLabels": WORKER}, labels(service))
    assert not matches({"matchLabels": WORKER}, labels("gateway")) and not matches({"matchLabels": WORKER}, labels("redis"))


# --- against a running suite

def address(suite, role):
    return suite.base if role == "gateway" else f"http://127.0.0.1:{int(suite.env['YZ_ADMIN_BASE']) + 10 + SERVICES.index(role)}"


@pytest.mark.parametrize("role", ROLES)
def test_probes_are_answered(suite, role):
    for probe, path in (("startupProbe", "/live"), ("livenessProbe", "/live"), ("readinessProbe", "/ready")):
        asked = container(role)[probe]["httpGet"]
        assert asked["path"] == path and asked["port"] == "admin"  # that clients cannot fill
        assert suite.http.get(address(suite, role) + asked["path"], timeout=5).status_code == 200


def scaled_by(role):
    return [metric["pods"]["metric"]["name"] for metric in named("HorizontalPodAutoscaler", role)["spec"]["metrics"]]


def offered():
    rules = yaml.safe_load((FOLDER / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    return [re.match(r"\w+", rule["seriesQuery"])[0] for rule in rules]


def test_the_adapter_offers_what_autoscalers_ask_for_and_no_more():
    assert set(offered()) == {name for role in ROLES for name in scaled_by(role)} and len(set(offered())) == len(offered())


def test_a_gateway_is_scaled_by_bills_of_either_way():
    """One by one, an exchange each; or as lines of a batch, which is one exchange."""
    assert scaled_by("gateway") == ["yz_http_exchanges", "yz_batch_lines"]


@pytest.mark.parametrize("role", ROLES)
def test_an_autoscaler_goes_by_what_is_measured(suite, role):
    page = suite.http.get(address(suite, role) + "/metrics", timeout=5).text
    for name in scaled_by(role):
        assert f"# TYPE {name} gauge\n" in page
        assert re.search(rf"^{name} \d+$", page, re.M), "one sample for a pod: there is nothing to add up"


# --- the cluster of Redis, on loopback

def cli(port, *words):
    done = subprocess.run(["redis-cli", "-p", str(port), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def nodes():
    """Six with the settings of the ConfigMap, but for places and names."""
    with tempfile.TemporaryDirectory(prefix="yz-redis-") as data:
        conf, running, ports = Path(data) / "redis.conf", {}, [free_node_port() for _ in hosts_of_redis()]
        conf.write_text(re.sub(r"^(port|dir) .*\n", "", named("ConfigMap", "redis")["data"]["redis.conf"], flags=re.M))

        def start(port, address="127.0.0.1"):
            (Path(data) / str(port)).mkdir(exist_ok=True)
            words = ["--port", port, "--dir", Path(data) / str(port), "--bind", "127.0.0.1", "127.0.0.2", "--cluster-announce-ip", address]
            running[port] = subprocess.Popen([str(w) for w in ("redis-server", conf, *words)], stdout=subprocess.DEVNULL)
            assert eventually(lambda: cli(port, "ping") == "PONG")

        try:
            for port in ports:
                start(port)
            yield ports, running, start
        finally:
            for process in running.values():
                process.kill()
                process.wait()


def script(name, ports, port=None):
    text = named("ConfigMap", "redis")["data"][name]
    env = {"PATH": "/usr/bin:/bin", "REDIS_HOSTS": " ".join(f"127.0.0.1:{p}" for p in ports), **({"SELF_PORT": str(port)} if port else {})}
    done = subprocess.run(["sh", "-c", text], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    return done.stdout


def masters(ports):
    return [p for p in ports if cli(p, "role").startswith("master")]


def test_the_scripts_make_a_cluster_and_hand_over(nodes):
    ports, running, start = nodes
    for port in ports:
        script("meet.sh", ports, port)  # each on its own: nobody is met
        assert "cluster_known_nodes:1" in cli(port, "cluster", "info")
    script("create.sh", ports)
    assert eventually(lambda: all("cluster_slots_ok:16384" in cli(p, "cluster", "info") for p in ports), 20)
    assert eventually(lambda: len(masters(ports)) == 3, 20)
    assert eventually(lambda: all("master_link_status:up" in cli(p, "info", "replication") for p in ports if p not in masters(ports)), 20)
    assert "Adding" not in script("create.sh", ports)  # what is a cluster is left alone

    leaving = masters(ports)[0]
    assert eventually(lambda: " connected" in cli(leaving, "cluster", "replicas", cli(leaving, "cluster", "myid")), 20)  # it has heard of its replica
    script("leave.sh", ports, leaving)
    assert leaving not in masters(ports) and len(masters(ports)) == 3
    script("leave.sh", ports, leaving)  # a replica just goes
    running[leaving].terminate()
    running[leaving].wait(20)
    start(leaving, "127.0.0.2")  # a new pod has a new address
    script("meet.sh", ports, leaving)
    assert eventually(lambda: "master_link_status:up" in cli(leaving, "info", "replication"), 20)
    me = cli(leaving, "cluster", "myid")
    assert eventually(lambda: all(f"{me} 127.0.0.2:{leaving}" in cli(port, "cluster", "nodes") for port in ports), 20)
    assert eventually(lambda: all("cluster_known_nodes:6" in cli(port, "cluster", "info") for port in ports), 20)


def is_ready(port):
    """What the kubelet would find: the command of the manifest, with the scripts where the ConfigMap is mounted."""
    with tempfile.TemporaryDirectory(prefix="yz-conf-") as conf:
        for name, text in named("ConfigMap", "redis")["data"].items():
            (Path(conf) / name).write_text(text)
        mounted = next(m["mountPath"] for m in container("redis")["volumeMounts"] if m["name"] == "conf")
        command = [word.replace(f"{mounted}/", f"{conf}/") for word in container("redis")["readinessProbe"]["exec"]["command"]]
        return subprocess.run(command, env={"PATH": "/usr/bin:/bin", "SELF_PORT": str(port)}, stderr=subprocess.DEVNULL, timeout=10).returncode == 0


def test_a_replica_is_ready_when_it_has_its_masters_data(nodes):
    ports, running, start = nodes
    script("create.sh", ports)  # what is a cluster already is left alone
    assert eventually(lambda: len(masters(ports)) == 3 and all(is_ready(port) for port in ports), 20)
    replica = next(port for port in ports if port not in masters(ports))
    master = int(re.search(r"^master_port:(\d+)", cli(replica, "info", "replication"), re.M)[1])
    cli(master, "config", "set", "repl-diskless-sync-delay", 60)  # as long as a large copy takes
    running[replica].terminate()
    running[replica].wait(20)
    start(replica)
    assert eventually(lambda: "cluster_state:ok" in cli(replica, "cluster", "info"), 20)
    assert "master_link_status:down" in cli(replica, "info", "replication") and not is_ready(replica)
    cli(master, "config", "set", "repl-diskless-sync-delay", 0)
    assert eventually(lambda: is_ready(replica), 20)
    assert "master_link_status:up" in cli(replica, "info", "replication")
    assert eventually(lambda: "aof_rewrite_in_progress:0" in cli(replica, "info", "persistence"))  # until then it does not end
    running[replica].terminate()
    running[replica].wait(20)
    assert not is_ready(replica)  # nor is who does not answer
    start(replica)
