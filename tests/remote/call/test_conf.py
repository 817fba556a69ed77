from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.errors import TampuError
from tampu.remote.call import conf
from tampu.remote.call.conf import Conf
from tampu.remote.call.conf_errors import BadConf, BadValue, RemoteWindows, UnknownKey
from tampu.remote.call.conf_values import KINDS, Place
from tests.kit.builds import write_app

HOME, ETC, CWD = "home", "etc", "project/inner"


def read(place: Path, files: dict[str, str], **environ: str) -> Conf:
    for folder in (HOME, ETC, CWD):
        (place / folder).mkdir(parents=True, exist_ok=True)
    write_app(place, files)
    return conf.read(place / HOME, place / CWD, place / "project", environ, place / ETC)


def test_without_any_file(tmp_path: Path) -> None:
    assert Conf() == read(tmp_path, {})


def test_what_comes_later_wins_key_by_key(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "etc/cloudpy.conf": '{"host": "etc", "depository": "etc", "python": "3.9", "jobs": 1, "retries": 1}',
            "home/.cloudpy.conf": '{"host": "home", "depository": "home", "python": "3.10", "jobs": 2}',
            f"{CWD}/cloudpy.conf": '{"host": "here", "depository": "here", "python": "3.11"}',
            "project/tampu.toml": '[remote]\nhost = "toml"\ndepository = "toml"\n',
        },
    )

    assert ("toml", "toml", "3.11", 2, 1) == (found.host, found.depository, found.python, found.jobs, found.retries)


@pytest.mark.parametrize(
    "text",
    [
        '{\n    "host":"ubuntu@192.168.70.145",\n    "depository":"cloudpy_depo",\n    "host_sep":"/"\n}\n',
        '\ufeff# mine\n\n  {"host": "ubuntu@192.168.70.145", # there\n"depository": \'cloudpy_depo/\',}\r\n# end',
        "{'host': ('ubuntu@' '192.168.70.145'), 'depository': '~/cloudpy_depo'}",
    ],
)
def test_a_file_is_a_dict_with_remarks(text: str, tmp_path: Path) -> None:
    assert Conf(host="ubuntu@192.168.70.145", depository="cloudpy_depo") == read(
        tmp_path, {f"{CWD}/cloudpy.conf": text}
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\n\n", "{}"])
def test_a_file_may_set_nothing(text: str, tmp_path: Path) -> None:
    assert Conf() == read(tmp_path, {f"{CWD}/cloudpy.conf": text})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"host": open("x").read()}', 1),
        ('{\n"host": "a",\n"depository": "a" + b}', 3),
        ("{\n**x}", 2),
        ('{\n"a": 1,\n3: 4}', 3),
        ('{\n"host": "a"\n"jobs": 1}', 3),
        ("host = 'a'", 1),
        ("['host']", 1),
        ('{"host": "a"}\n{"host": "b"}', 1),
    ],
)
def test_nothing_is_ever_run(text: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(BadConf) as told:
        read(tmp_path, {f"{CWD}/cloudpy.conf": text})

    assert f"Found:    line {line}: {text.splitlines()[line - 1]}\n" in told.value.advice


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "cloudpy.conf").write_bytes(b"\xff\xfe\xfa\x00\xd8")

    with pytest.raises(BadConf, match=r"cloudpy\.conf is no configuration"):
        read(tmp_path, {})


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / CWD / "cloudpy.conf").mkdir(parents=True)

    assert Conf() == read(tmp_path, {})


@pytest.mark.parametrize(("key", "near"), [("hsot", "host"), ("depositry", "depository"), ("ssh_conf", "ssh_config")])
def test_an_unknown_name_is_told_with_the_nearest_one(key: str, near: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownKey) as told:
        read(tmp_path, {"project/tampu.toml": f"[remote]\n{key} = 1\n"})

    assert f"Write {near} instead of it in tampu.toml." in told.value.advice


def test_a_name_like_no_other(tmp_path: Path) -> None:
    with pytest.raises(UnknownKey, match="sets something") as told:
        read(tmp_path, {"project/tampu.toml": "[remote]\nzzz = 1\n"})

    assert "Take it out in tampu.toml." in told.value.advice


