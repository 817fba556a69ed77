"""Pages that follow the app: a script at the end of each asks who serves now, and loads the page again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Headers = list[tuple[str, str]]
    Write = Callable[[bytes], object]

BODILESS = ("1", "204", "206", "304")
# They speak of the page as the app wrote it.
UNTRUE = frozenset({"etag", "last-modified", "content-md5", "digest"})
# A page from a browser's own store may be of any age: it is loaded again a few times, and not for ever.
SCRIPT = """<script>
(function () {
  var now = "%(generation)s", done = "tampu-refresh";
  function again() {
    fetch(location.href, {method: "HEAD"}).then(
      function () { location.reload(); }, function () { setTimeout(again, 200); });
  }
  new EventSource("%(address)s").onmessage = function (event) {
    if (event.data === now) return;
    var step = now + " " + event.data + " ", known = sessionStorage.getItem(done) || "";
    var tries = known.indexOf(step) ? 0 : Number(known.slice(step.length));
    if (tries === 3) return;
    sessionStorage.setItem(done, step + (tries + 1));
    setTimeout(again, 300 * tries);
  };
})();
</script>
"""


def script(address: str, generation: str) -> str:
    return SCRIPT % {"address": address, "generation": generation}


class Refreshed:
    """A WSGI app around another one; only what is HTML and not packed gets something more, at its very end."""

    def __init__(self, app: Any, addition: str) -> None:  # noqa: ANN401 - any WSGI app
        self._app = app
        self._addition = addition.encode()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._app, name)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Write]) -> Iterable[bytes]:
        response = _Response(start_response, len(self._addition))
        body: Iterable[bytes] = self._app(environ, response.start)
        if environ.get("REQUEST_METHOD") == "HEAD" or (response.started and not response.is_page):
            return body
        return _Body(body, response, self._addition)


class _Response:
    def __init__(self, start_response: Callable[..., Write], more: int) -> None:
        self._start_response = start_response
        self._more = more
        self.is_page = False
        self.started = False

    def start(self, status: str, headers: Headers, *error: object) -> Write:
        self.started = True
        known = {name.lower(): value for name, value in headers}
        kind = known.get("content-type", "").partition(";")[0].strip().lower()
        packed = known.get("content-encoding", "identity").lower() != "identity"
        self.is_page = kind == "text/html" and not packed and not status.startswith(BODILESS)
        return self._start_response(status, self._mended(headers) if self.is_page else headers, *error)

    def _mended(self, headers: Headers) -> Headers:
        return [
            (name, str(int(value) + self._more) if name.lower() == "content-length" and value.isdecimal() else value)
            for name, value in headers
            if name.lower() not in UNTRUE
        ]


class _Body:
    """What streams goes on streaming."""

    def __init__(self, body: Iterable[bytes], response: _Response, addition: bytes) -> None:
        self._body = body
        self._response = response
        self._addition = addition

    def __iter__(self) -> Iterator[bytes]:
        yield from self._body
        if self._response.is_page:
            yield self._addition

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close:
            close()
