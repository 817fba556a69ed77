from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.documents import BadYaml
from tampu.facts.dotcloud import Config, Service, service
from tampu.facts.dotcloud_file import NotPython, SeveralServices, UnknownService
from tampu.facts.dotcloud_values import BadValue
from tampu.facts.excerpt import excerpt
from tampu.facts.tree import OutsideTheApp, Tree
from tampu.values import replace

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = """
www:
  type: python
  approot: src/
  prebuild: ./before.sh
  postbuild: ./after.sh
  postinstall: ./migrate.sh
  systempackages: [libxml2-dev, g++]
  environment:
    DEBUG: on
    RELEASE: 3.10
    EMPTY:
  processes:
    beat: celery beat
    mail-queue: ~/bin/mail
  ports:
    www: http
    control: tcp
  requirements:
    - flask==3.0
  config:
    python_version: v3.10
    uwsgi_processes: 8
    uwsgi_memory_report: yes
    uwsgi_buffer_size: 32768
    uwsgi_harakiri: 30
    uwsgi_enable_threads: True
    uwsgi_single_interpreter: off
    enable_newrelic: false
"""


def read(folder: Path, text: str, wanted: str = "") -> Service | None:
    (folder / "dotcloud.yml").write_text(text, encoding="utf-8")
    (folder / "src").mkdir(exist_ok=True)
    return service(Tree(folder), wanted)


def test_an_app_without_dotcloud_yml(tmp_path: Path) -> None:
    assert service(Tree(tmp_path)) is None


def test_the_smallest_service_gets_the_defaults_of_dotcloud(tmp_path: Path) -> None:
    assert read(tmp_path, "www:\n  type: python\n") == Service(name="www", type="python")


def test_every_key_as_it_was_written(tmp_path: Path) -> None:
    expected = Service(
        name="www",
        type="python",
        approot="src",
        prebuild="./before.sh",
        postbuild="./after.sh",
        postinstall="./migrate.sh",
        systempackages=("libxml2-dev", "g++"),
        environment={"DEBUG": "on", "RELEASE": "3.10", "EMPTY": ""},
        processes={"beat": "celery beat", "mail-queue": "~/bin/mail"},
        ports={"www": "http", "control": "tcp"},
        requirements=("flask==3.0",),
        config=Config(
            python_version="3.10",
            uwsgi_processes=8,
            uwsgi_memory_report=True,
            uwsgi_buffer_size=32768,
            uwsgi_harakiri=30,
            uwsgi_enable_threads=True,
        ),
    )

    assert expected == read(tmp_path, EVERYTHING)


def test_empty_keys_are_as_good_as_none(tmp_path: Path) -> None:
    text = "www:\n  type: python\n  prebuild:\n  systempackages:\n  environment:\n  config:\n    uwsgi_processes:\n"

    assert read(tmp_path, text) == Service(name="www", type="python")


def test_a_single_process_has_the_name_of_its_service(tmp_path: Path) -> None:
    found = read(tmp_path, "jobs:\n  type: python-worker\n  process: python jobs.py\n")

    assert found == Service(name="jobs", type="python-worker", processes={"jobs": "python jobs.py"})
    assert found.worker


def test_services_may_share_keys_by_the_means_of_yaml(tmp_path: Path) -> None:
    text = "db: &shared\n  type: mysql\n  prebuild: ./before.sh\nwww:\n  <<: *shared\n  type: python\n"

    assert read(tmp_path, text) == Service(name="www", type="python", prebuild="./before.sh")


@pytest.mark.parametrize(("wanted", "expected"), [("", "www"), ("www", "www")])
def test_the_one_python_service_is_taken(tmp_path: Path, wanted: str, expected: str) -> None:
    found = read(tmp_path, "db:\n  type: mysql\nwww:\n  type: python\n", wanted)

    assert found == Service(name=expected, type="python")
    assert not found.worker


def test_two_python_services_need_a_name(tmp_path: Path) -> None:
    text = "www:\n  type: python\njobs:\n  type: python-worker\n"

    with pytest.raises(SeveralServices, match="several Python services") as caught:
        read(tmp_path, text)

    assert "www (python), jobs (python-worker)" in caught.value.advice
    assert read(tmp_path, text, "jobs") == Service(name="jobs", type="python-worker")


