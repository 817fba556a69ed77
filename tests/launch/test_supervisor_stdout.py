from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.kit.supervised import BASE, LISTENER, OURS, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.supervised import Supervised

LINES = int(os.environ.get("TAMPU_LINES", "200000"))
PROGRAMS = ("nginx", "app", "mailer", "clock")
OLD = ("stdout_logfile=NONE", "stderr_logfile=NONE", "stdout_events_enabled=true", "stderr_events_enabled=true")
CONFIGS = {
    "at the source": BASE + OURS,
    "listener with ten events": BASE + LISTENER.format(buffer_size=10),
    "listener with a hundred events": BASE + LISTENER.format(buffer_size=100),
    "both": BASE + OURS + LISTENER.format(buffer_size=10),
}
config = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


@config
def test_each_line_of_programs_at_full_speed_is_printed_once(
    make_supervised: Callable[[str], Supervised], config: str
) -> None:
    count = LINES // len(PROGRAMS)
    supervised = make_supervised(config)
    for name in PROGRAMS:
        supervised.add(name, f"seq {count}\necho {name} is done >&2\nexec sleep 600\n", *OLD)

    supervised.start()
    for name in PROGRAMS:
        supervised.until_said(f"{name} stderr | {name} is done\n".encode())

    expected = [b"%d" % number for number in range(1, count + 1)]
    until(lambda: supervised.said().count(b" stdout | ") >= LINES, lambda: "lines are missing")
    assert [True] * len(PROGRAMS) == [expected == supervised.lines(name) for name in PROGRAMS]


@config
def test_lines_are_printed_as_they_are(make_supervised: Callable[[str], Supervised], config: str) -> None:
    supervised = make_supervised(config)
    supervised.add(
        "odd",
        "printf 'one '; sleep 0.1; printf 'line\\r\\n\\n'\n"
        "head -c 1000000 /dev/zero | tr '\\0' x; echo\n"
        "printf '\\000\\377\\033[1m%%d\\n'\n"
        "printf 'stderr without an end' >&2\n"
        "printf 'an end without a newline'\n",
        *OLD,
        "autorestart=false",
        "startsecs=0",
    )

    supervised.start()
    supervised.until_said(b"stderr without an end\n")

    expected = [b"one line\r", b"", b"x" * 1_000_000, b"\0\xff\033[1m%d", b"an end without a newline"]
    assert expected == supervised.lines("odd")
    assert [b"stderr without an end"] == supervised.lines("odd", "stderr")


def test_lines_of_two_programs_never_mix(supervised: Supervised) -> None:
    for name in ("one", "two"):
        supervised.add(name, f"for i in 1 2 3 4 5; do printf {name}; sleep 0.02; echo {name}; done; exec sleep 600")

    supervised.start()
    until(lambda: supervised.said().count(b" stdout | ") == 10, lambda: str(supervised.said()))

    assert ([b"oneone"] * 5, [b"twotwo"] * 5) == (supervised.lines("one"), supervised.lines("two"))


def test_a_program_with_a_log_of_its_own_keeps_it(supervised: Supervised) -> None:
    own = supervised.folder / "own.log"
    supervised.add("own", "echo kept; echo told >&2; exec sleep 600", f"stdout_logfile={own}")
    both = supervised.folder / "both.log"
    supervised.add("both", "echo twice; exec sleep 600", f"stdout_logfile={both}", "stdout_events_enabled=true")
    supervised.add("one", "echo out; echo err >&2; exec sleep 600", "redirect_stderr=true")

    supervised.start()
    supervised.until_said(b"own stderr | told\n")
    supervised.until_said(b"both stdout | twice\n")
    supervised.until_said(b"one stdout | err\n")

    # supervisord prints what it reads before it writes it there.
    until(lambda: (own.read_bytes(), both.read_bytes()) == (b"kept\n", b"twice\n"), lambda: str(supervised.said()))
    assert ([], [b"out", b"err"]) == (supervised.lines("own"), supervised.lines("one"))


