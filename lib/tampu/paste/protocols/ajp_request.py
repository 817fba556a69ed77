"""What a request of AJP13 says, as the variables that a CGI program would have."""

from __future__ import annotations

from tampu.paste.protocols import ajp_packets as packets
from tampu.paste.protocols.ajp_packets import Packet
from tampu.paste.protocols.wire import Malformed

WITHOUT_PREFIX = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
# Apache tells by attributes what the protocol has no place for.
OF_APACHE = {"AJP_REMOTE_PORT": "REMOTE_PORT", "AJP_SSL_PROTOCOL": "SSL_PROTOCOL", "AJP_LOCAL_ADDR": "SERVER_ADDR"}


def environ(data: bytes) -> tuple[dict[str, str], str]:
    """And the secret that came with it."""
    packet = Packet(data)
    if packet.byte() != packets.FORWARD_REQUEST:
        raise Malformed("a packet that is no request")
    method = packet.method()
    found = {"SERVER_PROTOCOL": packet.text(), "REQUEST_URI": packet.text()}
    found |= {"REMOTE_ADDR": packet.text(), "REMOTE_HOST": packet.text(), "SERVER_NAME": packet.text()}
    found["SERVER_PORT"] = str(packet.number())
    found["HTTPS"] = "on" if packet.byte() else "off"
    found |= _headers(packet)
    attributes = _attributes(packet)
    secret = attributes.pop("SECRET", "")
    found["REQUEST_METHOD"] = method or attributes.pop("STORED_METHOD", "")
    query = attributes.pop("QUERY_STRING", "")
    # What somebody sends as a header never passes for what the front end says, nor the other way round.
    found |= {name: value for name, value in attributes.items() if name not in found and not name.startswith("HTTP_")}
    found["QUERY_STRING"] = query
    if query and "?" not in found["REQUEST_URI"]:
        found["REQUEST_URI"] += f"?{query}"
    return found, secret


def _headers(packet: Packet) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(packet.number()):
        name, value = packet.header_name(), packet.text()
        # Some-Name and Some_Name would be one variable, and a front end checks the first alone.
        if "_" in name:
            continue
        known = name.upper().replace("-", "_")
        variable = known if known in WITHOUT_PREFIX else f"HTTP_{known}"
        joint = "; " if name == "cookie" else ", "
        found[variable] = f"{found[variable]}{joint}{value}" if variable in found else value
    return found


def _attributes(packet: Packet) -> dict[str, str]:
    found: dict[str, str] = {}
    while (code := packet.byte()) != packets.NO_MORE_ATTRIBUTES:
        if code == packets.NAMED_ATTRIBUTE:
            name = packet.text()
            found[OF_APACHE.get(name, name)] = packet.text()
        elif code == packets.SSL_KEY_SIZE:
            found["SSL_CIPHER_USEKEYSIZE"] = str(packet.number())
        elif code in packets.ATTRIBUTES:
            found[packets.ATTRIBUTES[code]] = packet.text()
        else:
            raise Malformed(f"an unknown attribute, {code}")
    return found
