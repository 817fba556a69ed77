"""The sockets that requests come in by: inherited from whoever started this program, or bound here."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.paste.holders import holder

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

FIRST_OF_SYSTEMD = 3
BACKLOG = 1024
FIRST_FREE_FOR_ALL = 1024
HIGHEST_PORT = 65535
EVERYWHERE = frozenset({"", "*"})
# Ours: descriptors, separated by commas. A reload and a restart hand them on.
HANDED_ON = "TAMPU_SOCKETS"

_inherited: list[socket.socket] = []
_in_use: list[socket.socket] = []


class CannotListen(TampuError):
    reason = "serve::listen"

    def __init__(self, where: str, error: OSError, said_at: str = "") -> None:
        found, advice = _explained(where, error)
        place = f" ({said_at})" if said_at else ""
        super().__init__(
            title=f"Nothing can be served at {where}",
            found=f"{found}{place}",
            expected="an address that this program may listen at",
            todo=advice,
        )


class BadPort(TampuError):
    reason = "serve::port"
    exit_code = 2

    def __init__(self, text: str, where: str) -> None:
        super().__init__(
            title=f"{text!r} is no port",
            found=f"port = {text}{where}",
            expected=f"a number from 0 to {HIGHEST_PORT} (0: any that is free)",
            todo="Correct it, and serve again.",
        )


def inherit(environ: MutableMapping[str, str]) -> None:
    """Take what systemd or our own starter has opened; nothing that this program starts shall take it, too."""
    count, pid = environ.pop("LISTEN_FDS", ""), environ.pop("LISTEN_PID", "")
    environ.pop("LISTEN_FDNAMES", None)
    numbers = [int(word) for word in environ.pop(HANDED_ON, "").split(",") if word]
    if count.isdecimal() and pid == str(os.getpid()):
        numbers += range(FIRST_OF_SYSTEMD, FIRST_OF_SYSTEMD + int(count))
    for number in numbers:
        adopt(number)


def adopt(number: int) -> None:
    os.set_inheritable(number, False)  # noqa: FBT003 - its only form
    _inherited.append(socket.socket(fileno=number))


def inherited() -> tuple[socket.socket, ...]:
    return tuple(_inherited)


def in_use() -> tuple[socket.socket, ...]:
    return tuple(_in_use)


def use_all() -> tuple[socket.socket, ...]:
    """For who serves whatever comes, wherever it comes in."""
    _in_use[:] = _inherited
    return in_use()


def forget(unneeded: Sequence[socket.socket]) -> None:
    for each in unneeded:
        _inherited.remove(each)
        each.close()


def close_unused() -> None:
    """Whoever called at an address that nobody serves any more would wait for ever."""
    forget([each for each in _inherited if each not in _in_use])
    _inherited[:] = _in_use


def is_port(text: str) -> bool:
    return text.isdecimal() and len(text) <= len(str(HIGHEST_PORT)) and int(text) <= HIGHEST_PORT


def port_number(text: str, where: str = "") -> int:
    if not is_port(text):
        raise BadPort(text, where)
    return int(text)


def sockets(host: str, port: int, said_at: str = "") -> list[socket.socket]:
    """All that the host's name stands for; an inherited socket that is already there, rather than a new one."""
    where = f"{host or '*'}:{port}"
    try:
        found = socket.getaddrinfo(
            None if host in EVERYWHERE else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise CannotListen(where, error, said_at) from error
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
    # Each would get another free port.
    tried = [_opened(family, address) for family, address in (addresses if port else addresses[:1])]
    made = [each for each in tried if isinstance(each, socket.socket)]
    failed = [each for each in tried if isinstance(each, OSError)]
    # A machine may be without IPv6 and have its name for itself nevertheless.
    for each in failed:
        if each.errno != errno.EADDRNOTAVAIL or not made:
            raise CannotListen(where, each, said_at) from each
    _in_use.extend(made)
    return made


def unix_socket(path: str, umask: int = 0o077, said_at: str = "") -> socket.socket:
    """At a file; one that nobody listens at any more makes room."""
    known = _inherited_at(socket.AF_UNIX, path)
    if known:
        _in_use.append(known)
        return known
    old = os.umask(umask)
    try:
        _remove_if_dead(path)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.bind(path)
        made.listen(BACKLOG)
    except OSError as error:
        raise CannotListen(path, error, said_at) from error
    finally:
        os.umask(old)
    _in_use.append(made)
    return made


def _opened(family: int, address: tuple[object, ...]) -> socket.socket | OSError:
    try:
        return _inherited_at(family, address) or _bound(family, address)
    except OSError as error:
        return error


def _inherited_at(family: int, address: object) -> socket.socket | None:
    for each in _inherited:
        if each.family == family and _same(each.getsockname(), address):
            return each
    return None


def _same(there: object, wanted: object) -> bool:
    """Of an IPv6 address only host and port count; any port is what 0 asks for."""
    if isinstance(there, tuple) and isinstance(wanted, tuple):
        return there[0] == wanted[0] and wanted[1] in {0, there[1]}
    return there == wanted


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


def _remove_if_dead(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(path)
        except ConnectionRefusedError:
            with suppress(FileNotFoundError):
                os.unlink(path)
        except FileNotFoundError:
            return


def _explained(where: str, error: OSError) -> tuple[str, str]:
    if isinstance(error, socket.gaierror):
        return "no such host", "Correct the host, or leave it out: then it is this machine alone."
    port = where.rpartition(":")[2]
    known = {
        errno.EADDRINUSE: (f"{holder(port)} listens there", "Stop it, or choose another address."),
        errno.EACCES: _not_allowed(port),
        errno.EADDRNOTAVAIL: ("this machine has no such address", "Choose one of `ip address`, or 0.0.0.0 for all."),
        errno.ENOENT: ("no such folder", "Make it, or correct the path."),
    }
    return known.get(error.errno or 0, (error.strerror or str(error), "Correct the address, and serve again."))


def _not_allowed(port: str) -> tuple[str, str]:
    if port.isdecimal():
        return "only root may listen there", "Choose a port from 1024 on, or start it as root (--user for who serves)."
    return "this user may not write there", "Choose another folder, or give it to this user."
