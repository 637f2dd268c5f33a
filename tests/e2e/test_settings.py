"""ops/settings.md says what the programs say with --help."""

import os
import subprocess

from conftest import ROOT


def test_the_table_of_settings_is_what_the_programs_say():
    bin_folder = os.environ.get("YZ_BIN", ROOT / "build" / "release" / "bin")
    made = subprocess.run([ROOT / "ops" / "settings_table", bin_folder], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert made.count("\n| `") > 20
    assert (ROOT / "ops" / "settings.md").read_text() == made, "make it again: ops/settings_table BIN > ops/settings.md"
