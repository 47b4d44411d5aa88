"""One turn as a LangGraph graph: understand -> plan -> tools -> compose -> check, streaming its steps.

The check may send the text back to compose once, which then rebuilds it without a model. Calls and time are
capped. With `agent.chat_model` and `agent.memory`, the only module that knows LangChain; what the nodes do is
in plain modules.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    TextDelta,
    ToolCall,
    Versions,
    WordedBy,
)
from agent.check import Support, poor, strays, unsupported
from agent.clauses import clauses
from agent.compose import Answered, compose
from agent.context import Frame
from agent.draft import Draft
from agent.findings import Failed, Finding
from agent.library import Library
from agent.memory import TurnSaver
from agent.plan import Call, plan
from agent.profile import Profiles
from agent.remember import recall, remember
from agent.routing.router import Router
from agent.steps import Note, describe, outcome, step
from agent.tool import Toolbox
from agent.turn import Turn
from agent.understand import understand
from agent.understanding import Understanding
from agent.wording import TOO_SLOW, Opener, openers, template_opening
from magpie.errors import MagpieError

UNPROVEN = "I could not word an answer that I can prove. What was found is listed as evidence."


@dataclass(frozen=True)
class Parts:
    """What the nodes work with. ``router`` or ``opener`` is None without its model; ``notices`` say why.

    ``versions`` tells, of a seed, what answers depend on.
    """

    library: Library
    toolbox: Toolbox
    profiles: Profiles
    versions: Callable[[int], Versions]
    router: Router | None = None
    opener: Opener | None = None
    notices: tuple[str, ...] = ()


class State(TypedDict, total=False):
    """Only ``frame`` outlives a turn; it is plain JSON, as `agent.memory` demands.

    ``rest`` are the clauses still to be answered, ``now`` is the frame that the next of them leans on.
    """

    frame: dict[str, Any]
    rest: Annotated[tuple[str, ...], UntrackedValue]
    now: Annotated[Frame, UntrackedValue]
    found: Annotated[Understanding, UntrackedValue]
    calls: Annotated[tuple[Call, ...], UntrackedValue]
    answered: Annotated[tuple[Answered, ...], UntrackedValue]
    draft: Annotated[Draft, UntrackedValue]
    evidence: Annotated[tuple[Evidence, ...], UntrackedValue]
    opening: Annotated[str, UntrackedValue]
    worded_by: Annotated[WordedBy, UntrackedValue]
    rejected: Annotated[tuple[str, ...], UntrackedValue]
    notices: Annotated[tuple[str, ...], UntrackedValue]


Graph = CompiledStateGraph[State, Turn, State, State]


def run(graph: Graph, turn: Turn, saver: TurnSaver, begun: Frame | None = None) -> Generator[Event]:
    """One turn through ``graph``, as its events; ``saver.finish`` then keeps it.

    It leans on the frame ``begun`` instead of what the conversation's last turn left.
    """
    given = State(rejected=(), notices=(), answered=())
    if begun is not None:
        given["frame"] = begun.model_dump(mode="json")
    config: RunnableConfig = {"configurable": {"thread_id": turn.conversation}}
    events = graph.copy({"checkpointer": saver}).stream(
        given,
        config,
        context=turn,
        stream_mode="custom",
        durability="exit",
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
    graph.add_conditional_edges("tools", _after_tools, ["understand", "compose"])
    graph.add_edge("compose", "check")
    graph.add_conditional_edges("check", _after_check, ["compose", "reply"])
    graph.add_edge("reply", END)
    return graph.compile()


def _after_tools(state: State) -> str:
    return "understand" if state["rest"] else "compose"


def _after_check(state: State) -> str:
    return "compose" if state["rejected"] and state["worded_by"] == "llm" else "reply"


class Nodes:
    """The nodes of the graph. Each reads the state and returns what it adds."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def understand(self, state: State, runtime: Runtime[Turn]) -> State:
        turn = runtime.context
        with _step(turn, "understand", "Reading the question") as note:
            if state["answered"]:
                now, rest, begun = state["now"], state["rest"], State()
            else:
                now, gone = recall(state.get("frame"), self._parts.library.names.collections)
                rest, begun = self._clauses(turn, now), State(notices=gone)
            found = self._understood(rest[0], now, turn)
            note.detail = describe(found)
        return {**begun, "now": now, "rest": rest[1:], "found": found}

    def _understood(self, question: str, frame: Frame, turn: Turn) -> Understanding:
        parts = self._parts
        return understand(
            question,
            frame,
            parts.library,
            parts.router,
            image=turn.image,
            within=turn.collections,
            taste_known=bool(parts.profiles.get().likes),
        )

    def _clauses(self, turn: Turn, frame: Frame) -> tuple[str, ...]:
        """The question's clauses if each asks for something that is looked up and the whole is no order."""
        whole = (turn.question,)
        parts = clauses(turn.question) if turn.image is None else whole
        if len(parts) == 1 or self._understood(turn.question, frame, turn).topic == "instructions":
            return whole
        asks = all(self._understood(part, frame, turn).is_looked_up for part in parts)
        return parts if asks else whole

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
                        tool=call.tool, problem=f"no time left after {turn.limit:.0f} s"
                    )
                else:
                    finding = toolbox.call(call)
                note.detail, note.ok = outcome(finding), not isinstance(finding, Failed)
            arguments = call.args.model_dump(mode="json")
            turn.calls.append(ToolCall(tool=call.tool, arguments=arguments, ok=note.ok))
            findings.append(finding)
        answered = Answered(state["found"], tuple(findings))
        draft, _ = compose([answered], self._parts.library)
        now = remember(state["now"], answered.found, draft)
        return {"answered": (*state["answered"], answered), "now": now}

    def compose(self, state: State, runtime: Runtime[Turn]) -> State:
        turn = runtime.context
        with _step(turn, "compose", "Writing the answer") as note:
            draft, evidence = compose(state["answered"], self._parts.library)
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
            words = self._parts.opener.write(draft.situation, turn.question, turn.stopping, seed=turn.seed)
        except MagpieError as error:
            return ours, "template", f"worded from templates: {error}"
        return (words, "llm", "") if words else (ours, "template", TOO_SLOW)

    def check(self, state: State, runtime: Runtime[Turn]) -> State:
        draft, by_model = state["draft"], state["worded_by"] == "llm"
        with _step(runtime.context, "check", "Checking every claim") as note:
            said = (*_said(state, self._parts.library), *draft.constants)
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
        turn, draft = runtime.context, state["draft"]
        write = get_stream_writer()
        words = UNPROVEN if state["rejected"] else draft.text(state["opening"])
        answer = Answer(
            conversation=turn.conversation,
            question=turn.question,
            intent=state["answered"][0].found.intent,
            outcome=draft.outcome,
            text=words,
            worded_by=state["worded_by"],
            evidence=state["evidence"],
            shown=draft.shown,
            search=draft.search,
            receipt=draft.receipt,
            steps=tuple(turn.steps),
            calls=tuple(turn.calls),
            versions=self._parts.versions(turn.seed),
            suggestions=draft.suggestions,
            notices=state["notices"],
            seconds=round(turn.seconds, 3),
        )
        for piece in re.findall(r"\S+\s*|\s+", words):
            write(TextDelta(text=piece))
        write(AnswerReady(answer=answer))
        return {"frame": state["now"].model_dump(mode="json")}


@contextmanager
def _step(turn: Turn, name: str, title: str) -> Iterator[Note]:
    with step(turn.steps, get_stream_writer(), name, title) as note:
        yield note


def _said(state: State, library: Library) -> tuple[str, ...]:
    """The person's words that an answer may repeat: this question's, and those that it leans on."""
    frame, _ = recall(state.get("frame"), library.names.collections)
    found = [one.found for one in state["answered"]]
    phrases = [match.phrase for one in found for match in (*one.conditions, *one.replaced)]
    return (*(one.question for one in found), *(one.words for one in found), frame.words, *phrases)
