from __future__ import annotations

import os
import signal
import subprocess
import tarfile
from pathlib import Path
from urllib.request import url2pathname

import hypothesis
import pytest

from tests.kit import builds, containers, mirrors, olden, require, shelf, store, wheels
from tests.kit.golden import Golden
from tests.kit.wheels import Package

# A shell starts what runs in its background deaf to Ctrl-C and Ctrl-\, and so would be all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# A busy machine is no failure.
EXAMPLES = int(os.environ.get("TAMPU_EXAMPLES", "25"))
hypothesis.settings.register_profile("house", deadline=None, max_examples=EXAMPLES)
hypothesis.settings.load_profile("house")
SERIES = ("3.11", "3.12", "3.13")
# Workers take whole files, in this order: so none is left with a long one at the end.
LONGEST_FIRST = ("system", "contract", "service", "messages", "serve", "platforms", "remote")
# What has to be covered in full is covered by these, and to be watched doubles the time of what runs in our process.
WATCHED = frozenset(("facts", "build", "platforms"))
PACKAGES = (
    Package(name="alpha", version="1.0"),
    Package(name="alpha", version="2.0"),
    Package(name="beta", version="1.0", requires=("alpha>=1.0",), extras={"more": ("gamma",)}),
    Package(name="gamma", version="1.0", requires=("alpha<2",)),
    Package(
        name="Toolbox.Kit",
        version="3.1",
        commands={"toolbox": "toolbox_kit:main"},
        modules={"toolbox_kit/__init__.py": "def main():\n    print('toolbox 3.1')\n"},
        data={"share/toolbox/motd": "hello\n"},
    ),
    Package(name="space.near", modules={"space/near/place.py": "NAME = 'near'\n"}),
    Package(name="space.far", modules={"space/far/place.py": "NAME = 'far'\n"}),
)
SOURCES = (Package(name="delta", version="0.9", requires=("alpha",)),)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="store the texts that golden tests see now")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    for item in items:
        if _folder(item) not in WATCHED:
            item.add_marker(pytest.mark.no_cover)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


def _turn(item: pytest.Item) -> int:
    folder = _folder(item)
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden.check("plans/x.txt", text)` compares with tests/plans/x.txt."""
    return Golden(updating=bool(request.config.getoption("--update-golden")))


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TAMPU_MIRROR with a patch of 3.11, 3.12 and 3.13; read only: tests that spoil a mirror make their own."""
    versions = mirrors.versions_to_be_had(SERIES)
    if len(versions) < len(SERIES):
        require.lack(f"Pythons with a prefix of their own, or pinned ones, of {', '.join(SERIES)}")
    return store.shared(tmp_path_factory, "mirror", lambda place: mirrors.make_mirror(place, versions))


@pytest.fixture(scope="session")
def patches(mirror: Path) -> dict[str, str]:
    """The version that the mirror has of each series, as in {"3.12": "3.12.1"}."""
    return mirrors.patches(mirror)


@pytest.fixture(scope="session")
def nginx_layer(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mirror's nginx with its libraries, as a layer has it; read only."""

    def unpack(layer: Path) -> None:
        with tarfile.open(next(mirror.glob("nginx-*.tar.gz"))) as archive:
            archive.extractall(layer)  # noqa: S202 - we made it

    return store.shared(tmp_path_factory, "nginx", unpack)


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels of `PACKAGES` and the source archive of `SOURCES`; `simple/` in it is an index of them."""

    def fill(folder: Path) -> None:
        folder.mkdir()
        for package in PACKAGES:
            wheels.wheel(package, folder)
        for package in SOURCES:
            wheels.sdist(package, folder)
        wheels.index(folder)

    return store.shared(tmp_path_factory, "wheelhouse", fill)


@pytest.fixture(scope="session")
def index(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an index that has the wheelhouse's packages and all that the apps in tests/apps ask for."""

    def fill(place: Path) -> None:
        shelf.make_index(wheelhouse, place / "files")

    return (store.shared(tmp_path_factory, "index", fill) / "files" / "simple").as_uri()


@pytest.fixture(scope="session")
def old_mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TAMPU_MIRROR with a patch of 2.7, 3.6, 3.7 and 3.8, and one of the default series."""
    return store.shared(tmp_path_factory, "old mirror", olden.make_mirror)


@pytest.fixture(scope="session")
def old_index(index: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an index that also has what old apps ask for: Flask of its time, and a source."""

    def fill(place: Path) -> None:
        olden.make_index(place / "files", Path(url2pathname(index.removeprefix("file://"))).parent)

    return (store.shared(tmp_path_factory, "old index", fill) / "files" / "simple").as_uri()


@pytest.fixture(scope="session")
def seed(mirror: Path, index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of a build, with tampu's tools and a Python in it; read only: tests take copies."""
    made = store.shared(tmp_path_factory, "seed", lambda place: builds.make_seed(mirror, index, place))
    # Builds link to what is in it, and tests change the modes of what they built.
    own = tmp_path_factory.mktemp("seed") / "cache"
    subprocess.run(("cp", "-a", made / "cache", own), check=True)
    return own


@pytest.fixture
def platform(mirror: Path, index: str, seed: Path, tmp_path: Path) -> builds.Platform:
    """A platform with a cache that knows tools and Python, and a user who has set where packages come from."""
    return builds.Platform.make(tmp_path / "a platform", mirror, index, seed)


@pytest.fixture(scope="session")
def base_image() -> str:
    """An image of the machine's own release, without any Python."""
    return containers.base_image()
