import signal
import unittest
from itertools import islice
from queue import SimpleQueue

import worker


class WorkerTest(unittest.TestCase):
    def test_it_does_one_after_the_other(self) -> None:
        lines = islice(worker.worked(SimpleQueue(), pause=0), 2)

        self.assertEqual(["Work number 1 is done", "Work number 2 is done"], list(lines))

    def test_it_ends_when_asked_to(self) -> None:
        asked: SimpleQueue[int] = SimpleQueue()
        asked.put(signal.SIGTERM)

        self.assertEqual(["Work number 1 is done"], list(worker.worked(asked)))


if __name__ == "__main__":
    unittest.main()
