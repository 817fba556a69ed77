from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tampu.remote.found.imports import Import, imports_of


def of(text: str) -> list[Import]:
    return list(imports_of(ast.parse(dedent(text))))


def modules(text: str) -> list[str]:
    return [name for each in of(text) for name in each.candidates]


def test_imports_are_found_wherever_they_stand() -> None:
    text = """
        import a, b.c as d
        from e import f as g, h
        def late():
            import i
            class Inner:
                def method(self):
                    from j.k import l
        async def later():
            with open("x"):
                for _ in ():
                    import m
        match a:
            case 1:
                import n
        x = lambda: __import__("o")
        """

    assert ["a", "b.c", "e.f", "e.h", "i", "j.k.l", "m", "n", "o"] == modules(text)


def test_what_is_imported_by_name_is_found_if_the_name_is_written_there() -> None:
    text = """
        import importlib
        importlib.import_module("p.q")
        import_module(".r", package=__package__)
        __import__(name)
        runpy.run_module("s")
        __import__("not a name")
        """

    assert [("importlib", 0), ("p.q", 0), ("r", 1), ("s", 0)] == [(each.module, each.level) for each in of(text)]


def test_of_a_name_that_is_made_up_the_package_counts() -> None:
    found = of(
        "importlib.import_module(f'plugins.{name}')\nimportlib.import_module('more.' + name)\n__import__(f'{x}.y')"
    )

    assert [("plugins", True), ("more", True)] == [(each.module, each.begins) for each in found]


def test_relative_imports_keep_their_dots() -> None:
    found = of("from . import a\nfrom ..b import c\nfrom .d import *")

    assert [(1, ("a",)), (2, ("b.c",)), (1, ("d",))] == [(each.level, each.candidates) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import a\nexcept ImportError:\n    a = None",
        "try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    pass",
        "try:\n    import a\nexcept:\n    pass",
        "with contextlib.suppress(ImportError):\n    import a",
        "importlib.util.find_spec('a')",
        "a = pytest.importorskip('a')",
    ],
)
def test_an_import_that_may_fail_is_optional(text: str) -> None:
    assert [True] == [each.optional for each in of(text) if each.module == "a"]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import a\nexcept ImportError:\n    raise SystemExit('install a')",
        "try:\n    import a\nexcept ImportError:\n    print('no a')\n    sys.exit(1)",
        "try:\n    import a\nexcept ValueError:\n    pass",
        "try:\n    import a\nfinally:\n    pass",
        "with lock:\n    import a",
    ],
)
def test_an_import_that_ends_the_script_is_none_that_may_fail(text: str) -> None:
    assert [False] == [each.optional for each in of(text) if each.module == "a"]


def test_a_second_choice_says_what_it_is_instead_of() -> None:
    found = of("try:\n    import ujson as json\nexcept ImportError:\n    import simplejson as json")

    assert [("ujson", True, ()), ("simplejson", False, ("ujson",))] == [
        (each.module, each.optional, each.instead_of) for each in found
    ]


def test_a_third_choice_is_instead_of_both() -> None:
    found = of(
        """
        try:
            import a
        except ImportError:
            try:
                import b
            except ImportError:
                import c
        """
    )

    assert [("a", ()), ("b", ("a",)), ("c", ("a", "b"))] == [(each.module, each.instead_of) for each in found]


def test_what_only_type_checkers_see_is_skipped() -> None:
    text = """
        if TYPE_CHECKING:
            import a
        else:
            import b
        if typing.TYPE_CHECKING or False:
            import c
        if not TYPE_CHECKING:
            import d
        if 0:
            import e
        """

    assert ["b", "d"] == modules(text)
    assert {""} == {each.marker for each in of(text)}


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        ('sys.platform == "win32"', 'sys_platform == "win32"', 'sys_platform != "win32"'),
        ('os.name != "nt"', 'os_name != "nt"', 'os_name == "nt"'),
        ('platform.system() == "Windows"', 'platform_system == "Windows"', 'platform_system != "Windows"'),
        ('sys.platform.startswith("win")', 'sys_platform == "win32"', 'sys_platform != "win32"'),
        ('sys.platform.startswith("beos")', "", ""),
        (
            'sys.platform in ("win32", "cygwin")',
            'sys_platform == "win32" or sys_platform == "cygwin"',
            'sys_platform != "win32" and sys_platform != "cygwin"',
        ),
        (
            'sys.platform not in ["darwin"]',
            'sys_platform != "darwin"',
            'sys_platform == "darwin"',
        ),
        ("sys.version_info >= (3, 8)", 'python_version >= "3.8"', 'python_version < "3.8"'),
        ("sys.version_info > (3, 8)", 'python_version >= "3.8"', 'python_version < "3.8"'),
        ("sys.version_info[:2] > (3, 8)", 'python_version > "3.8"', 'python_version <= "3.8"'),
        ("sys.version_info < (3, 8, 2)", 'python_full_version < "3.8.2"', 'python_full_version >= "3.8.2"'),
        ("sys.version_info[0] >= 3", 'python_version >= "3"', 'python_version < "3"'),
        ("sys.version_info.major < 3", 'python_version < "3"', 'python_version >= "3"'),
        ("sys.version_info >= (3,)", 'python_version >= "3"', 'python_version < "3"'),
        ("sys.version_info > (3, x)", "", ""),
        ('sys.version_info > "3"', "", ""),
        ("six.PY2", 'python_version < "3"', 'python_version >= "3"'),
        ("debug", "", ""),
        ("a < b < c", "", ""),
        ("a is b", "", ""),
        (
            'sys.platform == "linux" and debug',
            'sys_platform == "linux"',
            "",
        ),
        (
            'sys.platform == "linux" or debug',
            "",
            'sys_platform != "linux"',
        ),
    ],
)
def test_a_condition_becomes_a_marker(test: str, yes: str, no: str) -> None:
    found = of(f"if {test}:\n    import a\nelse:\n    import b")

    assert {"a": yes, "b": no} == {each.module: each.marker for each in found}


def test_a_whole_number_of_python_is_a_range() -> None:
    found = of("if sys.version_info[0] == 2:\n    import a\nelse:\n    import b")

    assert 'python_version >= "2" and python_version < "3"' == found[0].marker
    assert 'python_version < "2" or python_version >= "3"' == found[1].marker


def test_conditions_within_conditions_hold_together() -> None:
    found = of('if os.name == "posix":\n    if sys.version_info < (3, 11):\n        import tomli')

    assert ['os_name == "posix" and python_version < "3.11"'] == [each.marker for each in found]


def test_a_deep_expression_is_no_problem() -> None:
    assert ["a"] == modules("x = " + "+".join(["1"] * 900) + "\nimport a")
