"""What the command line of `tampu remote` is understood as."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tampu.remote.call import options
from tampu.remote.call.options import BY_LETTER, BY_NAME, VERBS, Call, WrongCall


@pytest.mark.parametrize(
    ("line", "steps", "words", "asked"),
    [
        ("main.py", "", ("main.py",), {}),
        ("main.py -n x --host y -- z", "", ("main.py", "-n", "x", "--host", "y", "--", "z"), {}),
        ("-P main.py", "P", ("main.py",), {}),
        ("-PSC main.py", "PSC", ("main.py",), {}),
        ("-C -S -P main.py", "PSC", ("main.py",), {}),
        ("-n shop -P main.py", "P", ("main.py",), {"name": ("shop",)}),
        ("-PSn shop main.py", "PS", ("main.py",), {"name": ("shop",)}),
        ("-nshop -mfN main.py", "", ("main.py",), {"name": ("shop",), "search": ("",), "files": ("",), "noisy": ("",)}),
        ("--name=shop main.py", "", ("main.py",), {"name": ("shop",)}),
        ("-e A=1 -eB --env=C=x=y main.py", "", ("main.py",), {"env": ("A=1", "B", "C=x=y")}),
        ("--host far -- -odd.py -x", "", ("-odd.py", "-x"), {"host": ("far",)}),
        ("-RC records", "RC", ("records",), {}),
        ("-tc --ssh-config f ./ps", "", ("./ps",), {"tty": ("",), "cls": ("",), "ssh-config": ("f",)}),
        ("--host far --host far main.py", "", ("main.py",), {"host": ("far", "far")}),
    ],
)
def test_a_line_is_understood(line: str, steps: str, words: tuple[str, ...], asked: dict[str, tuple[str, ...]]) -> None:
    call = options.read(shlex.split(line))

    assert (steps, words) == (call.steps, call.words)
    assert asked == {name: values for name, values in call.given.items() if name not in options.STEPS}


@pytest.mark.parametrize(
    ("line", "verb", "words", "host"),
    [
        ("ps --host far", "ps", (), "far"),
        ("--host far logs c0ffee", "logs", ("c0ffee",), "far"),
        ("attach c0ffee --host far", "attach", ("c0ffee",), "far"),
        ("--attach c0ffee", "attach", ("c0ffee",), ""),
        ("clean all", "clean", ("all",), ""),
        ("replay c0ffee --host=far", "replay", ("c0ffee",), "far"),
    ],
)
def test_what_is_asked_about_runs(line: str, verb: str, words: tuple[str, ...], host: str) -> None:
    call = options.read(line.split())

    assert (verb, words, host) == (call.verb, call.words, call.value("host"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "no script"),
        ("-P", "no script"),
        ("--nmae shop main.py", "Expected: --name, perhaps"),
        ("--quixotic main.py", "Expected: tampu remote [options] SCRIPT"),
        ("-Pq main.py", "-q in -Pq"),
        ("-q main.py", "Found:    -q\n"),
        ("--name", "--name at the end"),
        ("--tty=yes main.py", "--tty, without a value"),
        ("--host one --host other main.py", "--host one and --host other"),
        ("--detach -t main.py", "--detach and --tty"),
        ("--detach --fetch main.py", "--detach and --fetch"),
        ("--hosts a,b --host c main.py", "--hosts and --host"),
        ("--hosts a,b -t main.py", "--tty with many runs"),
        ("--attach c0ffee main.py", "--attach c0ffee main.py"),
        ("logs", "tampu remote logs ID"),
        ("logs a b", "tampu remote logs ID"),
        ("clean everything", "tampu remote clean local|remote|all"),
        ("clean", "tampu remote clean local|remote|all"),
    ],
)
def test_what_can_not_be_meant(line: str, told: str) -> None:
    with pytest.raises(WrongCall) as caught:
        options.read(line.split())

    assert told in caught.value.advice


@pytest.mark.parametrize(("text", "number"), [("", None), ("3", 3), ("0", 0)])
def test_a_number(text: str, number: int | None) -> None:
    given = {"retries": (text,)} if text else {}

    assert number == Call(given=given).number("retries", 0)


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "\u0663"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(WrongCall):
        Call(given={"jobs": (text,)}).number("jobs", 1)


def test_help_names_all_that_can_be_said() -> None:
    text = options.help_text()

    assert [] == [name for name in BY_NAME if name != "help" and f"--{name}" not in text]
    assert [] == [verb for verb in VERBS if f"tampu remote {verb}" not in text]
    assert max(map(len, text.splitlines())) <= 120


WORDS = some.sampled_from(
    [*(f"--{name}" for name in BY_NAME), *(f"-{letter}" for letter in BY_LETTER), *VERBS, "-", "--", "x=y", "main.py"]
)


@given(some.lists(WORDS | some.text(max_size=4), max_size=8))
def test_any_line_is_understood_or_refused(words: list[str]) -> None:
    try:
        call = options.read(words)
    except WrongCall as error:
        assert error.advice  # noqa: PT017 - either is fine
    else:
        assert call.asks("help") or call.words or call.verb
