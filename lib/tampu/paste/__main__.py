"""Serve an app, as the program that `tampu serve` starts: PYTHON lib/tampu/paste ASK."""

import os
import sys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.paste.asking import Ask

PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


# An older one has to come as far as to say so.
OLDEST = (3, 10)


def main() -> int:
    if sys.version_info < OLDEST:
        found = "{} is {}.{}".format(sys.executable, *sys.version_info)
        sys.exit(" !     Apps are served with Python 3.10 or newer; " + found)
    # Where this file is, Python would look for modules; nobody expects ours under plain names.
    sys.path[:1] = []
    sys.path.append(PACKAGES)
    from tampu.errors import TampuError
    from tampu.paste import asking, listening, troubles
    from tampu.world.console import PlainConsole

    ask = asking.read(sys.argv[1])
    sys.path[:] = ask.path(sys.path)
    listening.inherit(os.environ)
    try:
        return _serve(ask)
    except TampuError as error:
        if isinstance(error, troubles.AppFailed):
            sys.stderr.write(error.traceback)
        PlainConsole().error(error)
        return error.exit_code
    finally:
        _remove(ask.pid_file)


def _remove(pid_file: str) -> None:
    """Unless it is about another process by now."""
    try:
        with open(pid_file, encoding="utf-8") as file:
            if file.readline().strip() == str(os.getpid()):
                os.unlink(pid_file)
    except OSError:
        # There is none, or it is in a folder of root's; whoever reads it looks closer.
        return


def _serve(ask: "Ask") -> int:
    from tampu.paste import monitor, serving

    if ask.reload:
        from tampu.paste.reload import following

        return following.follow(ask)
    ended = monitor.Monitor().watch() if ask.monitor else None
    return serving.serve(ask) if ended is None else ended


if __name__ == "__main__":
    sys.exit(main())
