from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tampu.envs.explain import Conflict, InstallFailed, NotFound, Unauthorized, Unreachable
from tampu.facts.requirements import LocalProject, Requirement
from tampu.remote.environments.lock import Wanted, locked, with_logins
from tampu.remote.environments.target import UnknownPlatform
from tests.kit import for_hosts, web, wheels
from tests.kit.for_hosts import ARM, target
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tampu.remote.environments.lock import Lock
    from tampu.remote.environments.target import Target
    from tampu.world import World

    Open = Callable[..., World]

ROW = re.compile(r"(?m)^[a-z]+==[0-9.]+ \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+")
LOGIN = "team:a-password"


@pytest.fixture
def opened(index_for_hosts: str, tmp_path: Path) -> Open:
    def make(address: str = index_for_hosts, **settings: str) -> World:
        return for_hosts.open_world(tmp_path / "home", address, **settings)

    return make


def versions(lock: Lock) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([\w-]+)==([^\s;]+)", lock.text))


def wanted(root: Path, *requirements: str, given: tuple[Requirement, ...] = ()) -> Wanted:
    return Wanted(requirements=requirements, root=root, given=given)


def test_exact_versions_and_hashes_of_all_that_is_needed(opened: Open, tmp_path: Path) -> None:
    lock = locked(wanted(tmp_path, "plain"), target(), opened())

    assert {"leaf": "1.0", "plain": "1.0"} == versions(lock)
    assert lock.text == "".join(found[0] for found in ROW.finditer(lock.text))


def test_nothing_to_install_is_nothing_to_make(opened: Open, tmp_path: Path) -> None:
    assert "" == locked(wanted(tmp_path), target(), opened()).id


@pytest.mark.parametrize(
    ("where", "version"),
    [(target(), "2.0"), (target(libc=31), "1.0"), (target(machine=ARM), "2.0"), (target("3.8.1"), "1.0")],
)
def test_what_is_newest_for_that_host(where: Target, version: str, opened: Open, tmp_path: Path) -> None:
    lock = locked(wanted(tmp_path, "native"), where, opened())

    assert {"native": version} == versions(lock)


def test_each_python_of_a_host_has_an_environment_of_its_own(opened: Open, tmp_path: Path) -> None:
    world, asked = opened(), wanted(tmp_path, "leaf")
    places = ("/usr/bin/python3", "/opt/bin/python3")

    found = [locked(asked, target(interpreter=place), world) for place in places]

    assert 1 == len({lock.text for lock in found})
    assert 2 == len({lock.id for lock in found})


def test_a_lock_stays_until_somebody_asks_for_what_is_new(opened: Open, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    wheels.wheel(Package(name="leaf", version="1.0"), folder)
    world, asked = opened(wheels.index(folder).as_uri()), wanted(tmp_path, "leaf")
    first = locked(asked, target(), world)
    wheels.wheel(Package(name="leaf", version="2.0"), folder)
    wheels.index(folder)

    again = locked(asked, target(), world)
    newer = locked(asked, target(), world, upgrade=True)

    assert first == again
    assert {"leaf": "2.0"} == versions(newer) == versions(locked(asked, target(), world))


def test_without_a_network_there_is_what_was_fetched(opened: Open, index_folder: Path, tmp_path: Path) -> None:
    with web.serve(index_folder) as site:
        world = opened(f"{site.url}/simple")
        first = locked(wanted(tmp_path, "plain"), target(), world)
        asked = len(site.requests)
        assert first == locked(wanted(tmp_path, "plain"), target(), world)
        assert asked == len(site.requests)

    assert first == locked(wanted(tmp_path, "plain"), target(), world)
    assert versions(first) == versions(locked(wanted(tmp_path, "plain", "leaf"), target(), world))
    with pytest.raises(Unreachable):
        locked(wanted(tmp_path, "native"), target(), world)


def test_logins_are_neither_told_nor_kept(opened: Open, index_folder: Path, tmp_path: Path) -> None:
    with web.serve(index_folder, login=LOGIN) as site:
        world = opened(f"{site.url_with_login}/simple")
        line = f"leaf @ {site.url_with_login}/leaf-1.0-py3-none-any.whl"
        lock = locked(wanted(tmp_path, line, "native"), target(), world)
        with pytest.raises(Unauthorized) as refused:
            locked(wanted(tmp_path, "plain"), target(), opened(f"{site.url.replace('://', '://x:wrong@')}/simple"))

    kept = "".join(path.read_text() for path in world.cache.folder("remote").rglob("*") if path.is_file())
    assert "a-password" not in f"{lock}{kept}{refused.value.as_text()}"
    assert f"leaf @ {site.url}/leaf-1.0-py3-none-any.whl" in lock.text
    assert f"leaf @ {site.url_with_login}/leaf-1.0" in with_logins(lock)
    assert urlsplit(site.url).netloc not in "".join(line for line in lock.text.splitlines() if "native" in line)


def test_the_clients_own_settings_decide_where_packages_come_from(
    opened: Open, index_for_hosts: str, tmp_path: Path
) -> None:
    asked = wanted(tmp_path, "leaf")
    with pytest.raises(InstallFailed):
        locked(asked, target(), opened("file:///nowhere/simple"))

    (tmp_path / "uv.toml").write_text(f'[[index]]\nurl = "{index_for_hosts}"\n')

    assert {"leaf": "1.0"} == versions(locked(asked, target(), opened("")))


def test_a_lock_of_the_project_is_taken_as_it_is(opened: Open, tmp_path: Path) -> None:
    given = tuple(
        Requirement(line=f"{name}==1.0", name=name, origin="uv.lock", hashes=(f"sha256:{'ab' * 32}",))
        for name in ("plain", "leaf")
    )

    lock = locked(wanted(tmp_path, "plain==1.0", "leaf==1.0", given=given), target(), opened("file:///nowhere"))

    row = f" \\\n    --hash=sha256:{'ab' * 32}\n"
    assert f"leaf==1.0{row}plain==1.0{row}" == lock.text


def test_what_is_chosen_beside_the_projects_lock_keeps_to_it(opened: Open, tmp_path: Path) -> None:
    pinned = f"sha256:{'cd' * 32}"
    given = (Requirement(line="native==1.0", name="native", origin="uv.lock", hashes=(pinned,)),)

    lock = locked(wanted(tmp_path, "native==1.0", "leaf", given=given), target(), opened())

    assert {"leaf": "1.0", "native": "1.0"} == versions(lock)
    assert f"native==1.0 \\\n    --hash={pinned}\n" in lock.text


def test_a_folder_of_the_projects_lock_is_left_to_the_client(opened: Open, tmp_path: Path) -> None:
    local = LocalProject(path="lib", editable=False)
    given = (Requirement(line="./lib", name="lib", origin="uv.lock", local=local),)

    with pytest.raises(InstallFailed):
        locked(wanted(tmp_path, "./lib", given=given), target(), opened())


def test_what_can_not_be_had_is_told(opened: Open, tmp_path: Path) -> None:
    world = opened()

    with pytest.raises(NotFound):
        locked(wanted(tmp_path, "unheard-of"), target(), world)
    with pytest.raises(Conflict):
        locked(wanted(tmp_path, "native<2", "native>=2"), target(), world)
    with pytest.raises(UnknownPlatform):
        locked(wanted(tmp_path, "leaf"), target(machine="riscv64"), world)
