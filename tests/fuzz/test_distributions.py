"""What Debian's tools and files say: apt-cache show, os-release, postinst scripts, links and pkg-config's files."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from tampu.envs import debs
from tampu.envs.distribution import Distribution, read_packages
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, desk, fuzz, outcome, saved, texts

SHOWN = (
    *(
        "Package: ",
        "Version: ",
        "Section: ",
        "Depends: ",
        "Pre-Depends: ",
        "libc6",
        " (>= 2)",
        " | ",
        ", ",
        "\n",
        "\n\n",
    ),
    *("nginx", "1.2-3+b1", "Description: x\n y\n", ":any", "$(id)"),
)
STANZA = "Package: nginx\nVersion: 1.22.1-9\nSection: httpd\nDepends: libc6 (>= 2.36), x | y\n"
SCRIPTS = (
    *(
        "update-alternatives ",
        "--install ",
        "--slave ",
        "/usr/bin/x ",
        "/usr/bin/$p ",
        "x ",
        "/usr/bin/${p}-im6 ",
        "10",
    ),
    *("for p in a b c; do\n", "done\n", "\\\n", "/usr/../../etc/x ", "/usr/bin/../../../x "),
)
REAL = "for p in convert; do\n update-alternatives --install /usr/bin/$p $p /usr/bin/${p}-im6 10\ndone\n"
TARGETS = st.sampled_from(
    ["/lib/x", "../../../../etc", "/usr/lib/x", "x", "a/../../..", "/etc/passwd", "/", "..", *HOSTILE[3:]]
)


@fuzz
@given(text=texts(*SHOWN, examples=[STANZA, STANZA + "\n" + STANZA]))
def test_what_apt_shows(text: str) -> None:
    for package in read_packages(text):
        words = (package.exactly, *package.needs)
        assert not [word for word in words if word.startswith("-") or "\n" in word]


@fuzz
@given(
    data=saved(
        texts("NAME=", "VERSION_ID=", '"', "'", "\n", "Debian", "12", examples=['NAME="Debian"\nVERSION_ID=12\n'])
    )
)
def test_an_os_release(data: bytes) -> None:
    release = desk("distribution") / "os-release"
    release.write_bytes(data)

    assert "\n" not in Distribution(release=release).name


@fuzz
@given(
    script=texts(*SCRIPTS, examples=[REAL]),
    target=TARGETS,
    text=saved(texts("prefix=/usr", "\n", "-L/usr/lib", "/usr")),
)
def test_what_a_package_brings(script: str, target: str, text: bytes) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder, "shelf", "root")
        for place in ("usr/bin", "usr/lib/pkgconfig", "lib"):
            (root / place).mkdir(parents=True)
        for place in ("usr/bin/x", "usr/bin/convert-im6", "usr/bin/a-im6", "lib/x"):
            (root / place).touch()
        (root / "usr/lib/pkgconfig/x.pc").write_bytes(text)
        (root / "usr/bin/convert-im6").chmod(0o755)
        linked = made(root / "usr/lib/link", target)
        outcome(lambda: debs.tidy(root, [script]))

        assert ["shelf"] == [path.name for path in Path(folder).iterdir()]
        assert ["root"] == [path.name for path in root.parent.iterdir()]
        for where, _, names in os.walk(root):
            for name in names:
                path = Path(where, name)
                if path.is_symlink() and (path.name != "link" or not linked):
                    assert Path(os.path.normpath(path.parent / path.readlink())).is_relative_to(root)


def made(link: Path, target: str) -> bool:
    try:
        link.symlink_to(target)
    except (OSError, ValueError):
        return False
    return True
