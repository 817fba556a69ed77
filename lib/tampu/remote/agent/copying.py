"""A run's own copy of a tree: what it writes there spoils nothing of others."""

from __future__ import annotations

import fcntl
import os
import shutil

# What has a file share its blocks with another until one of them is written to.
FICLONE = 0x40049409
BYTECODE = "__pycache__"


def copied(tree: str, work: str) -> None:
    os.mkdir(work, 0o700)
    for folder, folders, files in os.walk(tree):
        there = os.path.join(work, os.path.relpath(folder, tree))
        for name in folders:
            if os.path.islink(os.path.join(folder, name)):
                files.append(name)
            else:
                os.mkdir(os.path.join(there, name))
        for name in files:
            try:
                copied_file(os.path.join(folder, name), os.path.join(there, name))
            except FileNotFoundError:
                # While it is compiled, files come and go.
                if os.path.basename(folder) != BYTECODE:
                    raise


def copied_file(path: str, place: str) -> None:
    if os.path.islink(path):
        os.symlink(os.readlink(path), place)
        return
    with open(path, "rb") as source, open(place, "xb") as target:
        os.fchmod(target.fileno(), os.fstat(source.fileno()).st_mode & 0o777)
        try:
            fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
        except OSError:
            shutil.copyfileobj(source, target, 1 << 20)
