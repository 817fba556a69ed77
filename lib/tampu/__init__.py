"""tampu: from a laptop to production for any Python app."""

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.daemon import notify as notify
    from tampu.daemon.program import Daemon as Daemon

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`Daemon` and `notify`, for programs: loaded when they are asked for, so that nothing else is slower for it."""
    if name == "Daemon":
        from tampu.daemon.program import Daemon

        return Daemon
    if name == "notify":
        from tampu.daemon import notify

        return notify
    raise AttributeError(name)
