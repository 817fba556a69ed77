"""Edits and packs FOLDER again and again; says of each memo that held whether it told the truth: ROOT FOLDER CYCLES."""

import sys

sys.path.insert(0, sys.argv[1])
sys.path.insert(0, f"{sys.argv[1]}/lib")

import os
from pathlib import Path

from tampu.remote.environments.target import own_environment
from tampu.remote.packages import package
from tampu.remote.quick import memo
from tampu.remote.quick.looking import Looks
from tampu.remote.quick.remembering import MARGIN, looks_of
from tests.remote.quick.test_cycles import Editor

OLD = MARGIN + 1


def packed(folder: Path) -> str:
    options = package.Options(cwd=folder, home=folder.parent, sites=())
    return package.pack(folder / "main.py", (), own_environment(), options).id


def main() -> int:
    folder, place = Path(sys.argv[2]), f"{sys.argv[2]}.memo"
    editor = Editor(folder, 7)
    held = taken = 0
    looks = Looks()
    for cycle in range(int(sys.argv[3])):
        settled = memo.recalled(place)
        if settled is None:
            looks.forget()
            with looks:
                found = packed(folder)
            # As if all of it had been as it is for a while.
            looks.began += OLD
            told = looks_of(looks, ())
            if told is not None:
                memo.remember(place, told, {"id": found})
                taken += 1
        elif settled["id"] != packed(folder):
            sys.stdout.write(f"{cycle}: the old one, after {editor.done[-3:]}\n")
            return 1
        else:
            held += 1
        if cycle % 3:
            editor.edit()
    sys.stdout.write(f"{held} {taken}\n")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
