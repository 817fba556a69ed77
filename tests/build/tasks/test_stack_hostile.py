"""Whatever users and platforms say: an error, or plain text; never a directive, and never a command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import nginx_start
import pytest
import uwsgi_options
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from refusal import Refusal

from tampu.build.stack import Stack
from tampu.build.tasks.stack_files import home_files, stack_file
from tampu.build.tasks.static_files import read
from tampu.errors import TampuError
from tampu.facts.dotcloud import service
from tampu.facts.entrypoint import Entry, Kind
from tampu.facts.tree import Tree
from tampu.values import replace
from tampu.world import files
from tests.build.tasks.configured import BARE, lay, read_by_nginx
from tests.kit.supervised import lay_supervisor

if TYPE_CHECKING:
    from tampu.facts.dotcloud import Service

PIECES = (
    *(
        "a",
        "web",
        "1",
        " ",
        "\n",
        "\r",
        "\t",
        "\0",
        "'",
        '"',
        "`",
        "\\",
        ";",
        "#",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "/",
        "é",
    ),
    *(
        "..",
        "%",
        "%%",
        "%(x)s",
        "%(ENV_HOME)s",
        "${PORT}",
        "${HOME}",
        "$(id)",
        "@(/etc/passwd)",
        "@(exec://id)",
        "{{ server }}",
    ),
    *(
        "{% raw %}",
        "{# #}",
        "\nuser root;\n",
        "]\ncommand=id\n[program:x",
        "; return 200 evil; #",
        "\n[include]\nfiles=/x\n",
    ),
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
PLAIN = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
WSGI = Stack(server="uwsgi", entry=Entry(kind=Kind.WSGI, app="wsgi:application", evidence=""))
FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
FEWER = settings(FEW, max_examples=20)
# What supervisord makes of it, in its own words.
READ = """\
import json, sys
from supervisor.options import ServerOptions
options = ServerOptions()
options.realize(["-c", "config/supervisord.conf"])
found = {process.name: process.command for group in options.process_group_configs for process in group.process_configs}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def supervisor(index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_supervisor(index, tmp_path_factory.mktemp("supervisor") / "library")


def service_of(name: str, keys: dict[str, object]) -> Service | None:
    """What dotcloud.yml says with these keys, or nothing where it ends with an error of ours."""
    with tempfile.TemporaryDirectory() as folder:
        text = yaml.safe_dump({name: {"type": "python", **keys}}, allow_unicode=True)
        Path(folder, "dotcloud.yml").write_text(text, encoding="utf-8")
        try:
            return service(Tree(Path(folder)))
        except TampuError:
            return None


def read_by_supervisor(home: Path, library: Path, environ: dict[str, str]) -> dict[str, str]:
    env = {"PYTHONPATH": str(library), "TAMPU_RUN": str(home), "TAMPU_DRAIN": "8", **environ}
    argv = (sys.executable, "-W", "ignore", "-c", READ)
    ended = subprocess.run(argv, cwd=home, env=env, capture_output=True, text=True, check=False)
    assert 0 == ended.returncode, ended.stderr
    found: dict[str, str] = json.loads(ended.stdout)
    return found


@FEWER
@given(name=HOSTILE, line=HOSTILE, variable=HOSTILE, processes=st.dictionaries(HOSTILE | PLAIN, HOSTILE, max_size=3))
def test_dotcloud_yml_adds_programs_of_known_names_and_none_of_its_words(
    supervisor: Path, name: str, line: str, variable: str, processes: dict[str, str]
) -> None:
    keys = {"processes": processes} if processes else {"process": line}
    found = service_of(name, {**keys, "environment": {"A": variable}, "postinstall": line})
    if found is None:
        return
    stack = replace(WSGI, processes=found.processes, postinstall=found.postinstall or "")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files.write(home, home_files(stack, BARE))

        programs = read_by_supervisor(home, supervisor, {"HOME": folder})

    assert {"app", "nginx", *found.processes} == set(programs)
    for program in found.processes:
        assert re.fullmatch(r"/bin/sh -c 'exec \S+ -E -s -S \S+ \"\$0\"' [\w.-]+", programs[program])


@FEW
@given(line=HOSTILE, approot=HOSTILE, paste=HOSTILE)
def test_what_is_told_to_a_start_is_read_as_it_was_said(line: str, approot: str, paste: str) -> None:
    entry = Entry(kind=Kind.PASTE, paste=paste, evidence="")
    stack = replace(WSGI, entry=entry, approot=approot, postinstall=line, processes={"p": line})

    told = json.loads(stack_file(stack, ()).text)

    assert (line, approot, paste, {"p": line}) == tuple(
        told[key] for key in ("postinstall", "approot", "paste", "processes")
    )


@FEWER
@given(url=HOSTILE, folder=HOSTILE)
@example(url="a/static", folder="web/files")
def test_settings_of_django_become_one_location_or_none(nginx_layer: Path, url: str, folder: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        app = Path(place)
        made = _made(app / folder)
        found = read(f"STATIC_URL = '/{url}/'\nSTATIC_ROOT = '{folder}'\n", app) or read(
            f"STATIC_URL = {'/' + url + '/'!r}\nSTATIC_ROOT = {folder!r}\n", app
        )
        if found is None:
            return
        assert made
        run = lay(WSGI, replace(BARE, statics=(found,)), app / "there")
        bare = lay(WSGI, BARE, app / "not there")

        texts = [_locations(read_by_nginx(nginx_layer, at)) for at in (run, bare)]

    assert 1 == len(texts[0]) - len(texts[1])


def _made(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError):
        return False
    return True


def _locations(text: str) -> list[str]:
    return re.findall(r"^\s*location\s", text, re.MULTILINE)


@given(name=st.sampled_from(["PORT", "TAMPU_DRAIN", "NGINX_WORKERS", "TAMPU_LISTEN", "HOME", "TMPDIR"]), text=HOSTILE)
def test_what_a_start_fills_in_is_numbers_and_addresses(name: str, text: str) -> None:
    try:
        found = nginx_start.values({"PORT": "8000", name: text})
    except Refusal:
        return

    assert ("app", ".") == (found.pop("HOME"), found.pop("TMPDIR"))
    assert {True} == {bool(re.fullmatch(r"[0-9.:]+|\[[0-9a-fA-F:.]+\]:[0-9]+", value)) for value in found.values()}


@given(home=HOSTILE, run=HOSTILE, paste=HOSTILE)
def test_uwsgi_gets_words_that_it_does_not_expand(home: str, run: str, paste: str) -> None:
    stack = {"app": "", "paste": paste or "x.ini", "path": [home]}
    try:
        words = uwsgi_options.options(stack, f"/{home}", f"/{run}", {})
    except Refusal:
        return

    options = [word for word in words if word.startswith("--")]
    assert not [word for word in words if "$(" in word or "@(" in word]
    assert {True} == {bool(re.fullmatch(r"--[a-z0-9-]+", option)) for option in options}


@FEWER
@given(name=HOSTILE, value=HOSTILE)
def test_a_home_of_any_name_has_the_same_programs(supervisor: Path, name: str, value: str) -> None:
    name, value = name.replace("\0", "").replace("/", ""), value.replace("\0", "")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, f"of {name}")
        files.write(home, home_files(WSGI, BARE))
        (home / "current").mkdir()
        (home / "current/supervisord.conf").write_text("[program:theirs]\ncommand=/bin/sh -c 'echo %(ENV_ODD)s'\n")

        programs = read_by_supervisor(home, supervisor, {"HOME": str(home), "ODD": value})

    assert {"app", "nginx", "theirs"} == set(programs)
    assert f"/bin/sh -c 'echo {value}'" == programs["theirs"]


@FEWER
@given(name=HOSTILE)
def test_nginx_reads_the_same_in_a_home_of_any_name(nginx_layer: Path, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, f"of {name.replace(chr(0), '').replace('/', '')}")
        run = lay(WSGI, BARE, place)
        (place / "home/nginx.conf").write_text("location /theirs/ { return 204; }\n")

        text = read_by_nginx(nginx_layer, run)

    assert "location /theirs/" in text
    assert "evil" not in text
