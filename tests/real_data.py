"""Real data that lies beside the repository, in ../shared/data: recordings, boundaries, the city's own lists.

It is not ours to pass on, so a clone has none of it; the tests that need it are skipped there and say so.
"""

from __future__ import annotations

import pytest

from tests.code_checks import ROOT

REAL_DATA = ROOT.parent / "shared" / "data"
RECORDINGS = REAL_DATA / "complaints"
OPEN311 = REAL_DATA / "open311"
BOUNDARIES = REAL_DATA / "boundaries"
CITY = REAL_DATA / "batu"

needs_real_data = pytest.mark.skipif(not REAL_DATA.is_dir(), reason="needs the real data in ../shared/data")
