"""One turn as a LangGraph graph: understand -> plan -> tools -> compose -> check, streaming its steps.

The check may send the text back to compose once, which then rebuilds it without a model. Calls and time are
capped. With `agent.chat_model` and `agent.memory`, the only module that knows LangChain; what the nodes do is
in plain modules.
"""

import re
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypedDict, cast

from langchain_core.runnables import RunnableConfig
from langgraph.channels import UntrackedValue
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langsmith.run_trees import configure

from agent.answer import (
    Answer,
    AnswerReady,
    Event,
    Evidence,
    Step,
    StepFinished,
    StepStarted,
    TextDelta,
    WordedBy,
)
from agent.check import Support, poor, strays, unsupported
from agent.compose import compose
from agent.context import Frame
from agent.draft import Draft
from agent.findings import Failed, Finding
from agent.library import Library
from agent.memory import TurnSaver
from agent.onchain.receipt import Receipt
from agent.plan import Call, plan
from agent.remember import recall, remember
from agent.tools import Toolbox
from agent.understand import Understanding, understand
from agent.wording import Opener, openers, template_opening
from magpie.errors import MagpieError

TURN_SECONDS = 60.0
UNPROVEN = "I could not word an answer that I can prove. What was found is listed as evidence."


@dataclass(frozen=True)
class Turn:
    """One question, its clock and the steps so far. Setting ``stopping`` ends the turn at the next chance."""

    question: str
    conversation: str
    image: Path | None = None
    collections: tuple[str, ...] = ()
    started: float = field(default_factory=time.monotonic)
    stopping: threading.Event = field(default_factory=threading.Event)
    steps: list[Step] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def is_over(self) -> bool:
        return self.stopping.is_set() or self.seconds > TURN_SECONDS


@dataclass(frozen=True)
class Parts:
    """What the nodes work with. ``opener`` is None when there is no model; ``notices`` says why."""

    library: Library
    toolbox: Toolbox
    opener: Opener | None = None
    notices: tuple[str, ...] = ()


class State(TypedDict, total=False):
    """Only ``frame`` outlives a turn; it is plain JSON, as `agent.memory` demands."""

    frame: dict[str, Any]
    found: Annotated[Understanding, UntrackedValue]
    calls: Annotated[tuple[Call, ...], UntrackedValue]
    findings: Annotated[tuple[Finding, ...], UntrackedValue]
    draft: Annotated[Draft, UntrackedValue]
    evidence: Annotated[tuple[Evidence, ...], UntrackedValue]
    opening: Annotated[str, UntrackedValue]
    worded_by: Annotated[WordedBy, UntrackedValue]
    rejected: Annotated[tuple[str, ...], UntrackedValue]
    notices: Annotated[tuple[str, ...], UntrackedValue]


Graph = CompiledStateGraph[State, Turn, State, State]


def run(graph: Graph, turn: Turn, saver: TurnSaver) -> Generator[Event]:
    """One turn through ``graph``, as its events; ``saver.finish`` then keeps it."""
    config: RunnableConfig = {"configurable": {"thread_id": turn.conversation}}
    events = graph.copy({"checkpointer": saver}).stream(
        {"rejected": (), "notices": ()}, config, context=turn, stream_mode="custom", durability="exit"
    )
    yield from cast("Generator[Event]", events)


def build_graph(parts: Parts) -> Graph:
    """The graph over ``parts``; what its nodes write is an `Event`."""
    configure(enabled=False)  # LangChain would send every turn to LangSmith where its variables are set
    nodes = Nodes(parts)
    graph = StateGraph(State, context_schema=Turn)
    graph.add_node("understand", nodes.understand)
    graph.add_node("plan", nodes.plan)
    graph.add_node("tools", nodes.tools)
    graph.add_node("compose", nodes.compose)
    graph.add_node("check", nodes.check)
    graph.add_node("reply", nodes.reply)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "plan")
    graph.add_edge("plan", "tools")
    graph.add_edge("tools", "compose")
    graph.add_edge("compose", "check")
    graph.add_conditional_edges("check", _after_check, ["compose", "reply"])
    graph.add_edge("reply", END)
    return graph.compile()


def _after_check(state: State) -> str:
    return "compose" if state["rejected"] and state["worded_by"] == "llm" else "reply"


