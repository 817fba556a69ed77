"""`tampu deploy kubernetes`, called inside this process; tests/system has podman play what it writes."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
import yaml

from tampu.platforms import people
from tampu.platforms.image_names import BadName
from tampu.platforms.image_processes import NothingToStart
from tampu.platforms.kubernetes import as_yaml
from tampu.platforms.kubernetes_objects import objects
from tampu.platforms.kubernetes_wish import BadOption, Wish
from tampu.world.console import PlainConsole
from tests.kit.builds import names, write_app
from tests.platforms.cluster import complaints

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform
    from tests.kit.golden import Golden

PLAIN = Wish(name="shop", image="registry.example.org/shop:1.0")
FULL = Wish(
    name="shop",
    image="registry.example.org/shop:1.0",
    host="shop.example.org",
    replicas=3,
    most=9,
    memory="1Gi",
    cpu="1",
    drain=30,
    config="settings",
    secret="logins",  # noqa: S106 - the name of one
)
LONGEST = Wish(name="a" * 40, image="shop:1")
WEB = {"web": "gunicorn shop"}
ALL = {"release": "python migrate.py", "web": "gunicorn shop", "worker": "python w.py", "e_mail": "python m.py"}
ALIKE = {"my_worker": "a", "my-worker": "b", "Web": "c", "x" * 90: "d", "web": "e"}
SETTINGS = {"plain": (PLAIN, WEB), "full": (FULL, ALL), "worker": (PLAIN, {"worker": "python w.py"})}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_written(name: str, golden: Golden) -> None:
    wish, processes = SETTINGS[name]

    golden.check(f"platforms/clusters/{name}.yaml", as_yaml(objects(wish, processes)))


@pytest.mark.parametrize(("wish", "processes"), [*SETTINGS.values(), (LONGEST, ALIKE), (LONGEST, ALL)])
def test_a_cluster_takes_all_of_it(wish: Wish, processes: dict[str, str]) -> None:
    found = list(yaml.safe_load_all(as_yaml(objects(wish, processes))))

    assert [] == list(complaints(found))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: Service\nmetadata:\n  name: shop\n", "kind: Service\nmetadata:\n  name: Shop\n"),
        ("matchLabels:\n      app.kubernetes.io/name: shop", "matchLabels:\n      app.kubernetes.io/name: store"),
        ("  ports:\n  - name: http\n    port: 80", "  clusterIp: None\n  ports:\n  - name: http\n    port: 80"),
        ("terminationGracePeriodSeconds: 69", "terminationGracePeriodSeconds: 60"),
        ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        ("port: http\n          periodSeconds: 2", "port: web\n          periodSeconds: 2"),
        ("minReplicas: 3", "minReplicas: 30"),
        ("port:\n              name: http", "port:\n              name: https"),
        ("name: shop-worker", "name: shop-e-mail"),
    ],
)
def test_what_a_cluster_would_refuse_is_noticed(old: str, new: str) -> None:
    text = as_yaml(objects(FULL, ALL))
    assert old in text

    assert [] != list(complaints(list(yaml.safe_load_all(text.replace(old, new)))))


def test_each_process_has_its_own() -> None:
    kinds = [(made["kind"], made["metadata"]["name"]) for made in objects(PLAIN, ALL)]

    assert [("Deployment", "shop-e-mail"), ("Deployment", "shop-worker")] == kinds[-2:]
    assert "Job" == kinds[0][0]
    assert len(kinds) == len(set(kinds))


def test_another_image_has_another_release() -> None:
    first, second = (next(iter(objects(Wish(name="shop", image=f"shop:{tag}"), ALL))) for tag in (1, 2))

    assert first["metadata"]["name"] != second["metadata"]["name"]


class Author:
    """Somebody who deploys an app."""

    def __init__(self, platform: Platform, app: Path) -> None:
        self.app = app
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(app.parent),
            "XDG_CACHE_HOME": str(platform.cache),
            **platform.environ,
        }
        self.out, self.err = io.StringIO(), io.StringIO()

    def types(self, *words: object) -> int:
        say = PlainConsole(self.out, self.err)
        words = ("deploy", "kubernetes", self.app, "--image", "shop:1", *words)
        return people.main([str(word) for word in words], self.environ, say)


@pytest.fixture
def author(platform: Platform, tmp_path: Path) -> Author:
    files = {"runtime.txt": "python-3.13\n", "Procfile": "web: python app.py\n", "app.py": ""}
    return Author(platform, write_app(tmp_path / "My Shop", files))


def test_stdout_has_the_objects_and_nothing_else(author: Author) -> None:
    assert 0 == author.types()

    found = list(yaml.safe_load_all(author.out.getvalue()))
    assert {"my-shop"} == {made["metadata"]["name"] for made in found}
    assert ["Service", "Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"] == [
        made["kind"] for made in found
    ]
    assert ".tampu" not in names(author.app)


def test_a_file_has_them(author: Author, tmp_path: Path) -> None:
    options = ("--replicas", 4, "--most", 6, "--host", "a.example.org", "--name", "store", "--config", "x")

    assert 0 == author.types("--out", tmp_path / "new" / "shop.yaml", *options)

    found = {made["kind"]: made for made in yaml.safe_load_all((tmp_path / "new" / "shop.yaml").read_text())}
    assert {"store"} == {made["metadata"]["name"] for made in found.values()}
    assert (4, 6) == tuple(found["HorizontalPodAutoscaler"]["spec"][each] for each in ("minReplicas", "maxReplicas"))
    assert "a.example.org" == found["Ingress"]["spec"]["rules"][0]["host"]
    assert "kubectl apply" in author.out.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        ("--replicas", "0"),
        ("--replicas", "many"),
        ("--replicas", "20000"),
        ("--replicas", "1000000000000"),
        ("--replicas", "3", "--most", "2"),
        ("--drain", "0"),
        ("--memory", "512M"),
        ("--memory", "0Mi"),
        ("--cpu", "half"),
        ("--host", "Shop.example.org"),
        ("--host", "shop..org"),
        ("--name", "My-Shop"),
        ("--name", "2nd"),
        ("--config", "My Config"),
        ("--secret", "x-"),
    ],
    ids=" ".join,
)
def test_what_a_cluster_does_not_take(words: tuple[str, ...], author: Author) -> None:
    with pytest.raises(BadOption, match=words[-2]):
        author.types(*words)


def test_what_is_no_image(author: Author) -> None:
    with pytest.raises(BadName):
        author.types("--image", "My Shop")


def test_an_app_that_nothing_can_be_started_of(author: Author) -> None:
    (author.app / "Procfile").unlink()

    with pytest.raises(NothingToStart):
        author.types()
