"""Does one piece of work after the other, and ends between two of them when it is asked to."""

import signal
from collections.abc import Iterator
from itertools import count
from queue import Empty, SimpleQueue

PAUSE = 1.0


def work(number: int) -> str:
    return f"Work number {number} is done"


def worked(asked: SimpleQueue[int], pause: float = PAUSE) -> Iterator[str]:
    """Until it is asked to end, by anything that is put there."""
    for number in count(1):
        yield work(number)
        try:
            asked.get(timeout=pause)
        except Empty:
            continue
        return


def main() -> None:
    # Unlike most that threads have, it may be used by the handler of a signal.
    asked = SimpleQueue[int]()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _: asked.put(number))
    for line in worked(asked):
        print(line, flush=True)


if __name__ == "__main__":
    main()
