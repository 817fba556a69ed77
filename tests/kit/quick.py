"""As hypothesis draws, twenty times as fast and without memory: for the many cases of tests/fuzz/full."""

from __future__ import annotations

import inspect
import logging
import os
import time
import traceback
from functools import wraps
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Test = Callable[..., None]

T = TypeVar("T")
LOG = logging.getLogger("fuzz")
# Another number gives other cases; a single one of them is had by its own.
SEED = int(os.environ.get("TAMPU_SEED", "0"))
ALONE = os.environ.get("TAMPU_CASE")
MOST_FAULTS = 5
LEVELS = 3
NUMBERS = (0, 1, -1, 7, 255, 256, 1 << 16, 1 << 31, -(1 << 63), 1 << 64, 10**20)
FLOATS = (0.0, -0.0, 1.5, -1.0, 1e-9, 1e300, float("inf"), float("-inf"), float("nan"))
POOL = [
    *(chr(code) for code in range(256)),
    *(char for char in map(chr, range(32, 127)) for _ in range(12)),
    *"\u0130\u0660\u06f1\u0300\u200b\u200d\u200f\u2028\u2029\u202e\u2066\u3000\ufeff\ufffd\uffff\U0001f98a\U000e0041\U0010ffff",
    *map(chr, range(0x100, 0xD800, 500)),
]
BYTES = bytes([*range(256), *b"\0\0\0\0\xff\xff\xff\x7f\x80\x01\x01\x02 \n\"'/.:=,0019aAxX"])


class Strategy:
    """How one thing is drawn."""

    def __init__(self, draw: Callable[[Random], Any], *ways: Strategy) -> None:
        self.draw = draw
        self.ways = ways or (self,)

    def map(self, change: Callable[[Any], Any]) -> Strategy:
        draw = self.draw
        return Strategy(lambda random: change(draw(random)))

    def __or__(self, other: Strategy) -> Strategy:
        return one_of(self, other)


SearchStrategy = Strategy


