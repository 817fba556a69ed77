"""Configs in ini form and in TOML: [exe] and `#!` files, values for templates, templates, services, conf/mods."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.create import configs, layout, paths, record
from tampu.errors import TampuError
from tampu.remote.choose import mods
from tampu.serve import exe
from tampu.service import wish
from tests.fuzz.test_packages import as_toml
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, WIDEST, changed_bytes, desk, documents, fuzz, outcome, saved, share, texts

if TYPE_CHECKING:
    from collections.abc import Callable

INI = (
    *("#!/usr/bin/env tampu exe\n", "[exe]\n", "[DEFAULT]\n", "[app:main]\n", "[pastescript]\n", "command = ", "serve"),
    *(
        "daemon = true\n",
        "add = ",
        "plugin = x\n",
        "%(here)s",
        "%(__file__)s",
        "%%",
        "%(",
        " = ",
        ":",
        "\n",
        "\n  ",
        ";",
    ),
    *("[", "]", "[]\n", "name__eval__ = 1\n", "package = x\n", "'", '"', "\\", "use = egg:x\n", "pid-file = /tmp/x"),
)
REAL = (
    "#!/usr/bin/env tampu exe\n[exe]\ncommand = serve\ndaemon = true\nadd = --reload 'a b'\n[app:main]\nuse = egg:x\n"
)
TOML = (
    *(
        "[[variable]]\n",
        "name = 'x'\n",
        "summary = ",
        "requires = ",
        "secret = true\n",
        "default = 'x'\n",
        "pre = []\n",
    ),
    *(
        "[variables]\n",
        "[answers]\n",
        '"',
        "'",
        "=",
        "\n",
        "[",
        "]",
        "{",
        "}",
        "next = ['x']\n",
        "taken = ",
        "'''",
        "#",
    ),
)
SERVICE = (*wish.KEYS, *wish.KEYS_OF_ENVIRONMENT, *wish.ALSO, "A", "--option")
WORDS: st.SearchStrategy[object] = st.one_of(
    *(st.sampled_from(HOSTILE), st.text(max_size=5), st.booleans(), st.integers(-1, 1 << 70), st.floats()),
    st.sampled_from(
        ["shop", "root", ".", "python x.py", "a'b", "systemd", "/etc/x", "writer.py", "lib6c", "-o=x", "5"]
    ),
)
MODS = (
    "requests",
    "\t",
    "2.32.3",
    "# for yaml",
    ": ",
    "[x]",
    ">=2",
    "\n",
    "#",
    "; python_version < '3'",
    " @ https://x",
)
BASE = {"format": 1, "template": [{"name": "x", "address": "y", "version": "1"}], "asked": ["x"], "answers": {"a": "b"}}


def of_text(data: bytes, name: str, read: Callable[[Path], object]) -> object:
    file = desk("configs") / name
    file.write_bytes(data)
    return outcome(lambda: read(file), WIDEST)


@fuzz
@given(data=saved(texts(*INI, examples=[REAL])))
def test_a_config_that_is_a_program(data: bytes) -> None:
    found = of_text(data, "x.ini", lambda file: (exe.is_program(str(file)), exe.words([str(file), "more"])))

    if not isinstance(found, TampuError):
        assert isinstance(found, tuple)
        command, *rest = found[1]
        assert exe.NAME.fullmatch(command)
        assert "more" == rest[-1]
        assert "\0" not in "".join(rest)


@pytest.mark.parametrize("name", ["x.ini", "x.toml"])
@fuzz
@given(data=saved(texts(*INI, *TOML, examples=["[pastescript]\npackage = shop\n", "[variables]\npackage = 'shop'\n"])))
def test_values_for_templates(name: str, data: bytes) -> None:
    def there_and_back(file: Path) -> dict[str, str]:
        known = configs.read(file)
        configs.write_back(file, {"new": "a\nb"})
        return known

    of_text(data, name, there_and_back)


@fuzz
@given(
    data=saved(texts(*TOML, examples=["summary = 'x'\n[[variable]]\nname = 'a'\ndefault = 'b'\n"])),
    name=texts("+a+", "/"),
)
def test_a_template(data: bytes, name: str) -> None:
    folder = desk("template")
    (folder / "files").mkdir(exist_ok=True)
    (folder / "template.toml").write_bytes(data)
    outcome(lambda: layout.read(folder, "x", "y"), WIDEST)
    if not paths.trouble(name):
        place = os.path.normpath(Path("/project", name))
        assert place.startswith("/project/")
        assert not name.startswith("/")


@share(0.5)
@given(
    document=documents(("format", "template", "asked", "answers", "files", "a"), WORDS),
    member=st.sampled_from(["../x", "/x", "a/../../x", "b/c", *HOSTILE]),
)
def test_what_a_project_remembers(document: dict[str, object], member: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", "x")
        if member.isprintable():
            archive.writestr(member or "b", "x")
    remembered(
        as_toml(
            {**BASE, "files": {name: {"sha256": "0", "from": ["x"]} for name in ("a", "b", member)}, **document}
        ).encode("utf-8", "replace"),
        packed.getvalue(),
    )


WHOLE = io.BytesIO()
with zipfile.ZipFile(WHOLE, "w", zipfile.ZIP_DEFLATED) as whole:
    whole.writestr("a", "x" * 100)


@share(0.5)
@given(
    data=changed_bytes(WHOLE.getvalue()),
    text=saved(texts(*TOML, examples=[as_toml({**BASE, "files": {"a": {"sha256": "0", "from": ["x"]}}})])),
)
def test_what_is_left_of_what_a_project_remembers(data: bytes, text: bytes) -> None:
    remembered(as_toml({**BASE, "files": {"a": {"sha256": "0", "from": ["x"]}}}).encode(), data)
    remembered(text, WHOLE.getvalue())


def remembered(answers: bytes, base: bytes) -> None:
    folder = desk("remembered")
    for name, data in ((record.ANSWERS, answers), (record.BASE, base)):
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
    # What leads out is refused where it would be written, as a template's is: tests/create/test_update.py.
    outcome(lambda: record.read(folder), WIDEST)


@fuzz
@given(
    document=documents(SERVICE, WORDS), text=saved(texts(*TOML, *SERVICE, examples=["user = 'shop'\ncommand = 'x'\n"]))
)
def test_a_service(document: dict[str, object], text: bytes) -> None:
    folder = desk("service")
    (folder / "writer.py").touch()
    whole = {"user": "shop", "command": "python x.py", **document}
    for data in (text, as_toml(whole).encode("utf-8", "replace")):
        (folder / "x.toml").write_bytes(data)
        found = outcome(lambda: wish.read_file(folder / "x.toml"), WIDEST)
        if not isinstance(found, TampuError):
            assert wish.NAME.fullmatch(found.name)
            assert wish.NAME.fullmatch(found.user)
            writer = found.writer.options.values() if found.writer else ()
            said = "".join((*found.command, *found.environment.values(), *writer))
            assert "\0" not in said
            said.encode()


@fuzz
@given(text=texts(*MODS, examples=["requests\t2.32.3\t# for requests: x\nPyYAML\t\n#numpy\t\n"]))
def test_conf_mods(text: str) -> None:
    found = outcome(lambda: mods.read(text, "conf/mods"))

    if not isinstance(found, TampuError):
        for line in (*found.requirements, *found.pins.values()):
            assert len(line.splitlines()) == 1
            assert not line.startswith("-")
            assert "\0" not in line
