"""tampu: from a laptop to production for any Python app."""

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.daemon import notify as notify
    from tampu.daemon.program import Daemon as Daemon

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`Daemon` and `notify`, for programs: loaded when they are asked for, so that nothing else is slower for it."""
    from importlib import import_module

    if name == "Daemon":
        return import_module("tampu.daemon.program").Daemon
    if name == "notify":
        return import_module("tampu.daemon.notify")
    raise AttributeError(name)
