import sys

sys.path[:0] = [sys.argv[3]]
from tampu import Daemon

daemon = Daemon("web", pid_dir=sys.argv[2], log=False)
if sys.argv[1] == "start":
    daemon.start()
    from worker import work

    work(sys.argv[2] + "/started")
sys.exit(daemon.stop())
