import os
import sys

import daemonocle

place = sys.argv[2]
here = os.path.dirname(os.path.abspath(__file__))


def main():
    sys.path.insert(0, here)
    from worker import work

    work(place + "/started")


daemonocle.Daemon(worker=main, pid_file=place + "/web.pid").do_action(sys.argv[1])
