"""Whether app and server keep to WSGI: `egg:Paste#lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from wsgiref.validate import validator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.equals.wsgi import App


def make_filter(app: App, _global_conf: Mapping[str, str] | None = None) -> App:
    return cast("App", validator(app))
