"""Where this machine gets its distribution from, out of /etc/apt: never an address that we thought of."""

from __future__ import annotations

import platform
import re
from pathlib import Path

OPTIONS = re.compile(r"\[[^]]*\]")


def codename() -> str:
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "")


def own_sources(release: str, etc: Path = Path("/etc/apt")) -> str:
    """The release's own entries in apt's two formats, without what other vendors added."""
    suites = {release, f"{release}-updates", f"{release}-security"}
    lists = (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list")))
    lines = [line for path in lists if path.is_file() for line in path.read_text(encoding="utf-8").splitlines()]
    stanzas = [
        stanza
        for path in sorted((etc / "sources.list.d").glob("*.sources"))
        for stanza in re.split(r"\n[ \t]*\n", path.read_text(encoding="utf-8"))
    ]
    return "\n".join(
        (
            *(line for line in lines if _suite_of_line(line) in suites),
            *(line for stanza in stanzas for line in _as_lines(stanza, suites)),
            "",
        )
    )


def _suite_of_line(line: str) -> str:
    words = OPTIONS.sub("", line).split()
    return words[2] if len(words) > 3 and words[0] == "deb" and "main" in words[3:] else ""


def _as_lines(stanza: str, suites: set[str]) -> list[str]:
    """The stanza in the format of lines: programs that read apt's sources from elsewhere know only that one."""
    fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
    if "deb" not in fields.get("Types", "").split() or fields.get("Enabled", "yes") == "no":
        return []
    key = fields.get("Signed-By", "")
    options = f" [signed-by={key}]" if key.startswith("/") else ""
    return [
        f"deb{options} {uri} {suite} {fields.get('Components', '')}"
        for uri in fields.get("URIs", "").split()
        for suite in fields.get("Suites", "").split()
        if suite in suites and "main" in fields.get("Components", "").split()
    ]
