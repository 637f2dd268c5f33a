"""A minute of faults in every run of ops/test; ops/fault runs longer, with other seeds and over a cluster."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from run import run

SEED = 20240101


def test_a_minute_of_faults_loses_nothing_and_pays_nothing_twice(tmp_path):
    assert run(1.0, SEED, "single", tmp_path) == []