class DataObject:
    """What a test draws on its way, as its report shows it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.drawn: list[object] = []

    def draw(self, strategy: Strategy) -> Any:  # noqa: ANN401
        found = strategy.draw(self.random)
        self.drawn.append(found)
        return found

    def __repr__(self) -> str:
        return repr(self.drawn)


def data() -> Strategy:
    return Strategy(DataObject)


def just(value: object) -> Strategy:
    return Strategy(lambda _: value)


def none() -> Strategy:
    return just(None)


def sampled_from(values: Iterable[object]) -> Strategy:
    known = tuple(values)
    size = len(known)
    return Strategy(lambda random: known[int(random.random() * size)])


def booleans() -> Strategy:
    return sampled_from((False, True))


def one_of(*strategies: Strategy) -> Strategy:
    ways = tuple(way for each in strategies for way in each.ways)
    draws = tuple(way.draw for way in ways)
    size = len(draws)
    return Strategy(lambda random: draws[int(random.random() * size)](random), *ways)


def integers(min_value: int | None = None, max_value: int | None = None) -> Strategy:
    least = -(1 << 65) if min_value is None else min_value
    most = 1 << 65 if max_value is None else max_value
    bounds = (*(each for each in NUMBERS if least <= each <= most), least, most)

    def draw(random: Random) -> int:
        way = random.random()
        if way < 0.6:
            return least + int((most - least + 1) * random.random() ** 3)
        return bounds[int(random.random() * len(bounds))] if way < 0.8 else random.randint(least, most)

    return Strategy(draw)


def floats() -> Strategy:
    return sampled_from(FLOATS) | Strategy(lambda random: random.uniform(-1e6, 1e6))


def sizes(min_size: int, max_size: int | None) -> Callable[[Random], int]:
    """Mostly few, as of something that goes on with some luck."""
    most = min_size + 20 if max_size is None else max_size
    return lambda random: min_size + int((most - min_size + 1) * random.random() ** 2)


def text(*, min_size: int = 0, max_size: int | None = None) -> Strategy:
    size = sizes(min_size, max_size)
    return Strategy(lambda random: "".join(random.choices(POOL, k=size(random))))


def binary(*, min_size: int = 0, max_size: int | None = None) -> Strategy:
    size = sizes(min_size, max_size)
    return Strategy(lambda random: bytes(random.choices(BYTES, k=size(random))))


def lists(elements: Strategy, *, min_size: int = 0, max_size: int | None = None) -> Strategy:
    size, draw = sizes(min_size, max_size), elements.draw
    return Strategy(lambda random: [draw(random) for _ in range(size(random))])


def dictionaries(keys: Strategy, values: Strategy, *, max_size: int | None = None) -> Strategy:
    size, key, value = sizes(0, max_size), keys.draw, values.draw
    return Strategy(lambda random: {key(random): value(random) for _ in range(size(random))})


def fixed_dictionaries(_: object, *, optional: dict[str, Strategy]) -> Strategy:
    known = tuple(optional.items())
    return Strategy(lambda random: {key: value.draw(random) for key, value in known if random.random() < 0.8})


def tuples(*parts: Strategy) -> Strategy:
    draws = tuple(part.draw for part in parts)
    return Strategy(lambda random: tuple([draw(random) for draw in draws]))


def builds(make: Callable[..., object], *parts: Strategy) -> Strategy:
    draws = tuple(part.draw for part in parts)
    return Strategy(lambda random: make(*[draw(random) for draw in draws]))


def recursive(base: Strategy, extend: Callable[[Strategy], Strategy], *, max_leaves: int) -> Strategy:
    """Never deeper than a few levels, which is why leaves need no counting."""
    assert max_leaves
    found = base
    for _ in range(LEVELS):
        found = base | extend(found)
    return found


def example(**_: object) -> Callable[[Test], Test]:
    """For hypothesis, in the suite."""
    return lambda test: test


def given(**strategies: Strategy) -> Callable[[Test], Test]:
    def with_cases(test: Test) -> Test:
        @wraps(test)
        def run(**others: object) -> None:
            every(test, strategies, others, run.cases)  # type: ignore[attr-defined]

        whole = inspect.signature(test)
        left = [each for name, each in whole.parameters.items() if name not in strategies]
        run.__signature__ = whole.replace(parameters=left)  # type: ignore[attr-defined]
        return run

    return with_cases


def every_case(test: T, cases: int) -> T:
    test.cases = cases  # type: ignore[attr-defined]
    return test


def every(test: Test, strategies: dict[str, Strategy], others: dict[str, object], cases: int) -> None:
    """All its cases, also after a fault: another fault may stand behind it."""
    began, random = time.process_time(), Random()  # noqa: S311
    wrong: dict[str, str] = {}
    start = crc32(test.__name__.encode()) << 64 | SEED << 32
    draws = tuple((name, strategy.draw) for name, strategy in strategies.items())
    done = 0
    for number in range(cases) if ALONE is None else (int(ALONE),):
        random.seed(start + number)
        drawn = {name: draw(random) for name, draw in draws}
        try:
            test(**others, **drawn)
        except Exception as error:  # noqa: BLE001
            last = traceback.extract_tb(error.__traceback__)[-1]
            told = f"TAMPU_SEED={SEED} TAMPU_CASE={number}: {drawn!r:.3000}\n{traceback.format_exc()[-3000:]}"
            place = f"{type(error).__name__} in {last.filename}:{last.lineno}"
            if place not in wrong:
                LOG.warning(told)
                wrong[place] = told
        done += 1
        if len(wrong) == MOST_FAULTS:
            break
    name = " ".join((test.__name__, *(value for value in others.values() if isinstance(value, str))))
    took = time.process_time() - began
    LOG.info("%s: %d cases, %d faults, %.1f s", name, done, len(wrong), took)
    assert not wrong, "\n\n".join(wrong.values())
