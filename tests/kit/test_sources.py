from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import sources

if TYPE_CHECKING:
    from pathlib import Path

STANZAS = """\
Types: deb deb-src
# once: http://elsewhere.example/debian
URIs: http://mirror.example/debian
Suites: wood wood-updates
Components: main contrib
Signed-By: /usr/share/keyrings/wood.gpg

Types: deb
URIs: http://mirror.example/off
Suites: wood
Components: main
Enabled: no
"""
LINES = """\
# deb http://mirror.example/commented wood main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/security wood-security main
deb-src http://mirror.example/debian wood main
deb http://vendor.example/apt wood stable
deb http://vendor.example/apt cloud-wood main
"""


def test_only_the_release_itself_is_taken(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "wood.sources").write_text(STANZAS)
    (tmp_path / "sources.list").write_text(LINES)

    expected = """\
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/security wood-security main
deb [signed-by=/usr/share/keyrings/wood.gpg] http://mirror.example/debian wood main contrib
deb [signed-by=/usr/share/keyrings/wood.gpg] http://mirror.example/debian wood-updates main contrib
"""
    assert expected == sources.own_sources("wood", tmp_path)