class Nodes:
    """The nodes of the graph. Each reads the state and returns what it adds."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def understand(self, state: State, runtime: Runtime[Turn]) -> State:
        turn, (frame, gone) = runtime.context, recall(state.get("frame"))
        with _step(turn, "understand", "Reading the question") as note:
            found = understand(
                turn.question, frame, self._parts.library, image=turn.image, within=turn.collections
            )
            note.detail = describe(found)
        return {"frame": frame.model_dump(mode="json"), "found": found, "notices": gone}

    def plan(self, state: State, runtime: Runtime[Turn]) -> State:
        with _step(runtime.context, "plan", "Planning") as note:
            calls = plan(state["found"])
            note.detail = ", then ".join(call.tool for call in calls) or "nothing to look up"
        return {"calls": calls}

    def tools(self, state: State, runtime: Runtime[Turn]) -> State:
        turn, toolbox = runtime.context, self._parts.toolbox
        findings: list[Finding] = []
        for call in state["calls"]:
            with _step(turn, call.tool, toolbox.title(call)) as note:
                if turn.is_over:
                    finding: Finding = Failed(
                        tool=call.tool, problem=f"no time left after {TURN_SECONDS:.0f} s"
                    )
                else:
                    finding = toolbox.call(call)
                note.detail, note.ok = outcome(finding), not isinstance(finding, Failed)
            findings.append(finding)
        return {"findings": tuple(findings)}

    def compose(self, state: State, runtime: Runtime[Turn]) -> State:
        turn = runtime.context
        with _step(turn, "compose", "Writing the answer") as note:
            draft, evidence = compose(state["found"], state["findings"], self._parts.library)
            opening, worded_by, problem = self._opening(draft, turn, again=bool(state["rejected"]))
            note.detail, note.ok = problem or f"opened by the {worded_by}", not problem
        notices = (*self._parts.notices, *((problem,) if problem else ()), *state["notices"])
        return {
            "draft": draft,
            "evidence": evidence,
            "opening": opening,
            "worded_by": worded_by,
            "notices": tuple(dict.fromkeys(notices)),
        }

    def _opening(self, draft: Draft, turn: Turn, *, again: bool) -> tuple[str, WordedBy, str]:
        """The opening sentence, who wrote it, and what went wrong, if anything did."""
        ours = template_opening(draft.situation)
        if self._parts.opener is None or again or not ours or turn.is_over:
            return ours, "template", ""
        try:
            words = self._parts.opener.write(draft.situation, turn.question, turn.stopping)
        except MagpieError as error:
            return ours, "template", f"worded from templates: {error}"
        return (
            (words, "llm", "")
            if words
            else (ours, "template", "worded from templates: the model was too slow")
        )

    def check(self, state: State, runtime: Runtime[Turn]) -> State:
        draft, by_model = state["draft"], state["worded_by"] == "llm"
        with _step(runtime.context, "check", "Checking every claim") as note:
            said = (*_said(state), *draft.constants)
            support = Support.of(state["evidence"], said)
            vocabulary = self._parts.library.vocabulary
            rejected = unsupported(draft.text(state["opening"]), support, vocabulary)
            if by_model:
                ours = openers()[draft.situation]
                rejected += poor(state["opening"], ours) + strays(state["opening"], ours, support)
            note.ok = not rejected
            note.detail = f"rejected: {'; '.join(rejected)}" if rejected else "all supported by evidence"
        return {"rejected": rejected}

    def reply(self, state: State, runtime: Runtime[Turn]) -> State:
        turn, draft, found = runtime.context, state["draft"], state["found"]
        write = get_stream_writer()
        words = UNPROVEN if state["rejected"] else draft.text(state["opening"])
        answer = Answer(
            conversation=turn.conversation,
            question=turn.question,
            intent=found.intent,
            outcome=draft.outcome,
            text=words,
            worded_by=state["worded_by"],
            evidence=state["evidence"],
            shown=draft.shown,
            search=draft.search,
            receipt=draft.receipt,
            steps=tuple(turn.steps),
            suggestions=draft.suggestions,
            notices=state["notices"],
            seconds=round(turn.seconds, 3),
        )
        for piece in re.findall(r"\S+\s*|\s+", words):
            write(TextDelta(text=piece))
        write(AnswerReady(answer=answer))
        return {"frame": remember(_frame(state), found, draft).model_dump(mode="json")}


def describe(found: Understanding) -> str:
    """What was understood, in one line for people: intent, collections with their scores, conditions."""
    named = [f"{m.collection} (“{m.phrase}”, {m.score:.2f})" for m in found.mentions.collections]
    wanted = [f"{'no ' if m.negated else ''}“{m.phrase}”" for m in found.conditions]
    tokens = [f"#{ref.token_id}" for ref in found.tokens]
    said = "; ".join(filter(None, (", ".join(named), ", ".join(wanted), ", ".join(tokens))))
    return f"{found.intent.replace('_', ' ')} ({found.confidence:.2f}){': ' if said else ''}{said}"


def outcome(finding: Finding) -> str:
    """One line about a tool's result."""
    match finding:
        case Failed():
            return finding.problem
        case Receipt():
            return finding.verdict.replace("_", " ")
        case _:
            return finding.summary


class _Note:
    """What a step says about itself when it ends."""

    detail: str = ""
    ok: bool = True


@contextmanager
def _step(turn: Turn, name: str, title: str) -> Iterator[_Note]:
    write, started, note = get_stream_writer(), time.monotonic(), _Note()
    write(StepStarted(name=name, title=title))
    yield note
    seconds = round(time.monotonic() - started, 3)
    step = Step(name=name, title=title, detail=note.detail, ok=note.ok, seconds=seconds)
    turn.steps.append(step)
    write(StepFinished(step=step))


def _frame(state: State) -> Frame:
    return Frame.model_validate(state.get("frame") or {})


def _said(state: State) -> tuple[str, ...]:
    """The person's words that an answer may repeat: this question's, and those that it leans on."""
    found, frame = state["found"], _frame(state)
    phrases = [match.phrase for match in (*found.conditions, *found.replaced)]
    return (found.question, frame.words, *phrases)
