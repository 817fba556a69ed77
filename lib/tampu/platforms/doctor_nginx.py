"""The app's own lines for nginx and its kin, looked at before a build."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.stack import ASGI
from tampu.build.steps.nginx import OWN, runs
from tampu.build.tasks.stack_files import Front, home_files
from tampu.build.tasks.stack_place import own
from tampu.build.tasks.stack_trial import trial
from tampu.errors import TampuError
from tampu.facts.nginx_conf import OLD_HOME, error_pages
from tampu.values import replace
from tampu.world.cache import Hit
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tampu.build.model import Step, Target
    from tampu.build.stack import Stack
    from tampu.facts.nginx_conf import NginxConf
    from tampu.facts.tree import Tree
    from tampu.world import World


class NamesOldHome(TampuError):
    reason = "doctor::old-home"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            title=f"The app's configuration names {OLD_HOME}, where it will not be",
            found=f"{OLD_HOME} in {', '.join(names)}, and no link can be made there on this machine",
            expected="paths that lead to the app wherever it is",
            todo=(
                f"Write app/current/static/ for {OLD_HOME}/current/static/ in nginx's configuration, and\n"
                f"%(ENV_HOME)s for {OLD_HOME} in that of supervisord."
            ),
        )


def old_home(conf: NginxConf, home: Path, old: Path) -> str:
    """None of the app's files names the old home, or that can be made a link to the app's when it starts."""
    if not conf.old:
        return "no configuration names any"
    possible = not os.path.lexists(old) and os.access(old.parent, os.W_OK)
    if not possible and old.resolve() != home.resolve():
        raise NamesOldHome(conf.old)
    return f"{', '.join(conf.old)} name {old}, which becomes a link to the app"


def at_hand(target: Target, step: Step | None, world: World) -> Path | None:
    """The nginx that the app will have, if it is here already: its own, that of this tampu or of an earlier build."""
    hit = world.cache.find("nginx", step.key) if step else None
    kept = (hit.tree / OWN,) if isinstance(hit, Hit) else ()
    places = (target.app / OWN, house() / OWN, *kept)
    return next((place for place in places if runs(place)), None)


def tried(stack: Stack, target: Target, program: Path, tree: Tree, conf: NginxConf, world: World) -> str:
    """It looks at the whole as it will be, in a home that is gone afterwards; uWSGI is not here yet."""
    wanted = home_files(stack, Front(conf=conf, pages=error_pages(tree), caching=False))
    with world.cache.workshop() as bench:
        for link, to in {
            "python/bin/python3": Path(sys.executable),
            "nginx/bin/nginx": program,
            "nginx/lib": program.resolve().parent.parent / "lib",
        }.items():
            (bench / link).parent.mkdir(parents=True, exist_ok=True)
            (bench / link).symlink_to(to)
        trial(replace(stack, server=ASGI), replace(target, layers=bench), wanted, own(target, wanted), (), world)
    return "nginx takes it"
