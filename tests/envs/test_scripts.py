from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tampu.envs.scripts import TRAMPOLINE, settle_scripts, spoken

if TYPE_CHECKING:
    from pathlib import Path

    from tests.envs.household import House

ENTRY_POINTS = """\
[console_scripts]
plain = shop:main
deep = shop.cli:Tool.run [more]
Colon:name=shop:main

[gui_scripts]
window = shop:main

[shop.plugins]
other = shop:main
"""


def settled(house: House, name: str, content: str | bytes, entry_points: str = "") -> str:
    """What becomes of a command of that name."""
    distribution = house.install(
        "shop", {f"../../../bin/{name}": content, "shop-1.0.dist-info/entry_points.txt": entry_points}
    )
    settle_scripts(house.site, distribution)
    return (house.site.root / "bin" / name).read_bytes().decode("utf-8", errors="replace")


ENTRIES = {
    "plain": 'from shop import main\n\nif __name__ == "__main__":\n    sys.exit(main())\n',
    "deep": 'from shop.cli import Tool\n\nif __name__ == "__main__":\n    sys.exit(Tool.run())\n',
    "Colon:name": 'from shop import main\n\nif __name__ == "__main__":\n    sys.exit(main())\n',
    "window": 'from shop import main\n\nif __name__ == "__main__":\n    sys.exit(main())\n',
}


@pytest.mark.parametrize(("name", "expected"), ENTRIES.items(), ids=ENTRIES)
def test_commands_are_written_by_us_whoever_installed(house: House, name: str, expected: str) -> None:
    text = settled(house, name, "#!/build/python\nwhatever\n", ENTRY_POINTS)

    assert f"{TRAMPOLINE}import sys\n\n{expected}" == text
    assert 0o755 == (house.site.root / "bin" / name).stat().st_mode & 0o777


SCRIPTS = {
    "python": ("#!/build/.tampu/python/bin/python3\nprint(1)\n", "print(1)\n"),
    "a long path": ("#!/bin/sh\n'''exec' \"/build/python\" \"$0\" \"$@\"\n' '''\nprint(1)\n", "print(1)\n"),
    "accents": ("#!/build/python\nprint('é')\n", "print('é')\n"),
    "another encoding": (
        "#!/build/python\n# coding: latin-1\nprint('é')\n".encode("latin-1"),
        "# coding: latin-1\nprint('é')\n",
    ),
    "windows": ("#!/build/python\r\nprint(1)\r\n", "print(1)\r\n"),
    "another group": ("#!/build/python\nprint(1)\n", "print(1)\n"),
}


@pytest.mark.parametrize(("content", "body"), SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_find_the_python_beside_them(house: House, content: str | bytes, body: str) -> None:
    first = TRAMPOLINE if body.isascii() else spoken(TRAMPOLINE)
    assert first + body == settled(house, "other", content, ENTRY_POINTS)


LEFT_ALONE: dict[str, bytes] = {
    "shell": b"#!/bin/sh\necho hello\n",
    "perl": b"#!/usr/bin/perl\n",
    "program": b"\x7fELF\x00\xff",
    "nothing": b"",
    "no text": b"#!/usr/bin/python\n\xff\xfe",
    "no such encoding": b"#!/usr/bin/python\n# coding: klingon\n",
}


@pytest.mark.parametrize("content", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_other_programs_are_left_alone(house: House, content: bytes) -> None:
    settled(house, "tool", content)

    assert content == (house.site.root / "bin" / "tool").read_bytes()


def test_only_what_is_in_bin_is_a_command(house: House) -> None:
    content = "#!/usr/bin/env python\n"
    files = {"../../../share/tool": content, "shop/plain": content, "../../../bin/deep/er": content}
    distribution = house.install("shop", {**files, "../../../bin/gone": content})
    (house.site.root / "bin" / "gone").unlink()

    settle_scripts(house.site, distribution)

    assert {content} == {(house.site.library / name).read_text() for name in files}


def test_a_command_runs_wherever_it_is(house: House, tmp_path: Path) -> None:
    settled(house, "plain", "#!/build/python\nwhatever\n", ENTRY_POINTS)
    (house.site.library / "shop.py").write_text("import sys\ndef main():\n    print(sys.argv[1:])\n    return 3\n")
    python = house.site.root.parent / "python" / "bin" / "python3"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH={house.site.library} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (tmp_path / "link to it").symlink_to(house.site.root / "bin" / "plain")

    ended = subprocess.run((tmp_path / "link to it", "a b", "$c"), check=False, capture_output=True, text=True)

    assert (3, "['a b', '$c']\n", "") == (ended.returncode, ended.stdout, ended.stderr)
