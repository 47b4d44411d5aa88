"""What one turn gives back: the answer, its evidence, its steps, and the events on the way.

Plain frozen values that turn into JSON (docs/answer-format.md); nothing here knows how they are made.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from agent.onchain.receipt import Receipt
from magpie.domain import CollectionName, Model, TokenRef
from magpie.query import Hit, SearchResult

FORMAT_VERSION = 2

EvidenceKind = Literal[
    "token", "collection", "comparison", "search", "recommendation", "receipt", "taste", "failure"
]
Outcome = Literal["answered", "no_match", "declined", "unverified", "clarify"]
WordedBy = Literal["llm", "template"]


class Fact(Model):
    """One labelled value, cleaned for showing: ``Accessory`` = ``Pipe``."""

    label: str
    value: str


class Evidence(Model):
    """One thing that a tool returned, cited in the text as ``[number]``.

    ``image`` is relative to the dataset folder. ``hit`` says why a token was found and what it lacks;
    ``parts`` are the named parts of a recommendation's score, which add up to it.
    """

    number: int = Field(ge=1)
    kind: EvidenceKind
    title: str
    facts: tuple[Fact, ...] = ()
    collection: CollectionName | None = None
    ref: TokenRef | None = None
    image: str | None = None
    url: str = ""
    hit: Hit | None = None
    score: float | None = None
    parts: tuple[tuple[str, float], ...] = ()


class Step(Model):
    """One finished step of the turn. ``detail`` is one line for people."""

    name: str
    title: str
    detail: str = ""
    ok: bool = True
    seconds: float = Field(default=0.0, ge=0)


class ToolCall(Model):
    """One call that was made, with the arguments of its tool (`agent.arguments`) as JSON.

    ``ok`` is False if the tool failed; the evidence then has its problem.
    """

    tool: str
    arguments: dict[str, JsonValue]
    ok: bool = True


class Versions(Model):
    """What an answer depends on beside its question and what was said before.

    Digests are the first 12 hexadecimal digits of a SHA-256. ``model`` and ``router`` are ``none`` where
    there is none, ``model_sha256`` is empty where the model is no file here. ``seed`` is the wording's.
    """

    magpie: str
    model: str
    model_sha256: str
    router: str
    dataset: str
    image_encoder: str
    caption_encoder: str
    seed: int


class Answer(Model):
    """The whole answer to one question.

    ``text`` cites ``evidence`` as ``[n]``. ``shown`` are the tokens that "the second one" counts, in order.
    ``notices`` are lines about how it was answered (no LLM installed, a tool that failed), not about NFTs.
    ``versions`` is None only in what older versions of Magpie kept.
    """

    format: int = FORMAT_VERSION
    conversation: str
    question: str
    intent: str
    outcome: Outcome
    text: str
    worded_by: WordedBy
    evidence: tuple[Evidence, ...] = ()
    shown: tuple[TokenRef, ...] = ()
    search: SearchResult | None = None
    receipt: Receipt | None = None
    steps: tuple[Step, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    versions: Versions | None = None
    suggestions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    seconds: float = Field(default=0.0, ge=0)

    def cited(self, number: int) -> Evidence | None:
        """The evidence cited as ``[number]``, or None."""
        return next((item for item in self.evidence if item.number == number), None)


class StepStarted(Model):
    event: Literal["step_started"] = "step_started"
    name: str
    title: str


class StepFinished(Model):
    event: Literal["step_finished"] = "step_finished"
    step: Step


class TextDelta(Model):
    """The next piece of the checked text: joined together the pieces are ``Answer.text``."""

    event: Literal["text_delta"] = "text_delta"
    text: str


class AnswerReady(Model):
    """Always the last event of a turn."""

    event: Literal["answer_ready"] = "answer_ready"
    answer: Answer


Event = Annotated[StepStarted | StepFinished | TextDelta | AnswerReady, Field(discriminator="event")]
