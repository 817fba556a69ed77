"""A front end that is connected, and what is done for it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from tampu.paste.protocols.answering import answer
from tampu.paste.protocols.wire import Gone, Malformed, Wire

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    from tampu.paste.protocols.answering import Manner
    from tampu.paste.protocols.exchange import Conversation, Speak

    Network = IPv4Network | IPv6Network

log = logging.getLogger("tampu.serve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorman:
    """Lets in who may call; whoever comes by a file has been let in by its permissions. Empty: everybody may."""

    allowed: Sequence[Network] = ()

    def lets_in(self, address: object) -> bool:
        if not self.allowed or not isinstance(address, tuple):
            return True
        known = _plain(ip_address(str(address[0]).partition("%")[0]))
        # The names that a machine has for itself are one.
        own = known.is_loopback and any(each.network_address.is_loopback for each in self.allowed)
        return own or any(known in each for each in self.allowed)


def networks(words: Sequence[str]) -> tuple[Network, ...]:
    return tuple(ip_network("127.0.0.1" if word == "localhost" else word, strict=False) for word in words)


@dataclass(slots=True, kw_only=True, eq=False)
class Caller:
    wire: Wire
    conversation: Conversation
    name: str
    useful: bool = False
    since: float = field(default_factory=time.monotonic)

    def has_spoken(self) -> bool:
        """Whether there is something to attend to; `Gone` where there never will be."""
        return self.wire.look()

    def attend(self, manner: Manner) -> bool:
        """Answer what it asks; whether it may ask more."""
        try:
            goes_on = self._attend(manner)
        except Gone as gone:
            log.info("%s left: %s", self.name, gone)
            self.wire.drop()
            return False
        except Malformed as odd:
            log.warning("%s doesn't speak the protocol that is served here: %s", self.name, odd)
            self.wire.drop()
            return False
        except Exception:
            # It would be ours, and must not end who answers the others.
            log.exception("%s can't be answered", self.name)
            self.wire.drop()
            return False
        if not goes_on:
            self.wire.close()
        return goes_on

    def _attend(self, manner: Manner) -> bool:
        while True:
            self.wire.hurry()
            exchange = self.conversation.turn()
            self.wire.relax()
            if exchange is not None and not answer(exchange, manner):
                # An orderly end would pass for the end of the answer.
                self.wire.drop()
                return False
            self.useful = True
            goes_on = exchange is None or exchange.goes_on
            if not goes_on or not self.wire.look():
                return goes_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that is the same for each who calls."""

    speak: Speak
    manner: Manner
    doorman: Doorman

    def welcome(self, sock: socket.socket, address: object) -> Caller | None:
        name = str(address[0]) if isinstance(address, tuple) else "the front end"
        if not self.doorman.lets_in(address):
            log.warning("%s may not call: it is not among the allowedServers", name)
            sock.close()
            return None
        wire = Wire(sock)
        return Caller(wire=wire, conversation=self.speak(wire), name=name)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return getattr(address, "ipv4_mapped", None) or address
