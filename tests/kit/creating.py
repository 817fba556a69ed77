"""`tampu create` as people call it, in a process of its own each time; started by a fork, for there are many."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TextIO, cast

from tampu import cli
from tampu.create import command
from tests.kit.buildpack import Result
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PATIENCE = 120
assert command  # loaded before the first fork, so that not each has to


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder that somebody works in, and the environment."""

    folder: Path
    env: Mapping[str, str]

    def create(self, *words: str | Path, env: Mapping[str, str] | None = None) -> Result:
        """With nobody there to answer."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            child = os.fork()
            if not child:
                streams = (os.open(os.devnull, os.O_RDONLY), out.fileno(), err.fileno())
                self.become(words, streams, env)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            return Result(code=code, out=_text(out.fileno()), err=_text(err.fileno()))

    def silently(self, *words: str | Path) -> NoReturn:
        """The program itself, from here on, with nobody there to hear it."""
        nothing = os.open(os.devnull, os.O_RDWR)
        self.become(words, (nothing, nothing, nothing), None)

    def well(self, *words: str | Path, env: Mapping[str, str] | None = None) -> str:
        result = self.create(*words, env=env)
        assert 0 == result.code, result.out + result.err
        return result.out

    def ill(self, *words: str | Path) -> str:
        """The error's name."""
        result = self.create(*words)
        assert result.code, result.out + result.err
        assert "Traceback" not in result.err
        return str(re.findall(r"\(([a-z:-]+)\)$", result.err, re.MULTILINE)[-1])

    def talk(self, words: Sequence[str | Path], *lines: tuple[str, str]) -> Result:
        """At a terminal: each answer is given when its question is there."""
        child, terminal = os.forkpty()
        if not child:
            self.become(words, (0, 1, 2), None)
        said = ""
        try:
            for question, answer in lines:
                said += _until(question, terminal, said)
                os.write(terminal, f"{answer}\n".encode())
            said += _until(None, terminal, said)
        finally:
            os.close(terminal)  # which is the end of whoever still waits for an answer
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Result(code=code, out=said.replace("\r\n", "\n"), err="")

    def become(
        self, words: Sequence[str | Path], streams: tuple[int, int, int], env: Mapping[str, str] | None
    ) -> NoReturn:
        """The program itself, from here on."""
        code = 99
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            sys.stdin, sys.stdout, sys.stderr = _stream(0, "r"), _stream(1, "w"), _stream(2, "w")
            os.chdir(self.folder)
            os.environ.clear()
            os.environ.update({**self.env, **(env or {})})
            sys.argv = ["tampu", "create", *map(str, words)]
            code = cli.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def template(self, name: str, about: str = "", **files: str) -> Path:
        """A template in a folder of that name; `files` are named as in it, with __ for a dot."""
        place = self.folder / name
        for old in place.glob("files/*"):
            old.unlink()
        made = {f"files/{path.replace('__', '.')}": text for path, text in files.items()}
        return write_app(place, {"template.toml": about, **made})


def contents(folder: Path) -> dict[str, bytes]:
    """All files in it with what is in them, and whether they are programs."""
    return {
        f"{path.relative_to(folder)}{'*' if path.stat().st_mode & 0o100 else ''}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def own(folder: Path) -> dict[str, bytes]:
    """The same without the record."""
    return {path: data for path, data in contents(folder).items() if not path.startswith(".tampu-create/")}


def _stream(number: int, mode: str) -> TextIO:
    return cast("TextIO", os.fdopen(number, mode, closefd=False))


def _text(stream: int) -> str:
    os.lseek(stream, 0, os.SEEK_SET)
    with open(stream, encoding="utf-8", closefd=False) as file:
        return file.read()


def _until(question: str | None, terminal: int, before: str) -> str:
    """What is said up to the question, or up to the end."""
    said, deadline = "", time.monotonic() + PATIENCE
    decoder = codecs.getincrementaldecoder("utf-8")()
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                piece = b""
            said += decoder.decode(piece)
            if question and question in said:
                return said
            if not piece:
                if question is None:
                    return said
                break
    raise AssertionError(f"no {question!r} in {before}{said}")
