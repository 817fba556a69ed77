"""The agent loads no more of json than its scanner, which then has no error of its own to raise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.kit.foreign import TESTS

READ = """
import sys
sys.path.insert(0, {lib!r})
from tampu.remote.links.wire import BadFrame, words
try:
    words({body!r})
except BadFrame:
    print("refused")
"""


@pytest.mark.parametrize("body", [b'"', b'{"a', b'{"a": "', b"{", b'{"a" 1}', b'["\\u12', b"nul"])
def test_a_body_that_ends_too_early(body: bytes) -> None:
    code = READ.format(lib=str(TESTS.parent / "lib"), body=body)
    told = subprocess.run((sys.executable, "-I", "-S", "-c", code), capture_output=True, text=True, check=False)

    assert ("refused\n", "") == (told.stdout, told.stderr)
