"""One answered question with all that it was answered from: written to a file, and read from a stranger's.

A trace tells what the person asked, what the conversation and the taste profile held before, and which
pictures could be looked at (paths and digests, not the pictures). It holds no key, of nodes only the hosts.
"""  # noqa: A005 (nobody traces calls here)

from pathlib import Path, PureWindowsPath
from typing import Literal

from pydantic import Field, ValidationError

from agent.answer import Answer
from agent.arguments import SearchArgs
from agent.context import Frame
from agent.remember import Memory
from agent.speaker import ALONE, QUESTION_LIMIT, Speaker
from agent.wording import MOST_SEED, SEED
from magpie import text
from magpie.domain import CollectionName, Model
from magpie.errors import InputError
from magpie.files import sha256_file, write_atomic
from magpie.settings import Settings
from magpie.urls import host_of

MOST_BYTES = 8_000_000
MOST_FRAME = 1_000_000  # characters of its JSON
MOST_CONDITIONS = 200
MOST_WORDS = 20_000
MOST_PICTURE = 200_000_000  # bytes
MOST_NESTING = 64


class Asked(Model):
    """One question as it is put to an agent."""

    question: str = Field(default="", max_length=QUESTION_LIMIT)
    image: Path | None = None
    conversation: str = Field(default=ALONE, min_length=1, max_length=500)
    collections: tuple[CollectionName, ...] = ()
    seed: int = Field(default=SEED, ge=0, le=MOST_SEED)


class Picture(Model):
    """A picture that the turn could look at. ``size`` is in bytes."""

    path: Path
    size: int = Field(gt=0, le=MOST_PICTURE)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Trace(Model):
    """``memory`` is from before the turn, ``settings`` are those that an answer may depend on."""

    format: Literal[1] = 1
    asked: Asked
    memory: Memory
    pictures: tuple[Picture, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)
    answer: Answer


def ask_traced(agent: Speaker, asked: Asked) -> Trace:
    """Ask, and tell all of it. Raises as `Speaker.ask`, and `InputError` for a picture that is gone."""
    image = asked.image.absolute() if asked.image else None
    asked = asked.model_copy(update={"image": image})
    memory = agent.memory(asked.conversation)
    memory = memory.model_copy(update={"frame": _with_its_pictures(memory.frame)})
    answer = ask(agent, asked)
    pictures = tuple(_picture(path) for path in sorted(_paths(asked, memory.frame)))
    told = settings_told(agent.settings)
    return Trace(asked=asked, memory=memory, pictures=pictures, settings=told, answer=answer)


def ask(agent: Speaker, asked: Asked) -> Answer:
    """As `Speaker.ask`."""
    return agent.ask(
        asked.question,
        image=asked.image,
        conversation=asked.conversation,
        collections=asked.collections,
        seed=asked.seed,
    )


def settings_told(settings: Settings) -> dict[str, str]:
    """The settings that an answer may depend on beside its versions: nothing secret."""
    nodes = {chain: [host_of(str(url)) for url in urls] for chain, urls in sorted(settings.nodes.items())}
    return {
        "device": settings.device,
        "threads": str(settings.threads),
        "block_tag": settings.block_tag,
        "nodes": "; ".join(f"{chain} {', '.join(hosts)}" for chain, hosts in nodes.items()),
        "dev_chain_url": host_of(str(settings.dev_chain_url)) if settings.dev_chain_url else "",
    }


def write(trace: Trace, path: Path) -> None:
    """One JSON document, whole or not at all."""
    write_atomic(path, trace.model_dump_json(indent=2).encode() + b"\n")


def read(path: Path) -> Trace:
    """A trace that anybody may have written. Raises `InputError` for one that is none, or too large.

    Its pictures are not looked at: see `require_pictures`.
    """
    try:
        with path.open("rb") as file:
            written = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); give a file that `magpie ask --trace` wrote"
        ) from error
    if len(written) > MOST_BYTES:
        raise InputError(f"{path} is over {MOST_BYTES // 1_000_000} MB, which no trace is")
    try:
        words = written.decode()
        if text.nests_deeper(words, MOST_NESTING):
            raise InputError(f"{path} is no trace: it is nested too deeply")
        trace = Trace.model_validate_json(words)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "JSON"
        said = text.clean(f"{where}: {problem['msg']}", 200)
        raise InputError(f"{path} is no trace that this version of Magpie reads: {said}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no trace: it is not UTF-8") from error
    if problem_in := _excess(trace):
        raise InputError(f"{path} is no trace that Magpie wrote: {problem_in}")
    return trace


def require_pictures(trace: Trace) -> None:
    """Raises `InputError` unless every picture of the trace is here, and is the one that it was."""
    for picture in trace.pictures:
        path = picture.path
        # A share of another machine would be told who asks, whatever the digest then says.
        is_elsewhere = PureWindowsPath(path).drive.startswith("\\\\")
        if is_elsewhere or not path.is_absolute() or not _is(picture):
            raise InputError(
                f"the picture {text.clean(str(path))} of the trace is not here, or is another one:"
                " put it there to ask again"
            )


def _is(picture: Picture) -> bool:
    try:
        regular = picture.path.is_file() and picture.path.stat().st_size == picture.size
        return regular and sha256_file(picture.path) == picture.sha256
    except OSError:
        return False


def _picture(path: Path) -> Picture:
    try:
        return Picture(path=path, size=path.stat().st_size, sha256=sha256_file(path))
    except (OSError, ValidationError) as error:
        raise InputError(
            f"the picture {path} cannot be told of in a trace; give a file that stays"
        ) from error


def _looked_up_image(frame: Frame) -> Path | None:
    return frame.looked_up.image if isinstance(frame.looked_up, SearchArgs) else None


def _paths(asked: Asked, frame: Frame) -> set[Path]:
    return {path for path in (asked.image, frame.image, _looked_up_image(frame)) if path}


def _with_its_pictures(frame: Frame) -> Frame:
    """``frame`` without a look-up whose picture is gone: it cannot be asked again."""
    image = _looked_up_image(frame)
    return frame if image is None or image.is_file() else frame.model_copy(update={"looked_up": None})


def _excess(trace: Trace) -> str:
    """What in it no trace of ours has, or ""."""
    frame = trace.memory.frame
    wanted = (*frame.conditions, *getattr(frame.looked_up, "conditions", ()))
    if trace.answer.versions is None:
        return "it tells no versions"
    if not _paths(trace.asked, frame) <= {picture.path for picture in trace.pictures}:
        return "it names a picture without its digest"
    if len(wanted) > MOST_CONDITIONS or len(frame.words) > MOST_WORDS:
        return "it has too many conditions"
    return "it remembers too much" if len(frame.model_dump_json()) > MOST_FRAME else ""