@pytest.mark.parametrize(
    "line",
    [
        *("host = 3", 'host = ""', 'host = "-oProxyCommand=x"', 'host = "a b"', "hosts = []", "hosts = 'a,,b'"),
        *("depository = ''", "depository = '/'", "depository = '~'", "depository = '../x'", "depository = []"),
        *("host_sep = ':'", "python = 3.12", "python = 'newest'", "secrets = 3", "secrets = ['']", "env = 'A B'"),
        *("budget = 'much'", "budget = true", "budget = -1", "jobs = 0", "jobs = 1.5", "jobs = true", "retries = -1"),
        *("engine = 'ray'", "scheduler = ''", "name = 'a/b'", "name = '.x'", "spare = -1", "ssh_config = 'mine'"),
        *("secrets = '../outside'", "secrets = '~/.aws/credentials'", "secrets = '/etc/shadow'", "env = [3]"),
    ],
)
def test_a_value_of_the_wrong_kind(line: str, tmp_path: Path) -> None:
    with pytest.raises(BadValue) as told:
        read(tmp_path, {"project/tampu.toml": f"[remote]\n{line}\n"})

    assert f"Found:    {line.partition(' ')[0]}: " in told.value.advice


def test_a_number_of_more_digits_than_python_writes(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="jobs"):
        read(tmp_path, {f"{CWD}/cloudpy.conf": f"{{'jobs': 0x{'f' * 5000}}}"})


def test_a_remote_windows(tmp_path: Path) -> None:
    with pytest.raises(RemoteWindows):
        read(tmp_path, {"etc/cloudpy.conf": r"{'host_sep': '\\'}"})


@pytest.mark.parametrize("text", ["[remote\n", "remote = 3\n"])
def test_toml_that_can_not_be_read(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadConf, match=r"tampu\.toml is no configuration"):
        read(tmp_path, {"project/tampu.toml": text})


def test_all_that_can_be_set(tmp_path: Path) -> None:
    text = (
        '[other]\nx = 1\n[remote]\nhosts = "one, user@two,one"\ndepository = "/srv/jobs/"\npython = ">=3.10,<4"\n'
        'env = ["LANG", "MODE=fast"]\nsecrets = "secrets.env"\nbudget = "1.5"\n'
    )
    found = read(
        tmp_path,
        {
            "project/tampu.toml": text.replace('"1.5"', '"500 MB"')
            + 'jobs = 4\nretries = 0\nengine = "dask"\nscheduler = "tcp://a:1"\nname = "nightly"\nspare = 0\n',
            "home/.cloudpy.conf": '{"ssh-config": "~/.ssh/jobs"}',
        },
    )

    assert found == Conf(
        hosts=("one", "user@two"),
        depository="/srv/jobs",
        python=">=3.10,<4",
        env=("LANG", "MODE=fast"),
        secrets=(tmp_path / "project" / "secrets.env",),
        budget=500_000_000,
        jobs=4,
        retries=0,
        engine="dask",
        scheduler="tcp://a:1",
        name="nightly",
        spare=0,
        ssh_config=tmp_path / "home" / ".ssh" / "jobs",
    )


def test_the_environment_says_which_configuration_ssh_takes(tmp_path: Path) -> None:
    files = {"home/.cloudpy.conf": '{"ssh_config": "mine"}'}

    assert tmp_path / "home" / "mine" == read(tmp_path, files).ssh_config
    assert tmp_path / CWD / "other" == read(tmp_path, files, TAMPU_SSH_CONFIG="other").ssh_config


def test_a_home_that_is_the_folder_too(tmp_path: Path) -> None:
    write_app(tmp_path, {".cloudpy.conf": '{"host": "a", "jobs": 3}', "cloudpy.conf": '{"host": "b"}'})

    found = conf.read(tmp_path, tmp_path, tmp_path, {}, tmp_path / "etc")

    assert ("b", 3) == (found.host, found.jobs)


def test_options_of_the_command_win_and_are_checked(tmp_path: Path) -> None:
    place = Place(shown="--host", folder=tmp_path, home=tmp_path)

    assert "b" == conf.over(Conf(host="a"), {"host": "b"}, place).host
    with pytest.raises(BadValue, match="--host"):
        conf.over(Conf(), {"host": "-x"}, place)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=9),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


NOWHERE = Path("/nowhere")
CONF_REASONS = {each.reason for each in (BadConf, BadValue, RemoteWindows, UnknownKey)}


def told(cwd: Path, root: Path) -> str:
    try:
        conf.read(NOWHERE, cwd, root, {}, NOWHERE)
    except TampuError as error:
        return error.reason
    return "fine"


@given(text=st.text() | st.dictionaries(st.sampled_from([*KINDS, "x"]), VALUES).map(repr))
def test_any_text_is_a_configuration_or_an_error_of_ours(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}"
    place.mkdir(exist_ok=True)
    (place / "cloudpy.conf").write_bytes(text.encode("utf-8", "surrogatepass"))
    (place / "tampu.toml").write_bytes(f"[remote]\n{text}".encode("utf-8", "surrogatepass"))

    assert {told(place, NOWHERE), told(NOWHERE, place)} <= {"fine", *CONF_REASONS}
