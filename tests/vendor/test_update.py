from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tampu import __version__

ROOT = Path(__file__).parents[2]
BY_HAND = {"default": "3.13", "series": {"3.9": {"end_of_life": "2025-10-31"}, "3.13": {"end_of_life": "2029-10-31"}}}
UV = """#!/bin/sh
echo "$@" >> "$0.log"
echo 'rich==15.0.0 \\'
echo "    --hash=sha256:00"
"""


@dataclass(frozen=True)
class House:
    """A folder with the script and what it works on."""

    root: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": f"{self.root}/bin:/usr/bin:/bin"}
        command = (sys.executable, "-I", str(self.root / "vendor" / "update"), *words)
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def update(self, builds: list[dict[str, object]]) -> subprocess.CompletedProcess[str]:
        data = self.root / "builds.json"
        data.write_text(json.dumps({str(number): build for number, build in enumerate(builds)}), encoding="utf-8")
        return self.run("pythons", str(data))

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def pins(self, arch: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = json.loads(self.read("vendor/pythons.json"))["pins"][arch]
        return found


LOCKS = (
    *("vendor/tools", "vendor/people", "vendor/serve", "vendor/dask", "vendor/movable", "vendor/pips/2.7"),
    *(f"config/{name}" for name in ("dcrequirements", "dcrequirements-2.7", "newrelic", "asgi", "paste")),
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    for folder in ("vendor", "config", "bin"):
        (tmp_path / folder).mkdir()
    shutil.copy2(ROOT / "vendor" / "update", tmp_path / "vendor" / "update")
    (tmp_path / "vendor" / "pythons.json").write_text(json.dumps({**BY_HAND, "pins": {}}), encoding="utf-8")
    shutil.copyfile(ROOT / "vendor" / "nginx.json", tmp_path / "vendor" / "nginx.json")
    (tmp_path / "vendor" / "pips").mkdir()
    for name in (f"{lock}.in" for lock in LOCKS):
        (tmp_path / name).write_text(f"# What {name} is for.\nrich\n", encoding="utf-8")
    return House(tmp_path)


def build(version: str, arch: str = "x86_64", date: str = "20260101", **changes: object) -> dict[str, object]:
    major, minor, patch = map(int, version.split("."))
    return {
        "name": "cpython",
        "arch": {"family": arch, "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": major,
        "minor": minor,
        "patch": patch,
        "prerelease": "",
        "url": f"https://example.org/{date}/cpython-{version}-{arch}-install_only_stripped.tar.gz",
        "sha256": date * 8,
        "variant": None,
        "build": date,
    } | changes


BOTH = [build("3.13.10"), build("3.13.9"), build("3.13.10", "aarch64"), build("3.9.25")]
UNWANTED = [
    build("3.13.1", name="pypy"),
    build("3.13.2", os="darwin"),
    build("3.13.3", libc="musl"),
    build("3.13.4", arch="x86_64", variant="freethreaded"),
    build("3.13.5", variant="debug"),
    build("3.13.6", prerelease="rc1"),
    build("3.13.7", sha256=None),
    build("3.13.8", url="https://example.org/cpython-3.13.8-pgo+lto.tar.zst"),
    build("3.13.11") | {"arch": {"family": "x86_64", "variant": "v3"}},
    build("3.13.12", "riscv64"),
    build("3.8.20"),
]


def test_pins_are_sorted_and_what_is_written_by_hand_stays(house: House) -> None:
    assert house.update(BOTH).stdout == "1 for aarch64, 3 for x86_64\n"

    document = json.loads(house.read("vendor/pythons.json"))
    assert list(document["pins"]["x86_64"]) == ["3.9.25", "3.13.9", "3.13.10"]
    assert list(document["pins"]["aarch64"]) == ["3.13.10"]
    assert {"default": document["default"], "series": document["series"]} == BY_HAND


def test_a_second_run_writes_the_same_bytes_whatever_the_order(house: House) -> None:
    house.update(BOTH)
    first = house.read("vendor/pythons.json"), house.read("vendor/bootstrap")
    house.update(BOTH[::-1])

    assert (house.read("vendor/pythons.json"), house.read("vendor/bootstrap")) == first


def test_other_builds_are_left_out(house: House) -> None:
    house.update(BOTH + UNWANTED)

    assert list(house.pins("x86_64")) == ["3.9.25", "3.13.9", "3.13.10"]


def test_of_one_version_the_newest_build_is_taken_and_of_one_day_the_stripped(house: House) -> None:
    whole = "https://example.org/20260303/cpython-3.13.9-x86_64-install_only.tar.gz"
    house.update(
        [
            *BOTH,
            build("3.13.9", date="20260303"),
            build("3.13.9", date="20260303", url=whole),
            build("3.13.9", date="20260202"),
        ]
    )

    assert house.pins("x86_64")["3.13.9"] == {
        "url": "https://example.org/20260303/cpython-3.13.9-x86_64-install_only_stripped.tar.gz",
        "sha256": "20260303" * 8,
    }


def test_a_shell_can_read_the_bootstrap(house: House) -> None:
    house.update(BOTH)
    script = 'while read -r arch version url sum; do [ "$arch" = aarch64 ] && echo "$version|$url|$sum"; done'
    text = house.read("vendor/bootstrap")
    answer = subprocess.run(("sh", "-c", f"{script}; :"), input=text, capture_output=True, text=True, check=True)

    url = "https://example.org/20260101/cpython-3.13.10-aarch64-install_only_stripped.tar.gz"
    assert answer.stdout == f"3.13.10|{url}|{'20260101' * 8}\n"


@pytest.mark.parametrize(
    ("builds", "complaint"),
    [
        ([*BOTH, build("3.14.0")], "Write the end_of_life of 3.14 in"),
        ([build("3.9.25")], "There is no 3.13 for aarch64"),
    ],
)
def test_what_can_not_be_pinned_changes_nothing(house: House, builds: list[dict[str, object]], complaint: str) -> None:
    before = house.read("vendor/pythons.json")
    answer = house.update(builds)

    assert answer.returncode == 1
    assert complaint in answer.stderr
    assert house.read("vendor/pythons.json") == before
    assert not (house.root / "vendor" / "bootstrap").exists()


def install_uv(house: House, text: str) -> None:
    uv = house.root / "bin" / "uv"
    uv.write_text(text, encoding="utf-8")
    uv.chmod(0o755)


def test_locks_are_made_by_uv_under_the_comment_of_their_source(house: House) -> None:
    install_uv(house, UV)

    assert house.run("tools").returncode == 0
    expected = "# What config/dcrequirements.in is for.\nrich==15.0.0 \\\n    --hash=sha256:00\n"
    assert house.read("config/dcrequirements.txt") == expected
    assert house.read("vendor/tools.lock") == expected.replace("config/dcrequirements", "vendor/tools")
    assert [line.split()[-2:] for line in house.read("bin/uv.log").splitlines()] == [
        ["3.10", "tools.in"],
        ["3.10", "people.in"],
        ["3.10", "serve.in"],
        ["3.10", "dask.in"],
        ["3.10", "movable.in"],
        ["3.10", "2.7.in"],
        ["3.6", "dcrequirements.in"],
        ["3.6", "dcrequirements-2.7.in"],
        ["3.6", "newrelic.in"],
        ["3.9", "asgi.in"],
        ["3.6", "paste.in"],
    ]


def test_without_uv_a_sentence_says_so(house: House) -> None:
    assert house.run("tools").stderr == "There is no uv on PATH: install one, such as with `pip install uv`.\n"


def test_a_lock_that_names_a_host_is_not_kept(house: House) -> None:
    install_uv(house, UV + "echo '--index-url https://example.org/simple'\n")
    answer = house.run("tools")

    assert answer.returncode == 1
    assert "would name a host" in answer.stderr
    assert not (house.root / "vendor" / "tools.lock").exists()


@pytest.mark.parametrize(
    "name",
    [
        "vendor/tools.lock",
        "vendor/people.lock",
        "vendor/serve.lock",
        "vendor/dask.lock",
        "vendor/movable.lock",
        "config/dcrequirements.txt",
        "config/newrelic.txt",
        "config/asgi.txt",
        "config/paste.txt",
    ],
)
def test_our_own_locks_are_pinned_hashed_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = [block for block in text.replace("\\\n", "").splitlines() if not block.startswith("#")]

    assert "://" not in text
    assert [block for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []


def test_our_own_bootstrap_is_made_of_our_own_pins() -> None:
    pins = json.loads((ROOT / "vendor" / "pythons.json").read_text(encoding="utf-8"))["pins"]
    lines = [line.split(" ") for line in (ROOT / "vendor" / "bootstrap").read_text(encoding="utf-8").splitlines()]

    assert [arch for arch, *_ in lines] == ["aarch64", "x86_64"]
    for arch, version, url, sha256 in lines:
        assert pins[arch][version] == {"url": url, "sha256": sha256}


@pytest.mark.parametrize(
    ("program", "address"),
    [
        ("nginx", "https://nginx.org/download/nginx-1.9.12.tar.gz"),
        ("cpython", "https://www.python.org/ftp/python/1.9.12/Python-1.9.12.tgz"),
    ],
)
def test_a_source_is_added_in_order(program: str, address: str, house: House) -> None:
    old = {"url": "https://example.org/1.28.0.tar.gz", "sha256": "0" * 64}
    place = house.root / "vendor" / f"{program}.json"
    place.write_text(json.dumps({"default": "1.28.0", "pins": {"1.28.0": old}}))
    (house.root / "source.tar.gz").write_bytes(b"a source")
    said = house.run(program, "1.9.12", str(house.root / "source.tar.gz"))
    sources = json.loads(house.read(f"vendor/{program}.json"))

    assert 0 == said.returncode, said.stderr
    assert ("1.28.0", ["1.9.12", "1.28.0"], old) == (
        sources["default"],
        list(sources["pins"]),
        sources["pins"]["1.28.0"],
    )
    assert {
        "url": address,
        "sha256": hashlib.sha256(b"a source").hexdigest(),
    } == sources["pins"]["1.9.12"]


def test_what_is_no_version_changes_nothing(house: House) -> None:
    assert "nothing was changed" in house.run("nginx", "stable").stderr


def test_what_cloud_foundry_reads_is_what_the_pins_say(house: House) -> None:
    shutil.copyfile(ROOT / "vendor" / "pythons.json", house.root / "vendor" / "pythons.json")

    assert 0 == house.run("manifest").returncode

    assert (ROOT / "manifest.yml").read_text(encoding="utf-8") == house.read("manifest.yml")


def test_the_manifest_has_the_newest_of_each_series(house: House) -> None:
    house.update([build("3.13.2"), build("3.13.10"), build("3.9.7"), build("3.13.2", "aarch64")])

    text = house.read("manifest.yml")
    assert "default_versions:\n- name: python\n  version: 3.13.10\n" in text
    assert ["3.9.7", "3.13.10"] == re.findall(r"- name: python\n  version: (.*)\n  uri: ", text)


def test_the_version_that_platforms_read_is_ours() -> None:
    assert f"{__version__}\n" == (ROOT / "VERSION").read_text(encoding="utf-8")
