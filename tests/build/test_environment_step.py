from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.build.workplace import Workplace


def test_what_is_required_is_installed(workplace: Workplace) -> None:
    layer = workplace.install("beta[more]", "toolbox-kit ; python_version >= '3'", "delta ; python_version < '3'")

    assert ["alpha-1.0", "beta-1.0", "gamma-1.0", "toolbox_kit-3.1"] == workplace.installed()
    assert workplace.layers / "site" == layer.path
    assert ("there is none in the cache",) == layer.reasons
    assert "toolbox 3.1" == workplace.ask("toolbox")
    assert "hello\n" == (workplace.layers / "site" / "share" / "toolbox" / "motd").read_text()
    assert "1.0" == workplace.ask("python3", "-c", "import alpha; print(alpha.__version__)")
