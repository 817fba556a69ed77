"""What is to run: it writes its number down, starts a child in a session of its own, and stays."""
import os
import subprocess
import sys
import time


def work(file):
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    with open(file, "a") as out:
        out.write("%d %d\n" % (os.getpid(), child.pid))
    time.sleep(1000)


if __name__ == "__main__":
    work(sys.argv[1])
