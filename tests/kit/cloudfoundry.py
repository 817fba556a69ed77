"""Cloud Foundry's lifecycle, path by path: a builder that stages an app, and a launcher that starts what it made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.kit import buildpack, containers, programs

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUSE = Path(__file__).resolve().parents[2]
PARTS = ("bin", "config", "lib", "vendor", "Procfile.default", "VERSION", "manifest.yml")
VCAP = "2000:2000"
# Of the machine that an app is staged on.
TMP = "/tmp"  # noqa: S108
# Each buildpack's folder is a word; the last one has the last word. It exits as the lifecycle does.
BUILDER = """
cd /
contents=$(mktemp -d /tmp/contentsXXXXXXXX)
mkdir -p "$contents/deps" "$contents/profile.d" /tmp/cache
number=0
if [ $# = 1 ]; then
  "$1/bin/detect" /tmp/app || exit 222
fi
for pack; do
  index=$(printf "%0${#COUNT}d" $number)
  number=$((number + 1))
  mkdir "$contents/deps/$index"
  cache=/tmp/cache/$index
  [ $number -lt $# ] || cache=/tmp/cache/final
  mkdir -p "$cache"
  "$pack/bin/supply" /tmp/app "$cache" "$contents/deps" "$index" || exit 225
done
"$pack/bin/finalize" /tmp/app "$cache" "$contents/deps" "$index" "$contents/profile.d" || exit 226
if [ -f "$contents/deps/$index/launch.yml" ]; then
  cp "$contents/deps/$index/launch.yml" /tmp/launch.yml
else
  "$pack/bin/release" /tmp/app >/tmp/release.yml || exit 224
fi
mv /tmp/app "$contents/app"
mkdir "$contents/tmp" "$contents/logs"
tar -cf /tmp/droplet.tar -C "$contents" .
"""
LAUNCHER = """
cd "$1"
for script in ../profile.d/*; do [ ! -f "$script" ] || source "$script"; done
for script in .profile.d/*; do [ ! -f "$script" ] || source "$script"; done
[ ! -f .profile ] || source .profile
shift
exec bash -c "$@"
"""
AT_LAUNCH = {
    "HOME": "/home/vcap/app",
    "TMPDIR": "/home/vcap/tmp",
    "DEPS_DIR": "/home/vcap/deps",
    "USER": "vcap",
    "LANG": "en_US.UTF-8",
    "PORT": "8080",
    "MEMORY_LIMIT": "512m",
    "VCAP_APPLICATION": '{"limits": {"mem": 512}}',
}
ON_STAGING = {
    "HOME": "/home/vcap",
    "USER": "vcap",
    "LANG": "en_US.UTF-8",
    "CF_STACK": "cflinuxfs4",
    "MEMORY_LIMIT": "1024m",
}


def checkout(place: Path, mirror: Path | None = None) -> Path:
    """A buildpack as it is unpacked from its zip, with a mirror in it if it is for those without a network."""
    place.mkdir(parents=True)
    for name in PARTS:
        source = HOUSE / name
        if source.is_dir():
            shutil.copytree(source, place / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, place / name)
    if mirror:
        shutil.copytree(mirror, place / "mirror")
    return place


def packaged(house: Path, place: Path, *options: str) -> Path:
    """What the platform has of a checkout's zip, which its own packager made."""
    packager = programs.program(programs.PACKAGER)
    made = subprocess.run(
        (sys.executable, "-I", house / "vendor" / "package", f"--out={place}", *options),
        check=False,
        capture_output=True,
        env={"PATH": f"{packager.parent}:{os.environ['PATH']}", "HOME": str(place)},
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (archive,) = place.glob("*.zip")
    return unpacked(archive, place / archive.stem)


def unpacked(archive: Path, place: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            Path(packed.extract(entry, place)).chmod(entry.external_attr >> 16 & 0o777)
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What the builder says, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A machine of the platform: `place` has its /tmp and its /home/vcap, and `mounts` more of it."""

    place: Path
    image: str
    mounts: Mapping[Path, str] = field(default_factory=dict)

    def stage(self, app: Path, packs: Mapping[str, Path], env: Mapping[str, str]) -> Staged:
        """Buildpacks by the names of their folders, in order."""
        shutil.copytree(app, self.place / "tmp" / "app", symlinks=True)
        (self.place / "tmp" / "buildpacks").mkdir()
        (self.place / "staging").mkdir()
        self._give_away()
        return self.on_staging(BUILDER, packs, env)

    def on_staging(self, script: str, packs: Mapping[str, Path], env: Mapping[str, str]) -> Staged:
        ended = containers.run(
            self.image,
            *("bash", "-uc", script, "builder", *(f"{TMP}/buildpacks/{name}" for name in packs)),
            mounts={
                self.place / "tmp": TMP,
                self.place / "staging": "/home/vcap",
                **{pack: f"{TMP}/buildpacks/{name}:ro" for name, pack in packs.items()},
                **self.mounts,
            },
            options=containers.locked_down(VCAP),
            env={**ON_STAGING, "COUNT": str(len(packs)), **env},
        )
        return Staged(code=ended.returncode, out=ended.stdout, err=ended.stderr)

    def launch(self, script: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run that beside what the launcher starts: `launch COMMAND` in it becomes the launcher."""
        home = self.place / "vcap"
        home.mkdir()
        subprocess.run(("tar", "-xpf", self.place / "tmp" / "droplet.tar", "-C", home), check=True)
        self._give_away()
        return containers.run(
            self.image,
            *("bash", "-c", f'launch() {{ exec bash -c "$LAUNCHER" launcher "$HOME" "$@"; }}\n{script}'),
            mounts={home: "/home/vcap"},
            options=containers.locked_down(VCAP),
            env={**AT_LAUNCH, "LAUNCHER": LAUNCHER, **env},
        )

    def processes(self) -> dict[str, str]:
        """What the last buildpack says that can be started, and the app's Procfile, which has the last word."""
        launch = self.place / "tmp" / "launch.yml"
        if launch.is_file():
            listed = yaml.safe_load(launch.read_text(encoding="utf-8"))["processes"]
            types = {process["type"]: process["command"] for process in listed}
        else:
            released = yaml.safe_load((self.place / "tmp" / "release.yml").read_text(encoding="utf-8"))
            types = released.get("default_process_types", {})
        for procfile in self.place.glob("tmp/contents*/app/Procfile"):
            types |= yaml.safe_load(procfile.read_text(encoding="utf-8"))
        return types

    def _give_away(self) -> None:
        subprocess.run(("chown", "-R", VCAP, self.place), check=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """The same folders without a machine around them: for calls of single entry points."""

    root: Path
    environ: Mapping[str, str]
    cache: Path
    index: str = "0"

    @property
    def app(self) -> Path:
        return self.root / "tmp" / "app"

    @property
    def contents(self) -> Path:
        return self.root / "tmp" / "contents123"

    @property
    def layers(self) -> Path:
        return self.contents / "deps" / self.index

    def supply(self) -> buildpack.Result:
        self.layers.mkdir(parents=True, exist_ok=True)
        return self._call("supply")

    def finalize(self) -> buildpack.Result:
        return self._call("finalize", self.contents / "profile.d")

    def move(self) -> Path:
        """To where it runs; the home of the app there."""
        home = self.root / "home" / "vcap"
        home.mkdir(parents=True)
        self.app.rename(home / "app")
        for name in ("deps", "profile.d"):
            (self.contents / name).rename(home / name)
        (home / "tmp").mkdir()
        return home / "app"

    def run(self, command: str) -> str:
        """What the launcher's bash prints when it runs that where it was moved to."""
        home = self.root / "home" / "vcap"
        env = {"PATH": "/usr/bin:/bin", "HOME": str(home / "app"), "DEPS_DIR": str(home / "deps")}
        return subprocess.check_output(
            ("bash", "-c", LAUNCHER, "launcher", env["HOME"], command),
            env=env | {"TMPDIR": str(home / "tmp")},
            text=True,
        )

    def _call(self, entry: str, *more: Path) -> buildpack.Result:
        return buildpack.call(entry, self.app, self.cache, self.contents / "deps", self.index, *more, env=self.environ)
