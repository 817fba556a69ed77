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
    if sys.version_info < (3, 7) and "sysconfig" in sys.modules:
        # There `site` itself has loaded it, and it goes by the prefix of before.
        for name, value in (("_PREFIX", prefix), ("_EXEC_PREFIX", prefix), ("_CONFIG_VARS", None)):
            setattr(sys.modules["sysconfig"], name, value)
    site.addsitedir(prefix + library[len(runtime) :], known_paths)
    # By this link the environment finds the editable projects of the app.
    link = os.path.join(prefix, ".app")
    if os.path.islink(link):
        sys.path[:] = [os.path.realpath(path) if path.startswith(link) else path for path in sys.path]
