"""Configs as Pylons, Pyramid and TurboGears had them in their time: as they are, but for the port that is free."""

from __future__ import annotations

import http.client
import json
import re
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import gateways, pasted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIGS = Path(__file__).parent / "configs"
PORTS = ("5000", "6543", "8009", "8080", "4000")


class Served:
    def __init__(self, port: int, log: Path, ask: Callable[[int, str], gateways.Reply]) -> None:
        self.port, self._log, self._ask = port, log, ask

    def ask(self, path: str) -> gateways.Reply:
        return self._ask(self.port, path)

    def told(self, path: str = "/") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask(path).body)
        return found

    def said(self) -> str:
        return self._log.read_text()


def by_http(port: int, path: str, host: str = "localhost") -> gateways.Reply:
    connection = http.client.HTTPConnection(pasted.HERE, port, timeout=pasted.PATIENCE)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    try:
        return gateways.Reply(status=answer.status, headers=answer.getheaders(), body=answer.read())
    finally:
        connection.close()


PROTOCOLS = {
    "pylons_production": gateways.scgi,
    "turbogears_one": gateways.ajp,
    "deploy_tour": gateways.fcgi,
}


@pytest.fixture
def serve(app_python: Path, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    folder = tmp_path / "a project"
    shutil.copytree(CONFIGS, folder)
    with ExitStack() as stack:

        def begin(name: str, **ask: str) -> Served:
            port, config = pasted.free_port(), folder / f"{name}.ini"
            text = config.read_text()
            for known in PORTS:
                text = text.replace(f"port = {known}", f"port = {port}").replace(
                    f"localhost:{known}", f"localhost:{port}"
                )
            config.write_text(text)
            served = stack.enter_context(pasted.serving(app_python, config, port, **ask))
            return Served(port, served.log, by_http if ask else PROTOCOLS.get(name, by_http))

        yield begin


def test_pylons_in_development(serve: Callable[..., Served]) -> None:
    served = serve("pylons_development")
    home, wiki = served.told("/a"), served.told("/wiki/b")

    assert ("true", "helloworld", "") == (home["global"]["debug"], home["local"]["beaker.session.key"], home["script"])
    assert home["local"]["cache_dir"].endswith("/a project/data")
    assert ("false", "wiki") == (wiki["global"]["debug"], wiki["local"]["beaker.session.key"])
    assert ("/wiki", "/b") == (wiki["script"], wiki["path"])


def test_pylons_in_production(serve: Callable[..., Served]) -> None:
    served = serve("pylons_production")
    told = served.told("/shop/x")

    assert ("/shop", "/x") == (told["script"], told["path"])
    assert "INFO  [guide] asked for /x" in served.said()


def test_pylons_of_its_tests_is_another_config_with_other_values(serve: Callable[..., Served]) -> None:
    told = serve("pylons_test").told("/shop")

    assert told["local"]["cache_dir"].endswith("/test-data")
    assert told["global"]["debug"] == "false"


def test_pyramid_when_paster_served_it(serve: Callable[..., Served]) -> None:
    served = serve("pyramid_first")

    assert served.told()["local"]["default_locale_name"] == "en"
    failed = served.ask("/boom")
    assert failed.status == 500
    assert b"LookupError: boom" in failed.body
    assert re.search(r"INFO  \[guide\]\[waitress-\d\] asked for /", served.said())


def test_pyramid_in_production(serve: Callable[..., Served]) -> None:
    served = serve("pyramid_production")

    assert served.told()["local"]["mailer.sender"] == "nobody@example.com"
    failed = served.ask("/boom")
    assert failed.status == 500
    assert b"LookupError" not in failed.body
    assert "LookupError: boom" in served.said()


def test_pyramid_of_later_years(serve: Callable[..., Served]) -> None:
    served = serve("pyramid_later")

    assert served.told()["local"]["pyramid.includes"].strip() == "pyramid_debugtoolbar"
    assert "[guide:" in served.said()


def test_turbogears_behind_apache(serve: Callable[..., Served]) -> None:
    told = serve("turbogears_one").told("/tg/page")

    assert ("/tg", "/page", "yes") == (told["script"], told["path"], told["local"]["legacy"])


def test_turbogears_of_later_years(serve: Callable[..., Served]) -> None:
    served = serve("turbogears_two")

    assert served.ask("/index.html").body == b"<h1>Home</h1>\n"
    assert served.ask("/").header("Content-Type") == "text/html"
    assert served.told("/page")["local"]["to"] == "you@yourdomain.example"
    assert (302, "/elsewhere") == (served.ask("/raise").status, served.ask("/raise").header("Location"))
    assert served.ask("/missing").status == 404
    assert '"GET /page HTTP/1.1" 200' in served.said()


@pytest.mark.parametrize("section", [None, "http"])
def test_all_kinds_of_sections(section: str | None, serve: Callable[..., Served]) -> None:
    served = serve("deploy_tour", **({"server": section} if section else {}))

    assert served.ask("/").body == b"<h1>Home</h1>\n"
    blog, wiki, cms = served.told("/blog/1"), served.told("/wiki/2"), served.told("/cms/3")
    assert ("ann admin", "/blog", "/1") == (blog["user"], blog["script"], blog["path"])
    assert ("yes", "/wiki") == (wiki["local"]["legacy"], wiki["script"])
    assert ("cms@example.org", "/cms", "/3") == (cms["local"]["title"], cms["script"], cms["path"])
    assert served.ask("/other").status == 404


def test_a_pipeline_by_its_domain(serve: Callable[..., Served]) -> None:
    served = serve("deploy_tour", server="http")
    shop = by_http(served.port, "/x", "shop.example.org")

    assert shop.body.endswith(b"!!")
    assert json.loads(shop.body[:-2])["path"] == "/x"
