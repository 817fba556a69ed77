"""The command line of `tampu remote`: our options, then the script, then the script's own words."""

from __future__ import annotations

from tampu.errors import TampuError
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USAGE = "tampu remote [options] SCRIPT [ARGUMENTS ...]"
PACK, SYNC, RUN, CLEAN = "PSRC"
SCRIPT = ""
LOCAL, REMOTE, ALL = "local", "remote", "all"
WIDEST = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A switch, or with a `value` what the next word is; `many` may stand there several times."""

    short: str = ""
    name: str
    value: str = ""
    about: str
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What can be asked about runs, beside running a script; `least` and `most` count its words."""

    words: str
    about: str
    least: int = 0
    most: int = 1


OPTIONS: Mapping[str, tuple[Option, ...]] = {
    "the steps; without any, all of them": (
        Option(short=PACK, name="pack", about="gather what the script needs in a folder here, and say its ID"),
        Option(short=SYNC, name="sync", about="bring that to the host: SCRIPT is then the ID, or a script with -P"),
        Option(short=RUN, name="run", about="run it there"),
        Option(short=CLEAN, name="clean", about="remove that folder again"),
    ),
    "what is packed": (
        Option(short="n", name="name", value="NAME", about="call the package that, and keep it"),
        Option(short="m", name="search", about="look unknown imports up in the package index"),
        Option(short="f", name="files", about="take all files of the project, and not only those that the text names"),
        Option(name="trace", about="run the script once on this machine, and take what it reads"),
        Option(name="python", value="VERSION", about="a Python of that version, such as 3.12"),
        Option(name="upgrade", about="newer versions of packages than the last time, where the project allows them"),
    ),
    "where it runs": (
        Option(name="host", value="HOST", about="a host as ssh knows it; else the config's"),
        Option(name="ssh-config", value="FILE", about="ssh's configuration; else TAMPU_SSH_CONFIG, or your own"),
    ),
    "how it runs": (
        Option(short="t", name="tty", about="give it a terminal"),
        Option(short="e", name="env", value="NAME[=VALUE]", many=True, about="a variable for it; without =, yours"),
        Option(name="secrets", value="FILE", many=True, about="variables for it, out of a file of NAME=VALUE"),
        Option(name="detach", about="say the run's ID and come back; it goes on"),
        Option(name="attach", value="ID", about="see and steer a run that goes on"),
        Option(name="fetch", about="bring back the files that it writes"),
        Option(short="N", name="noisy", about="say all that is done"),
        Option(short="c", name="cls", about="afterwards, remove all that the host has of it"),
    ),
    "many runs": (
        Option(name="hosts", value="A,B,…", about="on each of these, or spread over them"),
        Option(name="map", value="FILE", about="a run for each row of that CSV file"),
        Option(name="header", about="its first row names the columns"),
        Option(name="jobs", value="N", about="so many at once on a host; else as many as it has CPUs"),
        Option(name="retries", value="N", about="so many times more where a run was lost; else 2"),
        Option(name="retry-failed", about="retry what ended with an error of its own, too"),
        Option(name="results", value="FOLDER", about="outputs and the ledger go there; else results"),
        Option(name="engine", value="NAME", about="ssh, dask or slurm; else ssh"),
        Option(name="scheduler", value="ADDRESS", about="of a Dask cluster that is there"),
        Option(name="slurm-option", value="OPTION", many=True, about="for sbatch, such as --partition=x"),
        Option(name="dry-run", about="show the script that Slurm would get, and submit nothing"),
    ),
}
VERBS: Mapping[str, Verb] = {
    "ps": Verb(words="", most=0, about="the runs of a host"),
    "logs": Verb(words="ID", least=1, about="what a run has written until now"),
    "attach": Verb(words="ID", least=1, about="see and steer a run that goes on"),
    "kill": Verb(words="ID", least=1, about="end a run, and all that it has started"),
    "fetch": Verb(words="ID", least=1, about="bring back the files that a run has written"),
    "clean": Verb(words="local|remote|all", least=1, about="remove what is kept here, on the host, or both"),
    "records": Verb(words="[ID]", about="the runs that there were"),
    "replay": Verb(words="ID", least=1, about="run one of them again, and compare"),
}
HELP = Option(short="h", name="help", about="this")
BY_NAME = {option.name: option for group in OPTIONS.values() for option in group} | {HELP.name: HELP}
BY_LETTER = {option.short: option for option in BY_NAME.values() if option.short}
STEPS = {"pack": PACK, "sync": SYNC, "run": RUN, "clean": CLEAN}
BEYOND_ONE = ("hosts", "map", "engine")


