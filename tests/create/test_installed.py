"""Templates of installed packages, as these have been written since 2005, where Paste Script is not installed."""

from __future__ import annotations

import subprocess
import venv
from typing import TYPE_CHECKING

import pytest

from tests.kit.builds import write_app
from tests.kit.creating import own

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.creating import Desk

TEMPLATES = """
from paste.script.templates import NoDefault, Template, var
from paste.script.command import BadCommand

class Shop(Template):
    _template_dir = "shop"
    summary = "A shop of old"
    egg_plugins = ["Shop"]
    use_cheetah = False
    vars = [
        var("colour", "Colour of its door", default="red"),
        var("zip_safe", "Whether it is", default=False),
        var("key", "Key", default="none", should_echo=False),
    ]

    def pre(self, command, output_dir, vars):
        assert command.simulate
        vars["random"] = "%.9f" % __import__("random").random()
        vars["place"] = output_dir
        print("pre of", vars["project"])
        if vars["colour"] == "grey":
            raise BadCommand("No shop is grey")

    def post(self, command, output_dir, vars):
        command.ensure_file(output_dir + "/after", vars["random"] + vars["place"])
        command.run_command("sh", "-c", "echo post", cwd=output_dir)
        command.insert_into_file(output_dir + "/setup.py", "More", "one\\ntwo", indent=True)
        if vars["colour"] == "black":
            raise ValueError("no post for the black")

class Tuple(Template):
    _template_dir = ("oldshop", "sign")
    summary = "Another folder"
    required_templates = ["shop"]
    vars = [var("word", "What it says", default=NoDefault)]

class Renderer(Template):
    _template_dir = "sign"
    vars = [var("word", "What it says")]

    @staticmethod
    def template_renderer(content, vars, filename=None):
        return content.replace("$word", filename.rpartition("/")[2])

class Cheetah(Template):
    _template_dir = "sign"
    use_cheetah = True

class AfterBasic(Template):
    _template_dir = "sign"
    required_templates = ["PasteScript#basic_package"]
    vars = [var("word", "What it says")]

class Nowhere(Template):
    _template_dir = "nowhere"
"""
POINTS = """
[paste.paster_create_template]
shop = oldshop.templates:Shop
sign = oldshop.templates:Tuple
renderer = oldshop.templates:Renderer
cheetah = oldshop.templates:Cheetah
nowhere = oldshop.templates:Nowhere
broken = oldshop.nothing:Template
flask = oldshop.templates:Shop
after_basic = oldshop.templates:AfterBasic
"""
BODY = """\
$project ${package.upper()} $$5 ${nobody|colour|'x'}
${test(zip_safe, 'yes', 'no')} ${nothing}${url_quote('a b')}${html_quote('<')}${key}
"""
FILES = {
    "oldshop/__init__.py": "",
    "oldshop/templates.py": TEMPLATES,
    "oldshop/shop/+package+/+dot+conf_tmpl": BODY,
    "oldshop/shop/+package+/plain": "$project\n",
    "oldshop/shop/skipped_tmpl": "${skip_template(colour == 'red')}x",
    "oldshop/shop/setup.py_tmpl": "raise SystemExit('never run')\n  # -*- More: -*-\n",
    **{f"oldshop/shop/{name}": "" for name in (".hidden", "a~", "b.bak", "c.pyc", "CVS/Root")},
    "oldshop/sign/word_tmpl": "$word\n",
    "oldshop-2.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: OldShop\nVersion: 2.0\n",
    "oldshop-2.0.dist-info/entry_points.txt": POINTS,
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("environment") / "env"
    venv.create(place, symlinks=True)
    write_app(next(place.glob("lib/python*/site-packages")), FILES)
    return place


@pytest.fixture
def old(desk: Desk, environment: Path) -> Desk:
    """Somebody who has that environment activated."""
    return type(desk)(folder=desk.folder, env={**desk.env, "VIRTUAL_ENV": str(environment)})


def test_a_template_of_old(old: Desk) -> None:
    out = old.well("My-Shop", "-t", "shop", "key=Sesame-0")

    made = own(old.folder / "My-Shop")
    random = made.pop("after").decode()
    assert made == {
        "myshop/.conf": b"My-Shop MYSHOP $5 red\nno a%20b&lt;Sesame-0\n",
        "myshop/plain": b"$project\n",
        "setup.py": b"raise SystemExit('never run')\n  # -*- More: -*-\n  one\n  two\n",
    }
    assert random.startswith("0.")
    assert random.endswith(f"{old.folder}/My-Shop")
    assert "pre of My-Shop\n" in out
    assert "post\n" in out


def test_it_is_simulated_without_what_comes_after(old: Desk) -> None:
    out = old.well("x", "-t", "shop", "-n", "colour=blue")

    assert [] == list(old.folder.iterdir())
    assert "skipped " in out
    assert "post\n" not in out


def test_a_template_that_requires_another(old: Desk) -> None:
    assert "create::missing-variables" == old.ill("x", "-t", "OldShop#sign")

    old.well("x", "-t", "OldShop#sign", "word=Open", "zip_safe=true")

    made = own(old.folder / "x")
    assert (b"Open\n", True) == (made["word"], b"\nyes " in made["x/.conf"])
    assert 'asked = ["OldShop#sign"]' in (old.folder / "x/.tampu-create/answers.toml").read_text()


def test_what_templates_of_old_stand_upon_is_one_of_ours(old: Desk) -> None:
    old.well("x", "-t", "after_basic")

    assert {"word", "pyproject.toml"} < set(own(old.folder / "x"))


def test_a_way_of_its_own_to_fill_in(old: Desk) -> None:
    old.well("x", "-t", "renderer")

    assert own(old.folder / "x") == {"word": b"word_tmpl\n"}


def test_lists(old: Desk) -> None:
    told = old.well("--list-templates")

    assert "  broken:         can't be used: ModuleNotFoundError: No module named 'oldshop.nothing'\n" in told
    assert "  shop:           A shop of old\n" in told
    assert 1 == told.count("flask:")
    assert "  colour    Colour of its door (else 'red')\n  zip_safe  Whether it is (else 'False')\n" in old.well(
        "--list-variables", "-t", "shop"
    )


def test_ours_counts_more_than_another_of_the_same_name(old: Desk) -> None:
    old.well("x", "-t", "flask")
    old.well("y", "-t", "OldShop#flask")

    assert (old.folder / "x/wsgi.py").is_file()
    assert (old.folder / "y/setup.py").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cheetah",), "Cheetah, which is no more"),
        (("nowhere",), "FileNotFoundError: no folder "),
        (("broken",), "No module named 'oldshop.nothing'"),
        (("shop", "colour=grey"), "BadCommand: No shop is grey"),
        (("OldShop#none",), "There is no template OldShop#none"),
    ],
)
def test_what_can_not_be_used(words: tuple[str, ...], told: str, old: Desk) -> None:
    result = old.create("x", "-t", *words)

    assert result.code
    assert told in result.err
    assert "Traceback" not in result.err
    assert [] == list(old.folder.iterdir())


