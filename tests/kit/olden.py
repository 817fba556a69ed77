"""Pythons that nobody keeps any more, and the packages of their time."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

from tests.kit import mirrors, require, store, wheels
from tests.kit.shelf import HOUSE

if TYPE_CHECKING:
    from pathlib import Path

SERIES = ("2.7", "3.6", "3.7", "3.8")
DEFAULT = "3.13"
FLASK = (
    *("Flask==1.1.4", "Werkzeug==1.0.1", "Jinja2==2.11.3", "MarkupSafe==1.1.1", "click==7.1.2"),
    "itsdangerous==1.1.0",
)
# What their sources are built with, as the index has it for each; and the uWSGI of its time.
BACKENDS = ("setuptools", "wheel")
OURS = ("newrelic==7.16.0.178",)
UWSGI = {"2.7": "2.0.19.1.post0", "3.6": "2.0.20", "3.7": "2.0.30", "3.8": "2.0.30.post1"}
PLATFORMS = ("manylinux1", "manylinux2010", "manylinux2014", "manylinux_2_17", "manylinux_2_28")
SOURCE = {
    "setup.py": """\
from setuptools import Extension, setup

setup(
    name="olddays",
    version="1.0",
    packages=["olddays"],
    ext_modules=[Extension("olddays._sum", ["olddays/_sum.c"])],
    entry_points={"console_scripts": ["olddays = olddays:main"]},
    scripts=["greet"],
)
""",
    "greet": "#!/usr/bin/env python\n# -*- coding: latin-1 -*-\nprint('gr\xfc\xdfe'.__class__.__name__)\n",
    "olddays/__init__.py": """\
from olddays._sum import add
import pkg_resources


def main():
    print(add(1, 2), pkg_resources.get_distribution("olddays").version)
""",
    "olddays/_sum.c": """\
#include <Python.h>

static PyObject *add(PyObject *self, PyObject *args) {
    long one, other;
    if (!PyArg_ParseTuple(args, "ll", &one, &other)) return NULL;
    return Py_BuildValue("l", one + other);
}

static PyMethodDef methods[] = {{"add", add, METH_VARARGS, "Add."}, {NULL, NULL, 0, NULL}};

#if PY_MAJOR_VERSION < 3
PyMODINIT_FUNC init_sum(void) { Py_InitModule("_sum", methods); }
#else
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_sum", NULL, -1, methods};
PyMODINIT_FUNC PyInit__sum(void) { return PyModule_Create(&module); }
#endif
""",
    "PKG-INFO": "Metadata-Version: 1.1\nName: olddays\nVersion: 1.0\n",
}


def make_mirror(folder: Path) -> Path:
    """A mirror with a patch of each old series, and of the default one."""
    series = (*SERIES, DEFAULT)
    versions = mirrors.versions_to_be_had(series)
    if len(versions) < len(series):
        require.lack(f"Pythons with a prefix of their own of {', '.join(series)}")
    return mirrors.make_mirror(folder, versions)


def make_index(folder: Path, tools: Path) -> Path:
    """An index of what old apps ask for, beside all that is in another one."""
    shutil.copytree(tools, folder, ignore=shutil.ignore_patterns("simple"))
    for file in _kept().glob("*.whl"):
        shutil.copyfile(file, folder / file.name)
    make_source(folder)
    return wheels.index(folder)


def make_source(folder: Path) -> Path:
    """A package without wheels, with a compiled module, a command and a script that isn't UTF-8."""
    place = folder / "olddays-1.0.tar.gz"
    with (
        gzip.GzipFile(place, "wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, text in sorted(SOURCE.items()):
            content = text.encode("latin-1")
            member = tarfile.TarInfo(f"olddays-1.0/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return place


def _kept() -> Path:
    pips = sorted((HOUSE / "vendor" / "pips").glob("*.lock"))
    return store.kept(f"shelf-olden-{store.key(sys.modules[__name__], *(pip.read_text() for pip in pips))}", _fetch)


def _fetch(folder: Path) -> None:
    for series in SERIES:
        digits = series.replace(".", "")
        abi = {"2.7": "cp27mu", "3.8": "cp38"}.get(series, f"cp{digits}m")
        tags = ("--implementation", "cp", "--abi", abi, "--abi", "abi3", "--abi", "none")
        where = (f"--platform={platform}_{mirrors.ARCH}" for platform in PLATFORMS)
        _download(
            folder, *tags, *where, f"--python-version={series}", *FLASK, *BACKENDS, *OURS, f"pyuwsgi=={UWSGI[series]}"
        )
        _download(folder, "-r", str(HOUSE / "vendor" / "pips" / f"{series}.lock"))


def _download(folder: Path, *words: str) -> None:
    download = (sys.executable, "-m", "pip", "download", "--isolated", "--quiet", "--disable-pip-version-check")
    where = ("--no-deps", "--only-binary", ":all:", "--dest", str(folder))
    ended = subprocess.run((*download, *where, *words), check=False, capture_output=True, text=True)
    if ended.returncode:
        require.lack(f"an index of packages, or pip: {ended.stderr.strip().splitlines()[-1:]}")
