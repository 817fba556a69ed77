from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.envs.debs import alternatives, tidy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def put(root: Path, path: str, text: str = "") -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def link(root: Path, path: str, target: str) -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    return place


def target(place: Path) -> str:
    return str(place.readlink())


def test_old_places_of_programs_and_libraries_become_one(root: Path) -> None:
    put(root, "lib/x-linux-gnu/libz.so.1.2", "z")
    link(root, "lib/x-linux-gnu/libz.so.1", "libz.so.1.2")
    put(root, "usr/lib/x-linux-gnu/libpcre.so", "pcre")
    put(root, "bin/tool")

    tidy(root)

    assert ["usr"] == [path.name for path in root.iterdir()]
    assert "z" == (root / "usr/lib/x-linux-gnu/libz.so.1").read_text()
    assert {"bin", "lib"} == {path.name for path in (root / "usr").iterdir()}


def test_a_file_in_both_places_is_there_once(root: Path) -> None:
    put(root, "usr/lib/libx.so", "older")
    put(root, "lib/libx.so", "newer")

    tidy(root)

    assert "newer" == (root / "usr/lib/libx.so").read_text()


def test_an_absolute_link_to_what_came_along_moves_with_it(root: Path) -> None:
    put(root, "lib/x/libz.so.1", "z")
    moved = link(root, "usr/lib/x/libz.so", "/lib/x/libz.so.1")
    tidy(root)

    assert "libz.so.1" == target(moved)


def test_a_link_to_what_the_machine_has_leads_there(root: Path) -> None:
    lost = link(root, "usr/lib/libshell.so", "../../bin/sh")
    tidy(root)

    assert "/usr/bin/sh" == target(lost)


def test_a_link_to_what_nobody_has_stays(root: Path) -> None:
    choice = link(root, "usr/bin/editor", "/etc/alternatives/no-such-editor")
    inside = link(root, "usr/bin/other", "nobody")
    tidy(root)

    assert ["/etc/alternatives/no-such-editor", "nobody"] == [target(choice), target(inside)]


def test_a_link_that_is_right_is_left_alone(root: Path) -> None:
    put(root, "usr/lib/libz.so.1")
    right = link(root, "usr/lib/libz.so", "libz.so.1")
    before = right.lstat().st_ino
    tidy(root)

    assert before == right.lstat().st_ino


def test_pkg_config_is_told_where_it_is(root: Path) -> None:
    text = "prefix=/usr\nlibdir=/usr/lib/x\nincludedir=${prefix}/include\nother=/usrlocal\nCflags: -I/usr/include/y\n"
    deep = put(root, "usr/lib/x/pkgconfig/y.pc", text)
    flat = put(root, "usr/share/pkgconfig/z.pc", "prefix=/usr\n")
    link(root, "usr/share/pkgconfig/also.pc", "z.pc")
    tidy(root)

    assert (
        "prefix=${pcfiledir}/../../..\nlibdir=${pcfiledir}/../../../lib/x\nincludedir=${prefix}/include\n"
        "other=/usrlocal\nCflags: -I${pcfiledir}/../../../include/y\n"
    ) == deep.read_text()
    assert "prefix=${pcfiledir}/../..\n" == flat.read_text()


def test_pages_for_people_are_left_out(root: Path) -> None:
    put(root, "usr/share/man/man1/tool.1")
    licence = put(root, "usr/share/doc/tool/copyright")
    tidy(root)

    assert ["doc"] == [path.name for path in (root / "usr/share").iterdir()]
    assert licence.is_file()


MAGICK = """
for prog in compare convert; do
    update-alternatives --install /usr/bin/$prog \\
        $prog /usr/bin/${prog}-im6.q16 10000 \\
        --slave /usr/share/man/man1/$prog.1.gz $prog.1.gz /usr/share/man/man1/$prog-im6.q16.1.gz
done
"""
BLAS = "update-alternatives --install /usr/lib/x/libblas.so.3 libblas.so.3-x /usr/lib/x/blas/libblas.so.3 10\n"


def test_usual_names_of_programs_and_libraries(root: Path) -> None:
    put(root, "usr/bin/convert-im6.q16", "convert")
    put(root, "usr/lib/x/blas/libblas.so.3", "blas")
    tidy(root, (MAGICK, BLAS))

    assert "convert-im6.q16" == target(root / "usr/bin/convert")
    assert "blas/libblas.so.3" == target(root / "usr/lib/x/libblas.so.3")
    assert not (root / "usr/bin/compare").is_symlink()


def test_a_package_that_has_the_usual_name_itself_keeps_it(root: Path) -> None:
    put(root, "usr/bin/convert-im6.q16", "of the one")
    put(root, "usr/bin/convert", "of the other")
    tidy(root, (MAGICK,))

    assert "of the other" == (root / "usr/bin/convert").read_text()


def test_what_a_script_finds_out_itself_is_left_alone() -> None:
    assert [] == list(alternatives("for tool in $tools; do\nupdate-alternatives --install /usr/bin/$tool x /usr/y 1\n"))
    assert [("usr/bin/awk", "usr/bin/gawk")] == list(alternatives("--install /usr/bin/awk awk /usr/bin/gawk 10"))


@pytest.mark.parametrize(
    "names", ["/usr/bin/../../../x x /usr/bin/tool", "/usr/bin/x x /usr/../../tool", f"/usr/{'é' * 9} x /usr/bin/tool"]
)
def test_a_name_that_leads_elsewhere_is_given_to_nobody(names: str) -> None:
    assert [] == [*alternatives(f"update-alternatives --install {names} 10")]


def test_a_name_below_a_file_is_given_to_nobody(root: Path) -> None:
    put(root, "usr/bin/tool")

    tidy(root, ["update-alternatives --install /usr/bin/tool/x x /usr/bin/tool 10"])

    assert ["usr/bin/tool"] == [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("odd", ["//", "é" * 200, "../" * 30 + "/"])
def test_a_link_that_leads_nowhere_stays(root: Path, odd: str) -> None:
    put(root, "usr/bin/tool")
    link(root, "usr/bin/odd", odd)

    tidy(root)

    assert (root / "usr/bin/odd").is_symlink()