def test_no_log_files_are_left_where_nobody_asked_for_any(supervised: Supervised) -> None:
    supervised.add("shop", "echo open; exec sleep 600")

    supervised.start()
    supervised.until_said(b"shop stdout | open\n")

    assert ["supervisor.sock", "supervisord.pid"] == sorted(path.name for path in supervised.run.iterdir())


def test_a_reader_who_is_slow_misses_nothing(supervised: Supervised) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    supervised.add("shop", "seq 60000; echo err >&2", "autorestart=false", "startsecs=0")

    supervised.start(writer)
    os.close(writer)
    said = b""
    while b"stderr | err" not in said or b" 60000\n" not in said:
        chunk = os.read(reader, 4096)
        assert chunk
        said += chunk

    lines = [line for line in said.split(b"\n") if line.startswith(b"shop stdout | ")]
    assert [b"shop stdout | %d" % number for number in range(1, 60001)] == lines
    os.close(reader)


def test_programs_go_on_when_nobody_reads_any_more(supervised: Supervised) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    supervised.add("shop", f"seq 60000; touch {supervised.folder}/done; exec sleep 600")

    supervised.start(writer)
    os.close(writer)
    until((supervised.folder / "done").exists, lambda: "the program waits for somebody to read")

    assert 0 == supervised.end()


def test_a_listener_of_the_apps_own_is_told_no_more_than_it_asked_for(supervised: Supervised) -> None:
    supervised.config += (
        LISTENER.format(buffer_size=10)
        .replace(":stdout]", ":own]")
        .replace("result_handler=supervisor_stdout:event_handler", "stderr_logfile=NONE")
        .replace("command=supervisor_stdout", f"command=/bin/sh {supervised.folder}/own")
    )
    (supervised.folder / "own").write_text(
        'while echo READY; read -r head; do\nhead -c "${head##*len:}" >&2; echo >&2; printf "RESULT 2\\nOK"; done'
    )
    supervised.add("asks", "sleep 1.2; echo asked; exec sleep 600", "stdout_events_enabled=true")
    supervised.add("silent", "sleep 1.1; echo unasked; exec sleep 600")

    supervised.start()
    supervised.until_said(b"silent stdout | unasked\n")
    supervised.until_said(b"own stderr | asked\n")

    assert [b"unasked"] == supervised.lines("silent")
    assert b"unasked" not in b"\n".join(supervised.lines("own", "stderr"))


def test_programs_that_come_later_are_printed_too(supervised: Supervised) -> None:
    supervised.add("first", "echo 1; exec sleep 600", "stdout_events_enabled=false")
    supervised.start()
    supervised.until_said(b"first stdout | 1\n")

    assert "No config updates to processes\n" == supervised.control("reread")
    supervised.add("second", "echo 2; exec sleep 600")
    supervised.configure()
    assert "second: added process group\n" == supervised.control("update")

    supervised.until_said(b"second stdout | 2\n")
    assert [b"1"] == supervised.lines("first")


@config
def test_lines_are_printed_once_after_a_reload_too(make_supervised: Callable[[str], Supervised], config: str) -> None:
    supervised = make_supervised(config)
    supervised.add("shop", "printf begun >&2; echo open; exec sleep 600", *OLD)
    supervised.start()
    supervised.until_said(b"shop stdout | open\n")

    supervised.control("reload")

    until(lambda: supervised.said().count(b"shop stdout | open\n") == 2, lambda: str(supervised.said()))
    supervised.end()
    assert ([b"open"] * 2, [b"begun"] * 2) == (supervised.lines("shop"), supervised.lines("shop", "stderr"))
    assert b"rror" not in supervised.said()


def test_the_command_prints_what_it_is_asked_to(make_supervised: Callable[[str], Supervised]) -> None:
    supervised = make_supervised(BASE + LISTENER.partition("result_handler")[0].format(buffer_size=1000))
    supervised.add("shop", "sleep 1.5; echo open; echo shut; exec sleep 600", *OLD)

    supervised.start()
    supervised.until_said(b"shop stdout | shut\n")

    assert [b"open", b"shut"] == supervised.lines("shop")
