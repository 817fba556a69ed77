import os
import signal
import sys

import daemon
import lockfile
from daemon.pidfile import TimeoutPIDLockFile

place = sys.argv[2]
pidfile = TimeoutPIDLockFile(place + "/web.pid", -1)
if sys.argv[1] == "start":
    with daemon.DaemonContext(pidfile=pidfile):
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        from worker import work

        work(place + "/started")
pid = pidfile.read_pid()
if pid:
    os.kill(pid, signal.SIGTERM)
