from __future__ import annotations

import os
import platform

import pytest

from tampu.envs.fitting import Kind

OLD = Kind(python="3.12.1", machine="x86_64", libc=17)


@pytest.mark.parametrize(
    "file",
    [
        "alpha-1.0-py3-none-any.whl",
        "alpha-1.0-cp312-cp312-manylinux2014_x86_64.whl",
        "alpha-1.0-cp312-cp312-manylinux_2_12_x86_64.manylinux2010_x86_64.whl",
        "alpha-1.0-cp38-abi3-manylinux1_x86_64.whl",
        "alpha-1.0-py3-none-linux_x86_64.whl",
        "alpha-1.0.tar.gz",
    ],
)
def test_what_fits(file: str) -> None:
    assert OLD.accepts(file)


@pytest.mark.parametrize(
    "file",
    [
        "alpha-1.0-cp311-cp311-manylinux2014_x86_64.whl",
        "alpha-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
        "alpha-1.0-cp312-cp312-manylinux2014_aarch64.whl",
        "alpha-1.0-cp312-cp312-musllinux_1_1_x86_64.whl",
        "alpha.whl",
    ],
)
def test_what_does_not(file: str) -> None:
    assert not OLD.accepts(file)


def test_this_machine_has_the_libc_that_it_has() -> None:
    here = Kind(python=platform.python_version(), machine=os.uname().machine)

    assert here.accepts(f"alpha-1.0-py3-none-manylinux2014_{here.machine}.whl")
    assert not here.accepts(f"alpha-1.0-py3-none-manylinux_2_999_{here.machine}.whl")
