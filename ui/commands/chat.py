"""``magpie chat``: a conversation in the terminal, kept so that it can be gone on with."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ui.options import CollectionOption, ConfigOption, ConversationOption, HomeOption, settings_from

if TYPE_CHECKING:
    from rich.console import Console

    from agent.assemble import Agent
    from magpie.domain import TokenRef

CHAT_HELP = (
    "Ask in your own words. /image PATH [QUESTION] asks about a picture, /like N and /dislike N keep what you"
    " think of the N-th token shown, /new begins another conversation, /forget deletes this one,"
    " /quit leaves."
)
SHOWN_AGAIN = 5


def register(app: typer.Typer) -> None:
    """Add ``chat``."""
    app.command("chat")(chat)


def chat(
    collection: CollectionOption = None,
    conversation: ConversationOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk with the agent in the terminal; end with /quit or Ctrl-D. What was said is kept."""
    from agent.assemble import open_agent
    from agent.conversations import new_name, usable_name
    from ui.console import errors

    name = new_name() if conversation is None else usable_name(conversation)
    console = errors()
    with open_agent(settings_from(home, config), keep=True) as agent:
        talk = _Talk(agent, console, name, tuple(collection or ()))
        talk.show_again()
        console.print(CHAT_HELP, style="dim", soft_wrap=True)
        talk.hold()
        if agent.conversations.find(talk.name):
            again = f"Kept. To go on: magpie chat --conversation {shlex.quote(talk.name)}"
            console.print(again, style="dim", markup=False, soft_wrap=True)


@dataclass
class _Talk:
    """One sitting. ``shown`` are the tokens of the last answer that showed any."""

    agent: "Agent"
    console: "Console"
    name: str
    collections: tuple[str, ...]
    shown: tuple["TokenRef", ...] = field(default=())

    def show_again(self) -> None:
        """The last turns of a conversation that is gone on with."""
        from ui.terminal import print_turn

        known = self.agent.conversations.find(self.name)
        if known is None:
            return
        turns = self.agent.conversations.turns(self.name)
        if len(turns) > SHOWN_AGAIN:
            self._say(
                f"{len(turns) - SHOWN_AGAIN} earlier turns: magpie conversations {shlex.quote(self.name)}"
            )
        for turn in turns[-SHOWN_AGAIN:]:
            print_turn(self.console, turn)
            self.shown = turn.answer.shown if turn.answer and turn.answer.shown else self.shown

    def hold(self) -> None:
        """Answer line by line, until the person leaves."""
        from magpie.errors import MagpieError

        while True:
            try:
                line = self.console.input("[bold]> [/bold]").strip()
            except (EOFError, KeyboardInterrupt):
                self.console.print()
                return
            if line in ("/quit", "/exit"):
                return
            try:
                self._obey(line)
            except MagpieError as error:
                self.console.print(f"magpie: {error}", style="red", markup=False, soft_wrap=True)
            except KeyboardInterrupt:
                self._say("stopped")

    def _obey(self, line: str) -> None:
        from magpie.errors import InputError

        command, *rest = _words(line) if line.startswith("/") else ("",)
        match command, rest:
            case "", _:
                if line:
                    self._ask(line)
            case "/help", []:
                self._say(CHAT_HELP)
            case (("/new" | "/forget"), []):
                self._begin_another(forget=command == "/forget")
            case "/image", [path, *question]:
                self._ask(" ".join(question), Path(path).expanduser())
            case (("/like" | "/dislike"), [place]):
                self._thumb(place, up=command == "/like")
            case _:
                raise InputError(f"unknown command {line!r}; {CHAT_HELP}")

    def _ask(self, question: str, image: Path | None = None) -> None:
        from agent.answer import AnswerReady, StepFinished, TextDelta
        from ui.console import results
        from ui.terminal import print_asides, print_evidence, step_line

        events = self.agent.stream(
            question, image=image, conversation=self.name, collections=self.collections
        )
        for event in events:
            match event:
                case StepFinished():
                    self._say(step_line(event.step))
                case TextDelta():
                    print(event.text, end="", flush=True)
                case AnswerReady():
                    print()
                    print_evidence(results(), event.answer, self.agent.settings.dataset_dir)
                    print_asides(self.console, event.answer)
                    self.shown = event.answer.shown or self.shown

    def _begin_another(self, *, forget: bool) -> None:
        from agent.conversations import new_name

        if forget:
            self.agent.forget(self.name)
        self.name, self.shown = new_name(), ()
        self._say("Deleted. A new conversation." if forget else "A new conversation.")

    def _thumb(self, place: str, *, up: bool) -> None:
        from magpie.errors import InputError

        number = int(place) if place.isascii() and place.isdigit() and len(place) < 9 else 0
        if not 1 <= number <= len(self.shown):
            counted = f"give a number from 1 to {len(self.shown)}" if self.shown else "ask for tokens first"
            raise InputError(f"no token {place!r} was shown; {counted}")
        ref = self.shown[number - 1]
        self.agent.profiles.thumb(ref, up=up)
        self._say(f"{'Liked' if up else 'Disliked'}: {ref}. See magpie taste.")

    def _say(self, words: str) -> None:
        self.console.print(words, style="dim", markup=False, soft_wrap=True)


def _words(line: str) -> list[str]:
    from magpie.errors import InputError

    try:
        return shlex.split(line)
    except ValueError as error:
        raise InputError(f"{error}; close the quotation in {line!r}") from error
