"""Writes a module beside the code, as plugins that know a repository's tags do."""

import pathlib

from setuptools import setup

pathlib.Path("shop/_version.py").write_text('version = "1.2.3"\n')
setup(name="shop-of-ours", version="1.2.3", packages=["shop"])
