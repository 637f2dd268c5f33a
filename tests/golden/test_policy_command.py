"""yz policy check, show and diff as someone who writes packs runs them."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
YZ = Path(os.environ.get("YZ_BIN", ROOT / "build/release/bin")) / "yz"
POLICIES = ROOT / "ops/policies"
ZIBO = POLICIES / "cn.shandong/zibo/2023.yaml"

pytestmark = pytest.mark.skipif(not YZ.exists(), reason="needs the release build")


def yz(*arguments, status=0, **environment):
    done = subprocess.run([str(YZ), "policy", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment})
    assert done.returncode == status, done.stderr + done.stdout
    return done


def draft(tmp_path, find, replace):
    """The pack of Zibo with one change, and the line where it is."""
    text = ZIBO.read_text(encoding="utf-8")
    assert find in text
    path = tmp_path / "draft.yaml"
    path.write_text(text.replace(find, replace, 1), encoding="utf-8")
    return path, text[:text.index(find)].count("\n") + 1


def test_the_packs_are_sound():
    assert yz("check").stdout == "sound\n"
    assert yz("check", POLICIES / "cn.shandong", ZIBO).stdout == "sound\n"


def test_a_finding_names_file_line_and_reason(tmp_path):
    path, line = draft(tmp_path, "level: tertiary}, rate: 60%", "level: tertiary}, rate: 160%")
    done = yz("check", path, status=1)
    assert done.stderr == f"{path}:{line}: basic.resident.inpatient: `rate: 160%` must lie within 0% to 100%\n"
    assert "sound" not in done.stdout


def test_a_folder_of_its_own_is_checked_alone(tmp_path):
    draft(tmp_path, "version:", "version:")
    assert "the parent `cn.shandong` has no pack on 2023-01-01" in yz("check", tmp_path, status=1).stderr


def test_a_draft_is_compared_with_what_rules(tmp_path):
    path, _ = draft(tmp_path, "level: tertiary}, rate: 60%", "level: tertiary}, rate: 65%")
    for rules in (ZIBO, "cn.shandong.zibo@2023-05-01"):
        lines = yz("diff", rules, path).stdout.splitlines()
        assert len(lines) == 2
        assert re.fullmatch(r"居民住院 三级：报销比例由 60% 调整为 65%", lines[0])
        assert lines[1].endswith(", level 3: rate changed from 60% to 65%")


def test_a_pack_differs_in_nothing_from_itself():
    assert "The two rule the same" in yz("diff", ZIBO, "cn.shandong.zibo@2023-12-31").stdout


def test_a_pack_is_shown_with_what_it_inherits():
    shown = yz("show", "cn.shandong.zibo", "--on", "2023-10-17").stdout
    assert "cn.shandong.zibo  2023.1" in shown
    assert re.search(r"三级 +level 3 +60%", shown)
    assert re.search(r"\[cn\.shandong \d+\.\d+\]", shown)
    assert "[! 假定值 assumed]" in shown
    assert yz("show", "cn.shandong.zibo", "--on", "2023-10-17", YZ_POLICIES=str(POLICIES)).stdout == shown


def test_what_is_not_there_is_said():
    assert "cn.shandong.zibo has no pack on 2019-01-01; there are:" in yz("show", "cn.shandong.zibo", "--on", "2019-01-01", status=1).stderr
    assert "a date is written like" in yz("show", "cn.shandong.zibo", "--on", "2019", status=2).stderr
    assert "no such file" in yz("check", "gone.yaml", status=1).stderr.lower()
    assert "no such file" in yz("check", "--policies", "/nowhere", status=1).stderr.lower()
    assert yz("reform", status=2).stderr.startswith("usage:")
    assert yz("diff", ZIBO, status=2).stderr.startswith("usage:")
