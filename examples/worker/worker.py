"""Counts, until it is asked to stop."""

import itertools
import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

for number in itertools.count(1):
    print(f"Work number {number} is done", flush=True)
    time.sleep(1)
