"""What the command line of `tampu serve` is understood as, in whatever order it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.paste.asking import Reload
from tampu.serve import options
from tampu.serve.options import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path("/srv/shop")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("production.ini", {"config": "production.ini"}),
        ("production.ini start", {"config": "production.ini", "verb": "start"}),
        ("start production.ini", {"config": "production.ini", "verb": "start"}),
        (
            "production.ini who=you restart",
            {"config": "production.ini", "verb": "restart", "variables": {"who": "you"}},
        ),
        ("production.ini --daemon", {"config": "production.ini", "verb": "start"}),
        ("--daemon production.ini restart", {"config": "production.ini", "verb": "restart"}),
        ("--daemon=true production.ini", {"config": "production.ini", "verb": "start"}),
        ("--daemon=false production.ini", {"config": "production.ini"}),
        ("--stop-daemon", {"verb": "stop"}),
        ("production.ini --status --daemon", {"config": "production.ini", "verb": "status"}),
        ("a.ini --reload --reload-interval 0.2", {"config": "a.ini", "reload": Reload(interval=0.2)}),
        ("config:a.ini?x=1", {"config": "config:a.ini?x=1"}),
        ("egg:Shop#main -s wsgiutils", {"config": "egg:Shop#main", "server_type": "wsgiutils"}),
        ("-nadmin --server-name=config:b.ini a.ini", {"config": "a.ini", "app": "admin", "server": "config:b.ini"}),
        ("a.ini url=http://x/?y=z", {"config": "a.ini", "variables": {"url": "http://x/?y=z"}}),
        ("a.ini --pid-file /run/x --log-file x.log", {"pid_file": Path("/run/x"), "log_file": HERE / "x.log"}),
        ("a.ini --user www --group 33", {"config": "a.ini", "user": "www", "group": "33"}),
        ("a.ini -vv -q --monitor-restart", {"verbosity": 2, "monitor": True}),
        ("", {"config": ""}),
    ],
)
def test_a_line_is_understood(line: str, asked: Mapping[str, object]) -> None:
    call = options.read(line.split(), HERE)

    assert asked == {name: getattr(call, name) for name in asked}


@pytest.mark.parametrize(
    "line",
    [
        "a.ini stat",
        "a.ini start stop",
        "a.ini start --status",
        "a.ini --daemon --reload",
        "a.ini restart --reload",
        "a.ini --daemon=perhaps",
        "a.ini --reload --reload-interval soon",
        "a.ini --no-such-option",
    ],
)
def test_what_is_no_line_of_it_is_refused(line: str) -> None:
    with pytest.raises(options.WrongCall):
        options.read(line.split(), HERE)


def test_a_file_that_is_called_as_a_verb_is_is_a_config_too(tmp_path: Path) -> None:
    (tmp_path / "start").touch()

    call = options.read(["start", "start"], tmp_path)

    assert ("start", "start") == (call.config, call.verb)


def test_files_in_the_background_have_the_names_that_they_always_had() -> None:
    call = Call(here=HERE)

    assert (HERE / "paster.pid", HERE / "paster.log") == (call.pid, call.log)
