"""ops/policies/README.md is the reference of the pack format: it names every key, and its example is a sound pack."""
import pathlib
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
README = (ROOT / "ops" / "policies" / "README.md").read_text(encoding="utf-8")
PROTO = re.sub(r"//[^\n]*", "", (ROOT / "proto" / "policy.proto").read_text(encoding="utf-8"))
YZ = ROOT / "build" / "release" / "bin" / "yz"
# read from catalogue CSVs, not from packs
MESSAGES = [m for m in re.findall(r"message (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}", PROTO) if m[0] != "CatalogueItem"]


@pytest.mark.parametrize("message,body", MESSAGES, ids=[name for name, _ in MESSAGES])
def test_every_key_and_choice_is_named(message, body):
    keys = re.findall(r"(?:required|optional|repeated) [\w.]+ (\w+) =", body)
    choices = [choice.lower() for choice in re.findall(r"\b([A-Z][A-Z_]+) = \d", body)]
    assert keys
    missing = [word for word in keys + choices if f"`{word}`" not in README]
    assert not missing, f"{message}: {missing}"


def test_example_has_only_keys_of_the_format():
    example = yaml.load(re.search(r"```yaml\n(pack:.*?)```", README, re.S)[1], yaml.BaseLoader)
    keys = set(re.findall(r"(?:required|optional|repeated) [\w.]+ (\w+) =", PROTO))

    def walk(node):
        for key, value in node.items() if isinstance(node, dict) else []:
            assert key in keys
            walk(value)
        for value in node if isinstance(node, list) else []:
            walk(value)

    walk(example)


@pytest.mark.skipif(not YZ.exists(), reason="needs the release build")
def test_example_passes_the_check(tmp_path):
    pack = tmp_path / "small.yaml"
    pack.write_text(re.search(r"```yaml\n(pack:.*?)```", README, re.S)[1], encoding="utf-8")
    done = subprocess.run([YZ, "policy", "check", pack], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not YZ.exists(), reason="needs the release build")
def test_example_case_settles(tmp_path):
    case = tmp_path / "case.yaml"
    case.write_text(re.search(r"```yaml\n(cases:.*?)```", README, re.S)[1], encoding="utf-8")
    done = subprocess.run([YZ, "golden", case], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_listed_items_are_in_the_catalogue():
    policies = ROOT / "ops" / "policies"
    missing = []
    for file in policies.rglob("*.yaml"):
        province = policies / file.relative_to(policies).parts[0]
        codes = {line.split(",")[0] for line in (province / "catalogue.csv").read_text(encoding="utf-8").splitlines()[1:]}
        for items in yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader).get("lists", []):
            named = items["items"] if isinstance(items["items"], list) else [items["items"]]
            missing += [f"{file.name}: {items['id']}: {code}" for code in named if code not in codes]
    assert not missing
