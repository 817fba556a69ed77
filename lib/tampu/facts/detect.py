"""Whether a folder holds a Python app. Imports nothing: platforms ask this of every app they have."""

from __future__ import annotations

import os

SIGNS = frozenset(
    {
        ".python-version",
        "Pipfile",
        "Pipfile.lock",
        "app.py",
        "dotcloud.yml",
        "environment.yml",
        "main.py",
        "manage.py",
        "pdm.lock",
        "poetry.lock",
        "pylock.toml",
        "pyproject.toml",
        "requirements.txt",
        "runtime.txt",
        "setup.cfg",
        "setup.py",
        "uv.lock",
        "wsgi.py",
    }
)
SHOWN = 20


def is_python(names: list[str]) -> bool:
    """Wide on purpose: a misspelled name is better explained by the build than by a platform's `no match`."""
    return any(name in SIGNS or name.endswith(".py") or name.lower().startswith("requirement") for name in names)


def refusal(folder: str, names: list[str]) -> str:
    """What to tell whoever expected their app to be found."""
    listed = ", ".join(sorted(names)[:SHOWN]) or "nothing"
    return (
        "Error: No Python app here\n\n"
        f"Found:    {listed}\n"
        "Expected: requirements.txt, pyproject.toml, uv.lock, poetry.lock, Pipfile, setup.py,\n"
        f"          dotcloud.yml or a Python file in {os.path.basename(folder) or folder}\n\n"  # noqa: PTH119 - pathlib triples the start-up time
        "Put one of them at the root of the app, commit it (is it in .gitignore?) and push again.\n\n"
        "(detect::no-python)"
    )
