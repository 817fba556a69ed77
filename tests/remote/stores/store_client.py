"""A client of its own, to be killed: store_client.py LIB ROOT NAME CONFIG SOCKETS HOME FOLDER BIG."""

import sys

sys.path.insert(0, sys.argv[1])
sys.path.insert(0, sys.argv[2])

import os
from pathlib import Path

from tampu.remote.links.host import Host
from tampu.remote.links.link import Link
from tampu.remote.runs.running import Ends, Spec
from tests.kit import stored

MAIN = b"import big, sys\nprint(len(big.TEXT), big.__file__.startswith(sys.prefix))\n"


def main() -> int:
    _, _, _, name, config, sockets, home, folder, size = sys.argv
    env = {"PATH": os.environ["PATH"], "HOME": home}
    link = Link(Host(name=name, env=env, config=Path(config), sockets=Path(sockets)))
    link.greet()
    code = stored.code(Path(folder, "code"), {"main.py": MAIN})
    modules = {f"part{number}.py": f"VALUE = {number}\n" for number in range(200)}
    environment = stored.environment(Path(folder, "env"), {"big.py": f"TEXT = '{'x' * int(size)}'\n", **modules}, link)
    trees = {(tree.kind, tree.id): tree for tree in (code, environment)}
    brought = set()

    def progress(kind: str, done: int, whole: int) -> None:
        if done == whole:
            brought.add(kind)

    spec = Spec(argv=("", "main.py"), tree=code.id, environment=environment.id)
    outcome = stored.supplied(link, spec, Ends(stdin=None), lambda *each: trees[each], progress)
    link.close()
    os.write(1, f"{' '.join(sorted(brought))}\n".encode())
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main())
