"""What files of an app can't bring about, by the error that it leads to."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from tampu.platforms.image_content import CHECKING
from tests.kit.distribution import Deb
from tests.messages import daemons_gone_bad as foxes
from tests.messages import distributions_gone_bad as apt
from tests.messages import machines_gone_bad as near
from tests.messages import mirrors_gone_bad as far
from tests.messages import projects_gone_bad as projects
from tests.messages import services_gone_bad as kept
from tests.world import origin as bad

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.failures import Bench

HELLO = b"#!/bin/sh\necho 3.12.3\n"
LINK_OUT = far.member("python/bin/python3", tarfile.SYMTYPE, "/usr/bin/python3")
DEVICE = far.member("python/null", tarfile.CHRTYPE)
OLD_SYSTEM = b"#!/bin/sh\necho \"/lib/libc.so.6: version 'GLIBC_2.38' not found\" >&2\nexit 1\n"
NO_IMAGE = "Error: creating build container: bookwurm-slim: manifest unknown"
OLD_LIBRARY = "python3: /lib/libc.so.6: version `GLIBC_2.34' not found (required by python3)"

CIRCUMSTANCES: dict[str, Callable[[Bench], None]] = {
    "apt::failed": apt.distribution_of(Deb(name="libgeos", lost=True)),
    "apt::unknown-package": apt.distribution_of(Deb(name="libgeos")),
    "apt::unreachable": apt.distribution_of(),
    "archive::broken": far.mirror_of(far.runtime(HELLO)[:-20]),
    "archive::climbs": far.mirror_of(far.packed({}, LINK_OUT)),
    "archive::odd-member": far.mirror_of(far.packed({}, DEVICE)),
    "bootstrap::download": near.no_python(),
    "bootstrap::no-client": near.neither_python_nor_a_client,
    "bootstrap::no-runtime": near.no_python(f"pdp11 {far.VERSION} {far.ARCHIVE} {far.NO_HASH}\n"),
    "bootstrap::wrong-hash": near.no_python(f"{{machine}} {far.VERSION} {far.ARCHIVE} {far.NO_HASH}\n"),
    "bundle::incomplete": far.bundle_of_another_app,
    "bundle::no-tools": far.bundle_without_tools,
    "bundle::old-python": far.index_of("3.8.18"),
    "bundle::unlisted": far.bundle_with_a_file_too_many,
    "create::conflicts": projects.changed_by_both,
    "daemon::out-of-reach": foxes.record_of_another_program,
    "daemon::port-taken": foxes.port_taken,
    "daemon::running": foxes.running,
    "disk::full": near.full_disk,
    "disk::little-space": near.nearly_full_disk,
    "disk::not-writable": near.read_only_cache,
    "doctor::old-home": near.nothing_new_in_home,
    "download::bad-address": far.file_elsewhere,
    "download::certificate": far.own_certificate,
    "download::not-found": far.mirror_of(None),
    "download::redirects": far.answers(bad.redirect("/pythons/index.json")),
    "download::refused": far.nobody_listens,
    "download::status": far.answers(bad.status(401)),
    "download::too-large": far.answers(bad.told_only(10**12)),
    "download::truncated": far.answers(bad.cut_short(b"{}")),
    "download::unavailable": far.answers(bad.status(503)),
    "download::wrong-hash": far.mirror_of(b"not what it was", sha256=far.NO_HASH),
    "image::failed": near.builder_of_images(NO_IMAGE),
    "image::unfit-base": near.builder_of_images(CHECKING, OLD_LIBRARY),
    "install::cut-short": far.index_that_is_cut,
    "install::hash-missing": far.half_with_hashes,
    "install::no-git": near.without("git"),
    "install::unauthorized": far.index_behind_a_login,
    "install::unreachable": far.index_where_nobody_listens,
    "internal::unexpected": near.lost_lock,
    "keeper::no-python": near.other_machine_with_an_old_python,
    "nginx::incomplete": apt.mirror_with_half_an_nginx,
    "nginx::none": apt.mirror_without_nginx,
    "pins::broken": near.damaged_pins,
    "python-version::nothing-to-be-had": near.other_machine,
    "python-build::other-source": apt.source_of_another_python,
    "runtime::does-not-start": far.mirror_of(far.runtime(OLD_SYSTEM)),
    "runtime::incomplete": far.mirror_of(far.packed({"bin/python3.12": HELLO})),
    "runtime::wrong-version": far.mirror_of(far.runtime(HELLO)),
    "service::did-not-start": kept.program_that_ends_at_once,
    "service::failed": kept.no_apt,
    "stack::old-python": far.index_of("3.8.18"),
    "source::build-failed": apt.source_that_can_not_be_built,
    "source::no-header": apt.machine_without_headers,
    "tools::failed": near.empty_index,
    "tools::no-installer": near.no_pip_at_all,
    "up::port-taken": near.port_taken,
}
