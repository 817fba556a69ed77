"""What a cluster of Dask is made of, each in an environment with Dask: its first line says what it is to be."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import os
import socket
import sys
import threading

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from distributed import Client, Future, Security

PATIENCE = 60
# Of all that a worker has, only what any Python has: no package of ours, and no version of Python in particular.
TASK = (
    "[path := __import__('os').path,"
    " here := path.join(path.expanduser('~'), path.expanduser(folder)),"
    " exec(compile(open(path.join(here, 'runner.py')).read(), 'runner', 'exec'), names),"
    " names['carry'](here, __import__('json').loads(told))][-1]"
)
ALONE = threading.Lock()


def say(**words: object) -> None:
    with ALONE:
        os.write(1, json.dumps(words).encode() + b"\n")


def own_address() -> str:
    """Where we were found is where others find us."""
    _, _, here, _ = os.environ.get("SSH_CONNECTION", f"- - {socket.gethostname()} -").split()
    return here


async def schedule(told: dict[str, Any]) -> None:
    """Only who has the key that is made here gets in."""
    from distributed import Scheduler, Security

    keys = Security.temporary()
    more = {"allowed_failures": told["retries"], "dashboard": False}
    async with Scheduler(host=own_address(), port=0, protocol="tls", security=keys, **more) as made:
        say(address=made.address, ca=keys.tls_ca_file, cert=keys.tls_client_cert, key=keys.tls_client_key)
        await made.finished()


async def work(told: dict[str, Any]) -> None:
    from distributed import Worker

    more = {"nthreads": told["jobs"], "name": told["name"], "dashboard": False, "memory_limit": None}
    async with Worker(told["address"], host=own_address(), security=let_in_by(told), **more) as made:
        say(ready=made.address)
        await made.finished()


def let_in_by(told: dict[str, Any]) -> Security | None:
    from distributed import Security

    if not told.get("key"):
        return None
    names = [f"tls_{who}_{what}" for who in ("client", "worker") for what in ("cert", "key")]
    own = dict(zip(names, (told["cert"], told["key"]) * 2, strict=True))
    return Security(require_encryption=True, tls_ca_file=told["ca"], **own)


def hand_out(told: dict[str, Any]) -> None:
    from distributed import Client

    client = Client(told["address"], security=let_in_by(told), set_as_default=False, timeout=PATIENCE)
    say(ready=told["address"])
    kept: dict[str, Future[Any]] = {}
    for line in sys.stdin:
        task = json.loads(line)
        future = submitted(client, task, told)
        kept[task["key"]] = future
        future.add_done_callback(functools.partial(tell, kept, task["key"]))
    client.close()


def submitted(client: Client, task: dict[str, Any], told: dict[str, Any]) -> Future[Any]:
    given = {"folder": told["folder"], "told": json.dumps(task), "names": {}}
    key = f"tampu-{task['key']}"
    future: Future[Any] = client.submit(eval, TASK, given, key=key, pure=False, retries=told["retries"])
    return future


def tell(kept: dict[str, Future[Any]], key: str, future: Future[Any]) -> None:
    kept.pop(key, None)
    if future.status == "finished":
        result = future.result()
        texts = {stream: base64.b64encode(result.pop(stream)).decode() for stream in ("out", "err")}
        say(key=key, **texts, **result)
    else:
        error = future.exception() if future.status == "error" else None
        say(key=key, fault=f"{type(error).__name__}: {error}" if error else "its worker was lost")


def main() -> None:
    told = json.loads(sys.stdin.readline())
    # Else it leaves things where others put theirs.
    os.environ["DASK_TEMPORARY_DIRECTORY"] = os.getcwd()
    if told["role"] == "driver":
        hand_out(told)
    else:
        asyncio.run({"scheduler": schedule, "worker": work}[told["role"]](told))


if __name__ == "__main__":
    main()
