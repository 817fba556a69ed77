from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from tampu.errors import TampuError
from tampu.world.console import Notice, PlainConsole, Redactor

LIB = Path(__file__).resolve().parents[2] / "lib"


class Lost(TampuError):
    reason = "test::lost"

    def __init__(self, found: str) -> None:
        super().__init__(title="It is lost", found=found, expected="it", todo="Look for it.\n")


class Screen:
    def __init__(self) -> None:
        self.out = io.StringIO()
        self.err = io.StringIO()
        self.say = PlainConsole(out=self.out, err=self.err)


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_a_build_as_platforms_show_it(screen: Screen) -> None:
    screen.say.step("Installing packages")
    screen.say.detail("one\ntwo")
    screen.say.output("of a program")
    screen.say.rest()

    assert "-----> Installing packages\n       one\n       two\n       of a program\n" == screen.out.getvalue()
    assert "" == screen.err.getvalue()


def test_notices_and_errors_go_where_errors_go(screen: Screen) -> None:
    screen.say.notice(Notice(name="test::old", text="It is old.\n\nRenew it."))
    screen.say.error(Lost("nothing"))

    assert "" == screen.out.getvalue()
    assert [
        *("", " !     Notice: It is old.", " !", " !     Renew it.", ""),
        *("", " !     Error: It is lost", " !", " !     Found:    nothing", " !     Expected: it"),
        *(" !", " !     Look for it.", " !", " !     (test::lost)", ""),
    ] == screen.err.getvalue().splitlines()


def test_hushed_it_says_what_must_be_said(screen: Screen) -> None:
    screen.say.hush()
    screen.say.step("Installing packages")
    screen.say.detail("with care")
    screen.say.output("of a program")
    screen.say.notice(Notice(name="test::old", text="It is old."))
    screen.say.document('{"python": "3.12.1"}\n')
    screen.say.log("app stdout | a line of the app's")

    assert '{"python": "3.12.1"}\napp stdout | a line of the app\'s\n' == screen.out.getvalue()
    assert "\n !     Notice: It is old.\n\n" == screen.err.getvalue()


def test_without_streams_of_its_own_it_uses_the_process_s(capsys: pytest.CaptureFixture[str]) -> None:
    say = PlainConsole()
    say.step("Here")
    say.error(Lost("nothing"))

    shown = capsys.readouterr()
    assert "-----> Here\n" == shown.out
    assert " !     Error: It is lost\n" in shown.err
    assert not say.on_terminal


SECRETS = {
    "a value": (("hunter22",), "the word is hunter22", "the word is [redacted]"),
    "twice": (("hunter22",), "hunter22hunter22", "[redacted][redacted]"),
    "short ones would take out all": (("1", "true"), "1 is true", "1 is true"),
    "each line of a key": (("begin\nMIIEabc\nend",), "read MIIEabc", "read [redacted]"),
    "the longest first": (("hunter", "hunter22"), "hunter22", "[redacted]"),
    "a user in an address": ((), "from https://me@host/x", "from https://[redacted]@host/x"),
    "a password in an address": ((), "git+ssh://git:pass@host/x@v1", "git+ssh://[redacted]@host/x@v1"),
    "a password with an @ in it": ((), "https://me:p@ss@host/x", "https://[redacted]@host/x"),
    "an address without": ((), "https://host/x@v1 and me@host", "https://host/x@v1 and me@host"),
}


@pytest.mark.parametrize(("secrets", "text", "expected"), SECRETS.values(), ids=SECRETS)
def test_secrets_are_taken_out(secrets: tuple[str, ...], text: str, expected: str) -> None:
    redactor = Redactor()
    redactor.hide(secrets)

    assert expected == redactor.clean(text)


def test_secrets_are_taken_out_of_all_that_is_said(screen: Screen) -> None:
    screen.say.hide(["hunter22"])
    screen.say.hide(["letmein99"])
    for speak in (screen.say.step, screen.say.detail, screen.say.output):
        speak("hunter22 and letmein99")
    screen.say.notice(Notice(name="test::notice", text="hunter22"))
    screen.say.error(Lost("letmein99"))

    said = screen.out.getvalue() + screen.err.getvalue()
    assert 8 == said.count("[redacted]")
    assert "hunter22" not in said
    assert "letmein99" not in said


@pytest.mark.parametrize(
    ("encoding", "text", "expected"),
    [
        ("utf-8", "naïve × \udcff", "naïve × \\udcff"),
        ("ascii", "naïve ×", "na\\xefve \\xd7"),
        ("latin-1", "naïve ╰─▶", "naïve \\u2570\\u2500\\u25b6"),
    ],
)
def test_words_that_a_terminal_has_no_letters_for(encoding: str, text: str, expected: str) -> None:
    written = io.BytesIO()
    say = PlainConsole(out=io.TextIOWrapper(written, encoding=encoding))

    say.output(text)

    assert f"       {expected}\n" == written.getvalue().decode(encoding)


def test_lines_are_seen_at_once() -> None:
    program = (
        "import sys; from tampu.world.console import PlainConsole; say = PlainConsole(); say.step('now');"
        "print('end' if sys.stdin.readline() else 'closed')"
    )
    with subprocess.Popen(
        (sys.executable, "-c", program),
        env={"PYTHONPATH": str(LIB)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert "-----> now\n" == process.stdout.readline()
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert "end\n" == process.stdout.readline()


def test_what_a_terminal_would_obey_is_written_out(screen: Screen) -> None:
    screen.say.error(Lost("\x1b[2J\x9b\u202e\udce9" + "x" * 5000))
    screen.say.notice(Notice(name="test::odd", text="a\tb\n" * 1000))

    lines = screen.err.getvalue().splitlines()
    assert " !     Found:    \\x1b[2J\\x9b\\u202e\\udce9xxx" in screen.err.getvalue()
    assert max(map(len, lines)) <= 520
    assert len(lines) <= 220
    assert " !     ..." in lines


def test_a_secret_is_taken_out_before_a_line_is_cut(screen: Screen) -> None:
    screen.say.hide(["s" * 1000])
    screen.say.error(Lost("x" * 400 + "s" * 1000))

    assert "sss" not in screen.err.getvalue()
