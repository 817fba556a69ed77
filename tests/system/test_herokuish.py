"""An app built and started by the functions of a herokuish, as Dokku does; TAMPU_HEROKUISH names a checkout of it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.kit import cloudfoundry, containers, mirrors

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CHECKOUT = Path(os.environ.get("TAMPU_HEROKUISH", ""))
READ = '#!/bin/sh\nexec /tmp/cache/bootstrap/*/bin/python3 -I /programs/yaml.py {} "$@"\n'
# What its image has beside its functions: a program to change users, and one to read YAML.
PROGRAMS = {
    "setuidgid": '#!/bin/sh\nid=$(id -u "$1")\nshift\nexec setpriv --reuid="$id" --regid="$id" --clear-groups "$@"\n',
    "yaml.py": """
import json, re, sys

section, found = "", {}
for line in sys.stdin:
    pair = re.match(r'  ("[^"]*"): (".*")$', line)
    section = section if pair else line.partition(":")[0]
    if pair and section == sys.argv[2]:
        found[json.loads(pair[1])] = json.loads(pair[2])
names = sys.argv[3:]
if names:
    print("\\n".join(found.get(name, "") for name in names))
else:
    print("\\n".join(found if sys.argv[1] == "keys" else map("=".join, found.items())))
""",
    "yaml-get": READ.format("get"),
    "yaml-keys": READ.format("keys"),
}
BUILT_AND_STARTED = """
set -eo pipefail
unset USER
mkdir -p /tmp/buildpacks /tmp/env
cp -r /tampu /tmp/buildpacks/01_tampu
echo -n file:///index/simple >/tmp/env/PIP_INDEX_URL
echo -n 'set by its user' >/tmp/env/GREETING
bash /herokuish/include/default_user.bash
# The first word is what its program is called as: /build, /start or /exec.
herokuish() {
  SELF=$1 exec bash -c '
    for name in herokuish fn cmd buildpack procfile slug; do source /herokuish/include/$name.bash; done
    main "$@"' "$@"
}
(herokuish /build)
echo '== again'
(herokuish /build)
(herokuish /exec python -m flask --version)
(herokuish /exec printenv GREETING)
herokuish /start web >&2 & pid=$!
ask='import time, urllib.request as r
for _ in range(3000):
    try:
        print(r.urlopen("http://127.0.0.1:5000/").read().decode())
        break
    except OSError:
        time.sleep(0.01)
else:
    print("no answer")'
/tmp/cache/bootstrap/*/bin/python3 -c "$ask"
kill -TERM $pid
code=0; wait $pid || code=$?
echo "$(stat -c %U /app/.tampu | tr -d 0-9) ended with $code"
"""


@pytest.mark.skipif(not os.environ.get("TAMPU_HEROKUISH"), reason="TAMPU_HEROKUISH names no checkout of herokuish")
def test_an_app_answers_on_dokku(
    base_image: str, index: str, mirror: Path, patches: dict[str, str], tmp_path: Path
) -> None:
    tampu = cloudfoundry.checkout(
        tmp_path / "tampu", mirrors.with_bootstrap(mirror, tmp_path / "mirror", patches["3.13"])
    )
    (tmp_path / "programs").mkdir()
    for name, text in PROGRAMS.items():
        (tmp_path / "programs" / name).write_text(text, encoding="utf-8")
        (tmp_path / "programs" / name).chmod(0o755)
    ended = containers.run(
        base_image,
        *("bash", "-c", BUILT_AND_STARTED),
        mounts={
            CHECKOUT: "/herokuish:ro",
            EXAMPLES / "flask": "/tmp/app:ro",  # noqa: S108 - where it looks for an app
            tampu: "/tampu:ro",
            Path(urlsplit(index).path).parent: "/index:ro",
            tmp_path / "programs": "/programs:ro",
        },
        env={"PATH": f"/programs:{containers.PATH}", "PORT": "5000"},
    )

    assert 0 == ended.returncode, ended.stdout + ended.stderr
    first, again = ended.stdout.split("== again\n")
    assert "-----> Python app detected" in first
    assert re.search(r"Default types for .*-> web\b", first)
    assert [0, 3] == [text.count("Unchanged: taken from the cache") for text in (first, again)]
    assert "\nset by its user\n" in again
    assert "Hello from Flask" in again
    assert ended.stdout.endswith("u ended with 0\n"), ended.stdout + ended.stderr
