"""What an app says, in what platforms read: whatever is in a command or a name, any reader gets it back as one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from tampu.build.model import EnvVar, Mode, Scope
from tampu.errors import TampuError
from tampu.facts.process import processes
from tampu.facts.toml import read_toml
from tampu.platforms.classic_files import export_text, release_yaml
from tampu.platforms.cloudfoundry_files import launch_yml
from tampu.platforms.cnb_launch import launch_toml
from tampu.platforms.kubernetes import as_yaml
from tampu.platforms.kubernetes_objects import objects
from tampu.platforms.kubernetes_wish import Wish
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, fuzz, outcome, share, texts
from tests.kit.held import EMPTY, Held

PIECES = (
    "web",
    "worker",
    ": ",
    ":",
    "\n",
    "python x.py",
    "'",
    '"',
    "\\",
    "|",
    "- ",
    "{}",
    "[x]",
    "&a",
    "*a",
    "!!x",
    "#",
)
VALUES = st.sampled_from(HOSTILE) | st.text(max_size=10)


@share(0.01)
@given(text=texts(*PIECES, examples=["web: gunicorn wsgi\nworker: python 'a b.py' && x\n"]))
def test_a_command_is_read_as_it_was_said(text: str) -> None:
    found = outcome(lambda: processes(Held(EMPTY, {"Procfile": text.encode(errors="surrogatepass")})))
    if isinstance(found, TampuError):
        return
    assert dict(found) == yaml.safe_load(release_yaml(found))["default_process_types"]
    assert [*found.items()] == [
        (each["type"], each["command"]) for each in json.loads(launch_yml(found).text)["processes"]
    ]
    tables = read_toml(launch_toml(found, {}).text, "launch.toml").get("processes", [])
    assert [*found.items()] == [(each["type"], each["args"][0]) for each in tables]  # type: ignore[attr-defined]
    of_cluster = [*yaml.safe_load_all(as_yaml(objects(Wish(name="shop", image="shop:1"), found)))]
    assert all(re.fullmatch("[a-z][a-z0-9-]*", each["metadata"]["name"]) for each in of_cluster)


@fuzz
@given(value=VALUES, mode=st.sampled_from([Mode.OVERRIDE, Mode.PREPEND, Mode.DEFAULT]), verbatim=st.booleans())
def test_a_value_is_one_word_of_the_shell(value: str, mode: Mode, verbatim: bool) -> None:  # noqa: FBT001
    text = export_text([EnvVar("A", value, mode, Scope.BUILD, verbatim=verbatim)], layers=Path("/l"), app=Path("/a"))

    unquoted = re.sub(r"'[^']*'|\"'\"", "", text)
    assert not re.search(r"\$\(|`|;(?! then)|&(?!&)|(?<!\|)\|(?!\|)", unquoted), unquoted
