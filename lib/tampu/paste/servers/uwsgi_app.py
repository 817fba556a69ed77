"""What uWSGI imports: the app that `tampu serve` was asked for."""

from __future__ import annotations

import os

from tampu.paste import asking, loading, logs
from tampu.paste.servers.uwsgi import ASK

_ask = asking.read(os.environ[ASK])
logs.configure(_ask)
application = loading.load_app(_ask)
