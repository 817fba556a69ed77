"""What we need of `dataclasses`, as type checkers know it: to make our classes took that a third of a whole build."""

from __future__ import annotations

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import ClassVar, NoReturn, TypeVar

    Class = TypeVar("Class", bound=type)
    Made = TypeVar("Made", bound="_Thing")
    Makes = tuple[frozenset[str], Mapping[str, object], Mapping[str, Callable[[], object]], tuple[str, ...]]

NOTHING = object()


class Field:
    """What is said of one beside its type."""

    __slots__ = ("factory", "in_order", "init", "name", "repr", "usual")

    def __init__(
        self,
        *,
        default: object = NOTHING,
        default_factory: Callable[[], object] | None = None,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - as dataclasses names it
        kw_only: bool = False,
    ) -> None:
        self.name = ""
        self.usual, self.factory = default, default_factory
        self.init, self.repr, self.in_order = init, repr, not kw_only


def make_class(
    *, frozen: bool = False, slots: bool = False, kw_only: bool = False, eq: bool = True
) -> Callable[[Class], Class]:
    """A decorator, for classes whose base, if they have one, is of this kind, too."""

    def make(cls: Class) -> Class:
        own = vars(cls)
        names = tuple(cls.__annotations__)
        inherited = cls.__fields__ if issubclass(cls, _Thing) else ()
        fields = (*inherited, *(_field(name, own.get(name, NOTHING), kw_only) for name in names))
        body = {name: own[name] for name in own if name not in {*names, "__dict__", "__weakref__"}}
        body |= {"__qualname__": cls.__qualname__, "__fields__": fields, "__makes__": _makes(fields)}
        if slots:
            body["__slots__"] = names
        base = _Frozen if frozen else _Value if eq else _Thing
        made: Callable[..., Class] = type(cls)
        return made(cls.__name__, cls.__bases__ if issubclass(cls, _Thing) else (base,), body)

    return make


def _field(name: str, said: object, kw_only: bool) -> Field:  # noqa: FBT001 - as it was said of the class
    field = said if isinstance(said, Field) else Field(default=said)
    field.name = name
    field.in_order = field.in_order and not kw_only
    return field


def _makes(fields: tuple[Field, ...]) -> Makes:
    given = [field for field in fields if field.init]
    return (
        frozenset(field.name for field in given),
        {field.name: field.usual for field in given if field.usual is not NOTHING},
        {field.name: field.factory for field in given if field.factory},
        tuple(field.name for field in given if field.in_order),
    )


def other_value(value: Made, /, **changes: object) -> Made:
    """Of classes by dataclasses, too: those that an app's own Python runs are."""
    kind = type(value)
    fields = kind.__fields__ if isinstance(value, _Thing) else vars(kind)["__dataclass_fields__"].values()
    return kind(**{field.name: getattr(value, field.name) for field in fields if field.init} | changes)


def as_mapping(value: _Thing) -> dict[str, object]:
    """With all values in it as mappings, too."""
    return {field.name: _plain(getattr(value, field.name)) for field in type(value).__fields__}


def _plain(value: object) -> object:
    if isinstance(value, _Thing):
        return as_mapping(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def fields_of(kind: type[_Thing]) -> tuple[Field, ...]:
    return kind.__fields__


class _Thing:
    __slots__ = ()
    __fields__: ClassVar[tuple[Field, ...]]
    __makes__: ClassVar[Makes]

    def __init__(self, *in_order: object, **given: object) -> None:
        names, usual, factories, order = self.__makes__
        values = {**usual, **dict(zip(order, in_order, strict=False)), **given}
        for name, factory in factories.items():
            if name not in values:
                values[name] = factory()
        if values.keys() != names or len(in_order) > len(order) or not given.keys().isdisjoint(order[: len(in_order)]):
            known = ", ".join(field.name for field in self.__fields__)
            raise TypeError(
                f"{type(self).__name__} has {known}; given: {', '.join(given)} and {len(in_order)} in order"
            )
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    def __post_init__(self) -> None:
        """For those who have more to do."""

    def __repr__(self) -> str:
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in self.__fields__ if field.repr)
        return f"{type(self).__name__}({', '.join(shown)})"


class _Value(_Thing):
    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._values() == other._values()

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, field.name) for field in self.__fields__)


class _Frozen(_Value):
    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} never changes")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} stays")

    def __hash__(self) -> int:  # type: ignore[override]
        return hash((type(self), self._values()))

    def __setstate__(self, state: tuple[None, Mapping[str, object]]) -> None:
        """For copies, and for other processes."""
        for name, value in state[1].items():
            object.__setattr__(self, name, value)


if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, fields, replace
else:
    asdict, dataclass, field, fields, replace = as_mapping, make_class, Field, fields_of, other_value

__all__ = ["asdict", "dataclass", "field", "fields", "replace"]
