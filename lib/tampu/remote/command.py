"""`tampu remote`: a script on another machine as if it were here, and what is asked about such runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.remote.call import options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tampu.remote.call.here import Here
    from tampu.world.console import Console


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console) -> int:
    call = options.read(argv)
    if call.asks(options.HELP.name):
        say.document(options.help_text())
        return 0
    from tampu.remote.quick.looking import Looks

    with Looks() as looks:
        from tampu.remote.call.here import look

        return _act(call.verb)(look(call, environ, say, looks))


def _act(verb: str) -> Callable[[Here], int]:
    """Each loads what it needs and no more."""
    if verb in {"ps", "logs", "attach", "kill"}:
        from tampu.remote.runs import visiting

        return {"ps": visiting.ps, "logs": visiting.logs, "attach": visiting.attach, "kill": visiting.kill}[verb]
    if verb in {"fetch", "clean"}:
        from tampu.remote.stores import cleaning, fetching

        return {"fetch": fetching.fetch_later, "clean": cleaning.clean}[verb]
    if verb in {"records", "replay"}:
        from tampu.remote.runs import record, replay

        return {"records": record.records, "replay": replay.replay}[verb]
    from tampu.remote import steps

    return steps.perform
