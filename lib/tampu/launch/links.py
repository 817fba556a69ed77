"""The links in an app's home: `code`, `current` and `git-<version>`, as dotCloud and cloudControl made them."""

from __future__ import annotations

import os
import re
from contextlib import suppress

from refusal import Refusal, say, why

# What `code` is where it is ours: the home itself, or the app that a local home lies in.
OUR_CODE = (".", "../..")
OUR_CURRENT = ("code/", "./", "../../")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}")


def lay(home: str, approot: str, version: str) -> str:
    """All links, each only where it is not yet right; the folder that `current` is."""
    _check_version(version)
    code = _code(home)
    base = code or _way_to_app(home)
    wanted = approot_of(os.path.join(home, base), approot)
    _current(home, os.path.join(base, os.path.normpath(approot)), wanted)
    if version:
        _release(home, f"git-{version}", os.readlink(os.path.join(home, code)) if code else base)
    return wanted


def point(link: str, target: str) -> None:
    """At any moment the old link is there, or the new one."""
    beside = f"{link}.{os.getpid()}"
    with suppress(FileNotFoundError):
        os.unlink(beside)
    os.symlink(target, beside)
    try:
        os.replace(beside, link)
    except OSError:
        os.unlink(beside)
        raise


def approot_of(app: str, approot: str) -> str:
    """The whole path of a folder that is in the app for sure."""
    odd = CONTROL.search(approot) or os.path.isabs(approot) or ".." in approot.split("/")
    app = os.path.realpath(app)
    folder = app if odd else os.path.realpath(os.path.join(app, approot))
    if odd or os.path.commonpath((app, folder)) != app or not os.path.isdir(folder):
        raise Refusal(
            "APPROOT names no folder of the app",
            f"APPROOT={approot!r}",
            "a folder that is in the app, such as src",
            "Set APPROOT to one, or unset it, and start again.",
        )
    return folder


def _check_version(version: str) -> None:
    if version and not VERSION.fullmatch(version):
        raise Refusal(
            "DEP_VERSION can't be a part of a file's name",
            f"DEP_VERSION={version!r}",
            "letters, digits, and . _ + - between them",
            "Set DEP_VERSION to such a version, or unset it, and start again.",
        )


def _code(home: str) -> str:
    """`code` if that leads to the app's code, made if nothing is there; else nothing."""
    link = os.path.join(home, "code")
    if not os.path.lexists(link):
        with suppress(OSError):
            point(link, ".")
        return "code" if os.path.lexists(link) else ""
    if os.path.islink(link) and os.readlink(link) in OUR_CODE:
        return "code"
    say("The app has a `code` of its own, which stays. Rename it if something needs dotCloud's link ~/code.")
    return ""


def _way_to_app(home: str) -> str:
    """In a local home, `.tampu` is a link too."""
    return "../.." if os.path.islink(os.path.join(home, ".tampu")) else "."


def _current(home: str, target: str, wanted: str) -> None:
    link = os.path.join(home, "current")
    if os.path.lexists(link) and os.path.realpath(link) == wanted:
        return
    if os.path.lexists(link) and not _ours(link):
        raise Refusal(
            "The link ~/current to the app's code can't be made",
            f"{link}, a part of the app itself",
            "nothing of that name",
            "Rename it in the app, commit that and build again.",
        )
    try:
        point(link, target)
    except OSError as error:
        raise Refusal(
            "The link ~/current to the app's code can't be made",
            f"{home}: {why(error)}",
            f"a folder that can be written, or one in which current leads to {target} already",
            "Build with the same APPROOT that the app is started with, or let it write there.",
        ) from error


def _ours(link: str) -> bool:
    return os.path.islink(link) and f"{os.readlink(link)}/".startswith(OUR_CURRENT)


def _release(home: str, name: str, target: str) -> None:
    link = os.path.join(home, name)
    if os.path.lexists(link):
        return
    try:
        point(link, target)
    except OSError as error:
        say(f"The link ~/{name} can't be made: {why(error)}. All else goes on without it.")