def test_what_fails_afterwards(old: Desk) -> None:
    result = old.create("x", "-t", "shop", "colour=black")

    assert 1 == result.code
    assert "Found:    ValueError: no post for the black\n" in result.err
    assert f"All files are in {old.folder}/x." in result.err


def test_a_mistake_in_a_body_is_named_with_its_file(old: Desk, environment: Path) -> None:
    file = next(environment.glob("lib/python*/site-packages")) / "oldshop/sign/wrong_tmpl"
    file.write_text("one\ntwo $ three\n")
    try:
        result = old.create("x", "-t", "renderer")
        other = old.create("x", "-t", "sign", "word=1")
    finally:
        file.unlink()

    assert 0 == result.code
    assert f"{file}, line 2: $: SyntaxError" in other.err


def test_what_it_thought_of_itself_stays_in_an_update(old: Desk) -> None:
    old.well("x", "-t", "shop")
    before = own(old.folder / "x")

    out = old.well("--update", "x")

    assert before == own(old.folder / "x")
    assert out.endswith("x is up to date\n")


def test_the_environment_beside_the_project(desk: Desk, environment: Path) -> None:
    (desk.folder / "x").mkdir()
    (desk.folder / "x/.venv").symlink_to(environment)

    desk.well("x", "-t", "shop")

    assert (desk.folder / "x/setup.py").is_file()


def test_an_environment_that_is_broken(desk: Desk) -> None:
    (desk.folder / ".venv/bin").mkdir(parents=True)
    (desk.folder / ".venv/bin/python").symlink_to("/bin/false")

    result = desk.create("x", "-t", "shop")

    assert "(create::unknown-template)" in result.err
    assert "/.venv/bin/python can't say which templates it has: python ended with exit code 1\n" in result.err
    assert "flask:" in desk.well("--list-templates")


def test_where_paste_script_is_and_works_it_is_used(old: Desk, environment: Path) -> None:
    site = next(environment.glob("lib/python*/site-packages"))
    write_app(site, {"paste/script/templates.py": "REAL = True\n", "paste/script/command.py": ""})
    try:
        result = old.create("x", "-t", "shop")
    finally:
        subprocess.run(("rm", "-r", site / "paste"), check=True)

    assert "cannot import name 'NoDefault' from 'paste.script.templates'" in result.err
