"""Images as `tampu image` makes them, in pods as `tampu deploy kubernetes` writes them and podman plays them."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack, containers, pods, require
from tests.kit.balancer import balancer
from tests.kit.builds import clone, write_app
from tests.kit.load import under_load
from tests.kit.served import free_port
from tests.system.echo import WSGI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.pods import Pod

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flask"
LEFT_OUT = shutil.ignore_patterns(".tampu", "__pycache__")
ANSWERS = 300
# How long a cluster takes to tell all its nodes that a pod is about to end.
NEWS = 1.0
CPUS = len(os.sched_getaffinity(0))
NOT_BY_ROOT = "test ! -w /app && test ! -w / && test $(id -u) = 65534 && grep -q 'CapEff:.0*$' /proc/self/status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """Where images are made: with a mirror, an index, and a storage of images that is ours."""

    env: dict[str, str]
    base: str
    place: Path

    def tampu(self, *words: str | Path, builder: str = "podman") -> str:
        require.need(builder)
        found = {name: Path(shutil.which(name) or name) for name in (builder, "runc")}
        ended = buildpack.call_with({"python3": buildpack.python(), **found}, "tampu", *words, env=self.env)
        assert ended.code == 0, ended.out + ended.err
        return ended.out

    def image(self, app: Path, tag: str, builder: str = "podman") -> str:
        """The image's digest."""
        self.tampu("image", app, "--base", self.base, "--tag", tag, builder=builder)
        return containers.podman("image", "inspect", "--format", "{{.Id}}", tag).stdout.strip()

    @contextmanager
    def pod(self, app: Path, image: str, name: str, port: int) -> Iterator[Pod]:
        text = self.tampu("deploy", "kubernetes", app, "--image", image, "--name", f"{name}-{os.getpid()}")
        pod = pods.play(text, port, self.place)
        try:
            yield pod
        finally:
            pod.remove()


def tag(name: str) -> str:
    """Images are this process's, as pods are: others make, and take away, theirs at the same time."""
    return f"localhost/kube-{name}:{os.getpid()}"


@pytest.fixture(scope="module")
def laptop(
    mirror: Path, index: str, seed: Path, base_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laptop]:
    require.need("podman", "runc", "catatonit")
    place = tmp_path_factory.mktemp("images")
    clone(seed / "tampu", place / "caches" / "tampu")
    ours = {name: value for name, value in containers.environment().items() if name.startswith("CONTAINERS_")}
    settings = {"TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index, "XDG_CACHE_HOME": str(place / "caches")}
    yield Laptop(env={**ours, **settings}, base=base_image, place=place)
    containers.podman("image", "rm", "--force", *map(tag, ("flask", "echo", "second", "changed")))


@pytest.fixture(scope="module")
def flask(laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    app = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("flask") / "flask", ignore=LEFT_OUT)
    laptop.image(app, tag("flask"))
    return app


@pytest.fixture(scope="module")
def echo(laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that answers with what it was asked for."""
    app = write_app(tmp_path_factory.mktemp("echo") / "echo", {"wsgi.py": WSGI, "requirements.txt": ""})
    laptop.image(app, tag("echo"))
    return app


def test_the_same_app_makes_the_same_image(flask: Path, laptop: Laptop) -> None:
    first = containers.podman("image", "inspect", "--format", "{{.Id}}", tag("flask")).stdout.strip()

    assert first == laptop.image(flask, tag("flask"))


def test_a_change_of_the_app_leaves_what_is_below_as_it_is(echo: Path, laptop: Laptop, tmp_path: Path) -> None:
    changed = shutil.copytree(echo, tmp_path / "echo")
    with (changed / "wsgi.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")

    laptop.image(changed, tag("changed"))

    (*before, app), (*after, other) = layers(tag("echo")), layers(tag("changed"))
    assert (before, 4) == (after, len(before))
    assert app != other


def layers(image: str) -> list[str]:
    told = containers.podman("image", "inspect", "--format={{json .RootFS.Layers}}", image)
    digests: list[str] = json.loads(told.stdout)
    return digests


def test_buildah_makes_it_too(echo: Path, laptop: Laptop) -> None:
    laptop.image(echo, tag("second"), builder="buildah")

    ended = containers.run(tag("second"), "python", "-c", "import wsgi; print(wsgi.__file__)")
    assert "/app/wsgi.py\n" == ended.stdout


@pytest.mark.parametrize("megabytes", [256, 512, 1024, 2048])
def test_workers_fit_the_container(megabytes: int, flask: Path) -> None:  # noqa: ARG001 - its image
    ended = containers.run(
        tag("flask"),
        *("sh", "-c", 'echo "$WEB_CONCURRENCY"'),
        options=(*containers.locked_down(), f"--memory={megabytes}m"),
    )

    assert f"{min(megabytes // 256, 2 * CPUS + 1)}\n" == ended.stdout, ended.stderr


def test_an_example_answers_in_a_pod(flask: Path, laptop: Laptop) -> None:
    port = free_port()
    with laptop.pod(flask, tag("flask"), "flask", port) as pod:
        pod.until_ready()
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/hello/pod", timeout=pods.PATIENCE).read()

        assert b"pod" in page
        assert 0 == containers.podman("exec", pod.process, "sh", "-c", NOT_BY_ROOT).returncode
        assert 0 == pod.end()


def test_a_new_version_takes_over_and_nobody_notices(echo: Path, laptop: Laptop) -> None:
    """Ours in a rolling update are the probes, the wait before the end, and the end. The rest stands for a cluster.

    The balancer is a Service: a pod is in it once its readiness probe is content. The new pod is started beside the
    old one, as `maxUnavailable: 0` asks for. Then the old one is told to end, and the balancer hears of it later.
    """
    with (
        laptop.pod(echo, tag("echo"), "old", free_port()) as old,
        laptop.pod(echo, tag("echo"), "new", free_port()) as new,
        balancer() as front,
    ):
        old.until_ready()
        front.ready = (old.address,)
        with under_load(front.port, pause=0.01) as load:
            load.wait_for(ANSWERS)
            new.until_ready()
            front.ready = (old.address, new.address)
            load.wait_for(ANSWERS)
            left = (new.address,)
            news = threading.Timer(NEWS, lambda: setattr(front, "ready", left))
            news.start()
            started = time.monotonic()
            code = old.end()
            took = time.monotonic() - started
            load.wait_for(ANSWERS)

    assert [] == list(map(str, load.losses))
    assert load.told().get("refused", 0) == 0
    assert 0 == code
    assert NEWS < took
