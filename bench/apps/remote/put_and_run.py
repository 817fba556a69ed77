"""Fabric's way: a script is put there and run; with `stay` once more over the same connection for each line of stdin."""

import sys

from fabric import Config, Connection

settings, host, script, there, stay = sys.argv[1:]


def put_and_run(connection: Connection) -> None:
    connection.put(script, there)
    done = connection.run(f"python3 {there}", hide=True, in_stream=False)
    sys.stdout.write(done.stdout)
    sys.stdout.flush()


with Connection(host, config=Config(runtime_ssh_path=settings)) as only:
    for _ in sys.stdin if stay == "stay" else ("once",):
        put_and_run(only)
