from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tampu.remote.found.data_files import data_files, gathered, named
from tampu.remote.found.parse import parsed
from tampu.remote.found.tree import project_of

THERE = ("in.csv", "data/a.csv", "data/b.csv", "data/deep/c.csv", "data/deep/d.txt", "pkg/__init__.py", "pkg/t.txt")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in (*THERE, "pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def used(place: Path, text: str, file: str = "main.py") -> dict[str, str]:
    """What is read (r) and written (w), by its path."""
    script = place / file
    script.write_text(dedent(text), encoding="utf-8")
    project = project_of(place / "main.py", Path("/nowhere"))
    found = gathered(data_files(project, place, parsed(script, file), script))
    return {project.shown(each.path): "r" * each.reads + "w" * each.writes for each in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("open('in.csv')", "r"),
        ("open('in.csv', 'rb')", "r"),
        ("open('in.csv', mode='w')", "w"),
        ("open('in.csv', 'a')", "rw"),
        ("open('in.csv', 'r+')", "rw"),
        ("open('in.csv', mode)", "r"),
        ("open(file='in.csv')", "r"),
        ("io.open('./in.csv')", "r"),
        ("gzip.open('in.csv', 'wt')", "w"),
        ("NAME = 'in.csv'\nopen(NAME)", "r"),
        ("NAME: str = 'in'\nopen(f'{NAME}.csv')", "r"),
        ("NAME = 'in'\nopen(NAME + '.csv')", "r"),
        ("Path('in.csv').read_text()", "r"),
        ("Path('in.csv').write_bytes(b'')", "w"),
        ("Path('in.csv').open('w')", "w"),
        ("with Path('in.csv').open() as f: pass", "r"),
        ("(Path(__file__).parent / 'in.csv').read_bytes()", "r"),
        ("HERE = Path(__file__).resolve().parent\nP = HERE / 'in.csv'\nopen(P)", "r"),
        ("open(Path(__file__).parents[0].joinpath('in.csv'))", "r"),
        ("open(Path(__file__).with_name('in.csv'))", "r"),
        ("open(Path('in.txt').with_suffix('.csv'))", "r"),
        ("open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'in.csv'))", "r"),
        ("open(os.path.join(os.getcwd(), 'in.csv'))", "r"),
        ("open(Path.cwd() / 'in.csv')", "r"),
        ("open(str(Path('in.csv')))", "r"),
        ("open('data/../in.csv')", "r"),
        ("pd.read_csv('in.csv')", "r"),
        ("df.to_csv('in.csv', index=False)", "w"),
        ("np.loadtxt('in.csv')", "r"),
        ("np.save('in.csv', a)", "w"),
        ("joblib.dump(model, 'in.csv')", "w"),
        ("sqlite3.connect('in.csv')", "rw"),
        ("Image.open('in.csv')", "r"),
        ("config.read(['in.csv', 'other.ini'])", "r"),
        ("shutil.copy('in.csv', 'in.csv')", "rw"),
        ("subprocess.run(['cat', 'in.csv'])", "r"),
    ],
)
def test_a_file_is_found_with_what_is_done_to_it(place: Path, text: str, expected: str) -> None:
    assert {"in.csv": expected} == used(place, text)


@pytest.mark.parametrize(
    "text",
    [
        "open('not-there.csv')",
        "open(name)",
        "NAME = 'in.csv'\nNAME = other()\nopen(NAME)",
        "def f(NAME): open(NAME)\nNAME = 'in.csv'",
        "pd.read_csv('https://example.com/in.csv')",
        "f.read(100)",
        "open('\\0')",
        "open('x' * 5000)",
        "open('" + "x" * 5000 + "')",
        "open(3)",
        "open()",
        "print('in.csv')",
        "a = b\nb = a\nopen(a)",
        "open(f'{x}.csv')",
        "open('*')",
    ],
)
def test_what_can_not_be_told_is_left_alone(place: Path, text: str) -> None:
    assert {} == used(place, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("glob.glob('data/*.csv')", ["data/a.csv", "data/b.csv"]),
        ("glob.glob('data/**/*.csv', recursive=True)", ["data/a.csv", "data/b.csv", "data/deep/c.csv"]),
        ("Path('data').glob('*.csv')", ["data/a.csv", "data/b.csv"]),
        ("Path('data').rglob('*.csv')", ["data/a.csv", "data/b.csv", "data/deep/c.csv"]),
        ("open(f'data/{name}.csv')", ["data/a.csv", "data/b.csv"]),
        ("open('data/' + name)", ["data/a.csv", "data/b.csv"]),
        ("open(Path('data') / name)", ["data/a.csv", "data/b.csv"]),
        ("open(os.path.join('data', name))", ["data/a.csv", "data/b.csv"]),
        ("os.listdir('data')", ["data/a.csv", "data/b.csv"]),
        ("for p in Path('data').iterdir(): pass", ["data/a.csv", "data/b.csv"]),
        ("os.walk('data')", ["data/a.csv", "data/b.csv", "data/deep/c.csv", "data/deep/d.txt"]),
        ("shutil.copytree('data/deep', 'out')", ["data/deep/c.csv", "data/deep/d.txt", "out"]),
    ],
)
def test_folders_and_patterns_are_what_is_in_them(place: Path, text: str, expected: list[str]) -> None:
    assert expected == list(used(place, text))


def test_what_is_written_need_not_be_there(place: Path) -> None:
    assert {"new/out.txt": "w"} == used(place, "open('new/out.txt', 'w')")


@pytest.mark.parametrize(
    "text",
    [
        "importlib.resources.files('pkg').joinpath('t.txt').read_text()",
        "(files(__package__) / 't.txt').open()",
        "pkgutil.get_data('pkg', 't.txt')",
        "importlib.resources.read_text(__package__, 't.txt')",
    ],
)
def test_data_of_a_package_lies_beside_its_modules(place: Path, text: str) -> None:
    assert {"pkg/t.txt": "r"} == used(place, text, "pkg/mod.py")


def test_what_lies_outside_is_told_apart_and_the_system_is_no_data(place: Path) -> None:
    script = place / "main.py"
    script.write_text("open('/etc/passwd')\nopen('/home/nobody/x', 'w')\nopen('in.csv')\n", encoding="utf-8")
    project = project_of(script, Path("/nowhere"))

    found = gathered(data_files(project, place, parsed(script, "main.py"), script))

    assert [("/home/nobody/x", False), ("in.csv", True)] == [(project.shown(each.path), each.lies) for each in found]


def test_the_reason_is_the_line(place: Path) -> None:
    script = place / "main.py"
    script.write_text("\n\nopen('in.csv')\n", encoding="utf-8")
    project = project_of(script, Path("/nowhere"))

    assert ["main.py:3"] == [each.why for each in data_files(project, place, parsed(script, "main.py"), script)]


def test_words_that_are_files_travel_too(place: Path) -> None:
    project = project_of(place / "main.py", Path("/nowhere"))

    found = gathered(named(project, place, ("in.csv", "--from=data/deep", "-v", "not-there", "")))

    assert {
        "in.csv": "the argument in.csv",
        "data/deep/c.csv": "the argument --from=data/deep",
        "data/deep/d.txt": "the argument --from=data/deep",
    } == {project.shown(each.path): each.why for each in found}