class WrongCall(TampuError):
    reason = "usage::remote"
    exit_code = 2

    def __init__(self, message: str, expected: str = USAGE) -> None:
        title, todo = "That is not a command line of tampu remote", "`tampu remote --help` explains each option."
        super().__init__(title=title, found=message, expected=expected, todo=todo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`verb` is empty for a script; `words` are the script (or an ID) and its own words, or those of the verb.

    `said` is all of it, as it was said.
    """

    verb: str = SCRIPT
    words: tuple[str, ...] = ()
    given: Mapping[str, tuple[str, ...]]
    said: tuple[str, ...] = ()

    def asks(self, name: str) -> bool:
        return name in self.given

    def value(self, name: str) -> str:
        return self.given[name][-1] if name in self.given else ""

    def values(self, name: str) -> tuple[str, ...]:
        return self.given.get(name, ())

    @property
    def steps(self) -> str:
        """In their order; none means all."""
        return "".join(letter for name, letter in STEPS.items() if name in self.given)

    @property
    def many(self) -> bool:
        return any(name in self.given for name in BEYOND_ONE)

    def number(self, name: str, least: int) -> int | None:
        text = self.value(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and least <= int(text[:9])):
            raise WrongCall(f"--{name} {text}", f"a whole number, from {least} on")
        return int(text[:9])


def read(argv: Sequence[str]) -> Call:
    given: dict[str, list[str]] = {}
    words = _options(list(argv), given)
    verb = SCRIPT
    if words and words[0] in VERBS and not given.keys() & STEPS.keys():
        verb, words = words[0], _between(words[1:], given)
    elif "attach" in given:
        if words:
            raise WrongCall(f"--attach {given['attach'][-1]} {words[0]}", "--attach ID alone, or a script alone")
        verb, words = "attach", given.pop("attach")[-1:]
    found = {name: tuple(values) for name, values in given.items()}
    call = Call(verb=verb, words=tuple(words), given=found, said=tuple(argv))
    if not call.asks(HELP.name):
        _check(call)
    return call


def _options(words: list[str], given: dict[str, list[str]]) -> list[str]:
    """Notes those that stand first; gives what follows them."""
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        for option, value in _named(word[2:]) if word.startswith("--") else _lettered(word):
            if option.value and value is None and not words:
                raise WrongCall(f"{word} at the end", f"{word} {option.value}")
            known = given.setdefault(option.name, [])
            known.append(words.pop(0) if option.value and value is None else value or "")
            if option.value and not option.many and len(known) > 1 and known[-1] != known[-2]:
                raise WrongCall(f"--{option.name} {known[0]} and --{option.name} {known[1]}", "one of them")
    return words


def _between(words: list[str], given: dict[str, list[str]]) -> list[str]:
    """The words of a verb, with options wherever they stand."""
    found = []
    while words := _options(words, given):
        found.append(words.pop(0))
    return found


def _named(text: str) -> Iterator[tuple[Option, str | None]]:
    name, equals, value = text.partition("=")
    option = BY_NAME.get(name)
    if option is None:
        from difflib import get_close_matches

        near = get_close_matches(name, BY_NAME, 1)
        raise WrongCall(f"--{name}", f"--{near[0]}, perhaps" if near else USAGE)
    if equals and not option.value:
        raise WrongCall(f"--{text}", f"--{name}, without a value")
    yield option, value if equals else None


def _lettered(word: str) -> Iterator[tuple[Option, str | None]]:
    """A word such as -PSn, whose last letter may have its value behind it."""
    for at, letter in enumerate(word[1:], 2):
        option = BY_LETTER.get(letter)
        if option is None:
            raise WrongCall(f"-{letter}" if word == f"-{letter}" else f"-{letter} in {word}")
        yield option, (word[at:] or None) if option.value else None
        if option.value:
            return


def _check(call: Call) -> None:
    if call.verb:
        verb = VERBS[call.verb]
        if not verb.least <= len(call.words) <= verb.most:
            raise WrongCall(" ".join((call.verb, *call.words)), f"tampu remote {call.verb} {verb.words}".rstrip())
        if call.verb == "clean" and call.words[0] not in {LOCAL, REMOTE, ALL}:
            raise WrongCall(f"clean {call.words[0]}", f"tampu remote clean {VERBS['clean'].words}")
        return
    if not call.words:
        raise WrongCall("no script")
    for one, other in (("detach", "tty"), ("detach", "fetch"), ("detach", "cls"), ("hosts", "host")):
        if call.asks(one) and call.asks(other):
            raise WrongCall(f"--{one} and --{other}", "one of them")
    number, right = ("many runs", "for one run on one host") if call.many else ("one run", "with --hosts or --map")
    for name in ("detach", "tty") if call.many else (option.name for option in OPTIONS["many runs"]):
        if call.asks(name):
            raise WrongCall(f"--{name} with {number}", f"--{name} {right}")
    if call.many and call.steps and RUN not in call.steps:
        raise WrongCall(f"-{call.steps} with many runs", f"-{call.steps} alone, or with -R")


def help_text() -> str:
    verbs = (f"       tampu remote {name} {verb.words}".rstrip() for name, verb in VERBS.items())
    about = "Run a script on another machine as if it were here, with all that it needs."
    lines = [f"usage: {USAGE}", *verbs, "", about, ""]
    for title, options in OPTIONS.items():
        lines += [f"{title}:", *(_row(option) for option in options), ""]
    lines += ["about runs:", *(f"  {name:{WIDEST}} {verb.about}" for name, verb in VERBS.items()), ""]
    return "\n".join(lines) + "\nA script that is called as one of these words is ./ps, and so on.\n"


def _row(option: Option) -> str:
    letter = f"-{option.short}, " if option.short else "    "
    return f"  {f'{letter}--{option.name} {option.value}'.rstrip():{WIDEST}} {option.about}"
