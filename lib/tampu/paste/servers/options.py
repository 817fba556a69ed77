"""Options of a server, as texts from a config: read one by one, and none is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.paste import listening
from tampu.paste.flags import is_false, is_true
from tampu.paste.spots import SECTION, Spot, lines, near, shown
from tampu.paste.workers.caller import networks

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Mapping

    from tampu.paste.workers.caller import Network

OCTAL = 8
LONGEST_NUMBER = 18
# Of options that there are, the likeliest first.
MOST = 4


class BadOption(TampuError):
    reason = "serve::option"
    exit_code = 2

    def __init__(self, option: str, value: str, where: str, expected: str, advice: str = "") -> None:
        place = f" ({where})" if where else ""
        super().__init__(
            title=f"The server can't use {option} = {value}",
            found=f"{option} = {value}{place}",
            expected=expected,
            todo=advice or "Correct that line, and serve again.",
        )


class UnknownOption(TampuError):
    reason = "serve::unknown-option"
    exit_code = 2

    def __init__(self, server: str, option: str, where: str, known: list[str]) -> None:
        place = f" ({where})" if where else ""
        more = f" or {len(known) - MOST} more" if len(known) > MOST else ""
        super().__init__(
            title=f"The server {server} has no option {option}",
            found=f"{option}{place}",
            expected=f"{', '.join(known[:MOST])}{more}",
            todo="Take that line away, or correct its name.",
        )


class Options:
    def __init__(self, server: str, global_conf: Mapping[str, str] | None, said: Mapping[str, str]) -> None:
        self.server = server
        self._global = global_conf
        self._said = dict(said)
        self._known: set[str] = set()

    def text(self, name: str, usual: str = "") -> str:
        self._known.add(name)
        return self._said.get(name, usual)

    def optional(self, name: str) -> str | None:
        self._known.add(name)
        return self._said.get(name)

    def port(self, usual: str) -> int:
        text = self.text("port", usual)
        where = self.where("port")
        return listening.port_number(text, f" ({where})" if where else "")

    def opened(self, usual_host: str, usual_port: str) -> list[socket.socket]:
        """At host and port."""
        return listening.sockets(self.text("host", usual_host), self.port(usual_port), self.where("port"))

    def opened_at(self, name: str, place: str, usual_port: str, expected: str) -> list[socket.socket]:
        """At one of the places that the option `name` lists: HOST:PORT, or a host alone."""
        host, colon, port = place.rpartition(":")
        if colon and not listening.is_port(port):
            raise self.bad(name, self.text(name), expected)
        where = self.where(name)
        return listening.sockets((host if colon else place).strip("[]"), int(port if colon else usual_port), where)

    def number(self, name: str, usual: int, least: int = 0) -> int:
        text = self.text(name, str(usual))
        if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER) or int(text) < least:
            raise self.bad(name, text, f"a number, {least} or more")
        return int(text)

    def flag(self, name: str, usual: str = "false") -> bool:
        text = self.text(name, usual)
        if not (is_true(text) or is_false(text)):
            raise self.bad(name, text, "true or false")
        return is_true(text)

    def mask(self, name: str, usual: int) -> int:
        """As `umask` of a shell has it."""
        text = self.text(name, f"{usual:o}").removeprefix("0o")
        try:
            return int(text, OCTAL) & 0o777
        except ValueError:
            raise self.bad(name, text, "a number as umask takes it, such as 022") from None

    def addresses(self, name: str, usual: str) -> tuple[Network, ...]:
        text = self.text(name, usual)
        try:
            return networks(text.replace(",", " ").split())
        except ValueError:
            raise self.bad(name, text, "IP addresses or networks, such as 127.0.0.1 10.0.0.0/8") from None

    def bad(self, name: str, value: str, expected: str, advice: str = "") -> BadOption:
        return BadOption(name, value, self.where(name), expected, advice)

    def where(self, name: str) -> str:
        """`FILE:LINE`, if a config says it."""
        return said_at(self._global, name, self._said[name]) if name in self._said else ""

    def know(self, names: Iterable[str]) -> None:
        """Those that somebody else reads."""
        self._known.update(names)

    def done(self) -> None:
        """All that this server has were read: what is left is a mistake."""
        for name in self._said:
            if name not in self._known:
                raise UnknownOption(self.server, name, self.where(name), near(name, sorted(self._known)))


def said_at(global_conf: Mapping[str, str] | None, option: str, value: str) -> str:
    """`FILE:LINE` of a server's option; the file alone if it isn't there."""
    file = (global_conf or {}).get("__file__", "")
    heads = [SECTION.match(line) for line in lines(file)]
    names = [head["name"] for head in heads if head and head["name"].partition(":")[0] == "server"]
    spots = [Spot(file=file, section=name, option=option) for name in names]
    there = [spot for spot in spots if spot.value]
    found = next((spot for spot in there if spot.value == value), next(iter(there), None))
    return str(found) if found else shown(file) if file else ""
