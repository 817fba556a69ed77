"""Errors that are answers become answers: `egg:Paste#httpexceptions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, StartResponse


def make_filter(app: App, _global_conf: Mapping[str, str] | None = None, warning_level: str = "") -> App:
    """WebOb's are: each is an app. From `warning_level` on they are left to whoever stands above."""
    too_high = int(warning_level) if warning_level else None

    def catching(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Exception as error:
            code = getattr(error, "code", None)
            answer = getattr(error, "wsgi_application", error)
            if not isinstance(code, int) or not callable(answer) or (too_high is not None and code >= too_high):
                raise
            result: Iterable[bytes] = answer(environ, start_response)
            return result

    return catching
