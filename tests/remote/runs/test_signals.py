from __future__ import annotations

import os
import signal

import pytest

from tampu.remote.runs.signals import PASSED_ON, Signals


def test_signals_are_noted_in_their_order() -> None:
    with Signals() as signals:
        for number in PASSED_ON:
            os.kill(os.getpid(), number)

        assert list(PASSED_ON) == signals.take()
        assert [] == signals.take()


def test_who_has_asked_twice_gets_out() -> None:
    before = signal.getsignal(signal.SIGINT)

    with Signals() as signals:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

        assert 3 == signals.interrupts
    assert before == signal.getsignal(signal.SIGINT)