def test_a_name_that_is_not_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(UnknownService, match="no service named web"):
        read(tmp_path, "www:\n  type: python\n", "web")


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("www:\n  type: nodejs\ndb:\n  type: redis\n", "", "www (nodejs), db (redis)"),
        ("www:\n  approot: .\n", "", "www (no type)"),
        ("www:\n  type: python\ndb:\n  type: redis\n", "db", "db (redis)"),
    ],
)
def test_services_of_others_are_named(tmp_path: Path, text: str, wanted: str, found: str) -> None:
    with pytest.raises(NotPython) as caught:
        read(tmp_path, text, wanted)

    assert f"Found:    {found}\n" in caught.value.advice


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no services"),
        ("# nothing\n", "no services"),
        ("www\n", "line 1: www"),
        ("- www\n", "line 1: a list"),
        ("www: !!int x\n", "invalid literal for int() with base 10"),
        ("www: python\n", "the service www without keys such as type"),
        ("www:\n  type: python\n prebuild: x\n", "line 3: expected <block end>, but found '<block mapping start>'"),
        ("www:\n\ttype: python\n", "line 2: found character '\\t' that cannot start any token"),
        ("www: &a\n  type: *b\n", "line 2: found undefined alias 'b'"),
        ("www: !!python/object/apply:os.system [ls]\n", "line 1: could not determine a constructor for the tag"),
        ("www: \x07\n", "unacceptable character #x0007: special characters are not allowed"),
        ("[" * 5000, "line 1: more than 100 brackets within one another"),
        ("- " * 1000, "maximum recursion depth exceeded"),
    ],
)
def test_yaml_that_cannot_be_read(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(BadYaml) as caught:
        read(tmp_path, text)

    assert f"Found:    {found}" in caught.value.advice


@pytest.mark.parametrize(
    ("keys", "key", "found", "expected"),
    [
        ("prebuild: [a, b]", "prebuild", "a list", "text"),
        ("prebuild: ' '", "prebuild", "''", "text"),
        ("prebuild: !!int 3", "prebuild", "3, not plain text", "text"),
        ("approot: nowhere", "approot", "'nowhere'", "a folder that is in the app"),
        ("systempackages: gcc", "systempackages", "'gcc'", "a list, each item the name of an apt package"),
        ("systempackages: [gcc, -oX=y]", "systempackages[1]", "'-oX=y'", "the name of an apt package"),
        ("environment: [A]", "environment", "a list", "keys with values"),
        ("environment: {A-B: c}", "environment.A-B", "'A-B'", "a name of letters, digits and _"),
        ("environment: {A: {b: c}}", "environment.A", "keys with values", "text"),
        ("processes: {'a b': c}", "processes.a b", "'a b'", "a name of letters, digits, _, . and -"),
        (
            "processes: {nginx: a}",
            "processes.nginx",
            "nginx",
            "another name, as nginx is a part of what serves the app",
        ),
        ("process: a\n  processes: {b: c}", "process", "process and processes", "only one of the two"),
        (
            "requirements: [six, --pre]",
            "requirements[1]",
            "'--pre'",
            "a package such as flask==3.1.0 (neither options nor other files can be named here)",
        ),
        (
            "requirements: ['six=1']",
            "requirements[0]",
            "'six=1'",
            "a package such as flask==3.1.0 (a version comes after ==, with two signs)",
        ),
        ("ports: {www: https}", "ports.www", "'https'", "http, tcp or udp"),
        ("requirements: {a: b}", "requirements", "keys with values", "a list, each item text"),
        ("config: {python_version: python3}", "config.python_version", "'python3'", "a version such as v3.12"),
        ("config: {uwsgi_processes: four}", "config.uwsgi_processes", "'four'", "a whole number from 1 to 1000"),
        ("config: {uwsgi_processes: 0}", "config.uwsgi_processes", "'0'", "a whole number from 1 to 1000"),
        ("config: {uwsgi_buffer_size: 65536}", "config.uwsgi_buffer_size", "'65536'", "a whole number from 1 to 65535"),
        ("config: {enable_newrelic: maybe}", "config.enable_newrelic", "'maybe'", "true or false"),
        ("prebuild: {" + "a: b, " * 20 + "c: d}", "prebuild", "keys with values", "text"),
        ("ports: {www: " + "x" * 80 + "}", "ports.www", f"'{excerpt('x' * 80)}'", "http, tcp or udp"),
    ],
)
def test_a_value_of_the_wrong_kind(tmp_path: Path, keys: str, key: str, found: str, expected: str) -> None:
    with pytest.raises(BadValue) as caught:
        read(tmp_path, f"www:\n  type: python\n  {keys}\n")

    problem = caught.value.advice.removesuffix("\n\nEdit dotcloud.yml, commit it and build again.")
    assert problem == f"www.{key}\nFound:    {found}\nExpected: {expected}"


def test_all_bad_values_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadValue) as caught:
        read(tmp_path, "www:\n  type: python\n  prebuild: [x]\n  config:\n    uwsgi_harakiri: soon\n")

    assert caught.value.advice == (
        "www.prebuild\n"
        "Found:    a list\n"
        "Expected: text\n\n"
        "www.config.uwsgi_harakiri\n"
        "Found:    'soon'\n"
        "Expected: a whole number from 1 to 86400\n\n"
        "Edit dotcloud.yml, commit it and build again."
    )


@pytest.mark.parametrize("name", ["nginx", "app", "a b", "x]\\nuser=root\\n[program:y", "%(ENV_HOME)s", ""])
def test_a_single_process_has_another_name_where_its_service_can_give_none(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, f'"{name}":\n  type: python-worker\n  process: python jobs.py\n')

    assert found
    assert {"process": "python jobs.py"} == found.processes


@pytest.mark.parametrize("approot", ["..", "/etc", "src/../../x", "link"])
def test_an_approot_that_leaves_the_app(tmp_path: Path, approot: str) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "link").symlink_to(tmp_path)

    with pytest.raises(OutsideTheApp, match=r"dotcloud\.yml names a file outside the app"):
        read(app, f"www:\n  type: python\n  approot: {approot}\n")


def test_an_approot_is_told_in_its_shortest_form(tmp_path: Path) -> None:
    found = read(tmp_path, "www:\n  type: python\n  approot: src/../src//\n")

    assert "src" == (found and found.approot)


def test_an_approot_that_a_user_has_set_counts_whatever_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "dotcloud.yml").write_text("www:\n  type: python\n  approot: nowhere\n")
    (tmp_path / "web").mkdir()

    found = service(Tree(tmp_path), approot="web")

    assert "web" == (found and found.approot)


def test_unknown_keys_are_noticed(tmp_path: Path) -> None:
    found = read(tmp_path, "www:\n  type: python\n  prebuilt: x\n  config: {colour: red}\n")

    assert found is not None
    assert [notice.text for notice in found.notices] == [
        "dotcloud.yml: www.prebuilt means nothing to tampu. Is it prebuild?",
        "dotcloud.yml: www.config.colour means nothing to tampu.",
    ]
    assert replace(found, notices=()) == Service(name="www", type="python")
