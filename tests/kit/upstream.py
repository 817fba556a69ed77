"""Sources as their authors published them: a distribution keeps them for its own builds, and its apt fetches them."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from tests.kit import require

SOURCES = Path("/etc/apt")
KINDS = {
    ".list": (re.compile(r"^deb(-src)?(?=\s)", re.MULTILINE), "{}"),
    ".sources": (re.compile(r"^Types:.*$", re.MULTILINE), "Types: {}"),
}
SETTINGS = ("APT::Sandbox::User=", "Debug::NoLocking=1", "Acquire::Languages=none")


def make_source(place: Path, *packages: str) -> None:
    """`source`, an archive, and a file `version`: of the first of these packages that the distribution has."""
    require.need("apt-get")
    with tempfile.TemporaryDirectory(dir=place) as bench:
        settled = apt(Path(bench), "deb-src")
        for package in packages:
            # What is its distribution's own beside it is of no interest, and may be missing.
            words = ("source", "--download-only", "--only-source", package)
            subprocess.run((*settled, *words), cwd=bench, check=False, capture_output=True)
            for found in sorted(Path(bench).glob("*.orig.tar.?z")):
                version = found.name.removeprefix(f"{package}_").partition(".orig.")[0]
                (place / "version").write_text(version, encoding="utf-8")
                found.rename(place / "source")
                return
        require.lack(f"the source of {packages[0]} from the distribution")


def apt(bench: Path, kind: str) -> tuple[str, ...]:
    """An apt of our own that knows what the machine's sources have of that kind."""
    for folder in ("state/lists/partial", "cache/archives/partial", "apt"):
        (bench / folder).mkdir(parents=True)
    (bench / "state" / "status").touch()
    (bench / "last.conf").write_text("#clear APT::Update;\n", encoding="utf-8")
    for source in (*SOURCES.glob("*.list"), *SOURCES.glob("*.d/*.list"), *SOURCES.glob("*.d/*.sources")):
        pattern, words = KINDS[source.suffix]
        text = pattern.sub(words.format(kind), source.read_text(encoding="utf-8"))
        (bench / "apt" / source.name).write_text(text, encoding="utf-8")
    places = {
        "Dir::State": bench / "state",
        "Dir::State::status": bench / "state" / "status",
        "Dir::Cache": bench / "cache",
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": bench / "apt",
    }
    settings = (*(f"{name}={place}" for name, place in places.items()), *SETTINGS)
    called = ("apt-get", "-q", "-c", str(bench / "last.conf"), *(f"-o{setting}" for setting in settings))
    subprocess.run((*called, "update"), cwd=bench, check=False, capture_output=True)
    return called
