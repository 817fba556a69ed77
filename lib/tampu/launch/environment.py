"""Joins this interpreter and the environment beside it, as a venv would, at every start of any Python since 2.7."""

# No pathlib or annotations, for the oldest Pythons and the fastest start.
# ruff: noqa: ANN001, ANN201
import os
import site
import sys


def join(known_paths):
    # type: (set[str] | None) -> None
    """Make `<layers>/site` the prefix; without `known_paths`, sys.path could name it twice."""
    library = os.path.dirname(os.path.abspath(__file__))
    runtime = os.path.dirname(os.path.dirname(os.path.dirname(library)))
    prefix = os.path.join(os.path.dirname(runtime), "site")
    if sys.prefix == prefix or not os.path.isdir(prefix):
        return
    if getattr(sys, "base_prefix", sys.prefix) == sys.prefix:
        sys.base_prefix, sys.base_exec_prefix = sys.prefix, sys.exec_prefix
    sys.prefix = sys.exec_prefix = prefix
    site.PREFIXES.insert(0, prefix)
    site.ENABLE_USER_SITE = False
    if site.USER_SITE in sys.path:
        sys.path.remove(site.USER_SITE)
    site.addsitedir(prefix + library[len(runtime) :], known_paths)
