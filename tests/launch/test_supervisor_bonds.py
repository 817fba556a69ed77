from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.supervised import until

if TYPE_CHECKING:
    from tests.kit.supervised import Supervised

SAY_WHEN_TOLD = "trap 'echo told > {file}; exit 0' {signal}; echo $$ > {file}; while :; do sleep 0.02; done\n"


def test_programs_are_told_to_stop_when_supervisord_is_killed(supervised: Supervised) -> None:
    files = {name: supervised.folder / f"{name}.txt" for name in ("TERM", "QUIT")}
    for name, file in files.items():
        supervised.add(name.lower(), SAY_WHEN_TOLD.format(file=file, signal=name), f"stopsignal={name}")
    process = supervised.start()
    until(lambda: all(read(file) for file in files.values()), lambda: str(supervised.said()))

    process.kill()

    until(lambda: {"told"} == {read(file) for file in files.values()}, lambda: str(supervised.said()))


def test_what_nginx_leaves_is_told_to_stop(supervised: Supervised) -> None:
    file = supervised.folder / "worker.txt"
    (supervised.folder / "worker.sh").write_text(SAY_WHEN_TOLD.format(file=file, signal="TERM"))
    start = f"sh {supervised.folder / 'worker.sh'} & sleep 600\n"
    supervised.add("nginx", start, "stopsignal=TERM", "autorestart=false", "startsecs=0")
    supervised.start()
    until(lambda: read(file), lambda: str(supervised.said()))
    master = int((Path("/proc") / read(file) / "stat").read_text().rpartition(")")[2].split()[1])

    os.kill(master, signal.SIGKILL)

    until(lambda: "told" == read(file), lambda: str(supervised.said()))


def read(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""
