"""Conversations that outlive the process: gone on with, never torn, never mixed, nothing run when read."""

import pickle
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter

import pytest

from agent import state as state_module
from agent.answer import AnswerReady, StepFinished, TextDelta
from agent.assemble import open_agent
from agent.conversations import PICTURE_TITLE, Conversations
from agent.memory import PlainJson
from agent.remember import NO_FRAME, NO_PICTURE
from agent.state import State
from magpie.errors import InputError, SourceError
from magpie.settings import Settings

# Each shows one token first, which "it" then is.
LOOKS = {
    "a zombie punk with a beanie, no glasses": 1,
    "an ape with a beanie": 7,
    "an ape with a knitted cap": 6,
    "an alien": 7804,
}
ZOMBIE, APE, *_ = LOOKS


@pytest.fixture
def own(settings, tmp_path):
    """Settings over a copy of the small world, which the test may write to."""
    home = shutil.copytree(settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("state.sqlite*"))
    return Settings(**{**settings.model_dump(), "home": home})


def focus(agent, conversation):
    """The token that "it" is in a conversation, or None."""
    receipt = agent.ask("who owns it?", conversation=conversation).receipt
    return receipt.token.token_id if receipt else None


def rows(settings, table):
    with sqlite3.connect(settings.state_path) as db:
        found = db.execute(f"SELECT * FROM {table}").fetchall()
    db.close()
    return found


def test_a_conversation_is_gone_on_with_by_another_process(own):
    with open_agent(own, keep=True) as agent:
        first = agent.ask(ZOMBIE, conversation="punks")
    with open_agent(own, keep=True) as agent:
        second = agent.ask("I want an earring instead", conversation="punks")
        (one,) = agent.conversations.all()
        kept = agent.conversations.turns("punks")
    assert [ref.token_id for ref in second.shown] == [3]
    assert (one.name, one.title, one.turns) == ("punks", ZOMBIE, 2)
    assert one.started < one.used
    assert [turn.answer for turn in kept] == [first, second]
    assert [(turn.number, turn.question, turn.picture) for turn in kept] == [
        (1, ZOMBIE, False),
        (2, "I want an earring instead", False),
    ]


def test_without_keep_nothing_is_written_and_nothing_is_remembered_afterwards(own):
    before = sorted(path.name for path in own.home.iterdir())
    with open_agent(own) as agent:
        agent.ask(ZOMBIE, conversation="punks")
        assert focus(agent, "punks") == 1
        agent.profiles.change(lambda taste: taste.liking("robots"))
    with open_agent(own) as agent:
        assert focus(agent, "punks") is None
        assert agent.profiles.get().is_empty
    assert sorted(path.name for path in own.home.iterdir()) == before


def test_conversations_are_listed_renamed_and_deleted(own):
    with open_agent(own, keep=True) as agent:
        kept = agent.conversations
        for name in ("a", "b", "a"):
            agent.ask(APE, conversation=name)
        assert [(one.name, one.turns) for one in kept.all()] == [("a", 2), ("b", 1)]
        kept.rename("b", "  Apes\n<b>with</b> hats ")
        assert kept.find("b").title == "Apes with hats"
        kept.delete("b")
        agent.forget("b")
        assert [one.name for one in kept.all()] == ["a"]
        assert focus(agent, "b") is None
        for failing in (lambda: kept.delete("c"), lambda: kept.rename("c", "x"), lambda: kept.turns("c")):
            with pytest.raises(InputError, match="unknown conversation 'c'"):
                failing()
        with pytest.raises(InputError, match="the new title is empty"):
            kept.rename("a", " \u200b")


def test_only_the_last_checkpoint_of_a_conversation_is_kept_and_it_is_plain_json(own):
    with open_agent(own, keep=True) as agent:
        for look in LOOKS:
            agent.ask(look, conversation="a")
        agent.ask(APE, conversation="b")
    checkpoints = rows(own, "checkpoints")
    assert [(row[0], row[4]) for row in checkpoints] == [("a", "json"), ("b", "json")]
    assert max(len(row[5]) for row in checkpoints) < 8_000
    assert rows(own, "writes") == []


def test_a_question_that_is_only_a_picture_has_a_title_and_its_picture_is_not_kept(own, tmp_path):
    picture = shutil.copy(own.dataset_dir / "CRYPTOPUNKS/images/CRYPTOPUNKS_7804.png", tmp_path / "mine.png")
    with open_agent(own, keep=True) as agent:
        agent.ask("", image=picture, conversation="seen")
        (turn,) = agent.conversations.turns("seen")
        assert agent.conversations.find("seen").title == PICTURE_TITLE
        assert (turn.question, turn.picture) == ("", True)
        picture.unlink()
        again = agent.ask("but with a beanie", conversation="seen")
        assert NO_PICTURE in again.notices
        assert not any(step.name == "search_tokens" and not step.ok for step in again.steps)
        assert NO_PICTURE not in agent.ask("but with an earring", conversation="seen").notices


def test_a_turn_that_is_left_at_any_event_is_not_in_the_file(own):
    with open_agent(own, keep=True) as agent:
        agent.ask(ZOMBIE, conversation="a")
        whole = len(list(agent.stream(APE, conversation="b")))
        agent.forget("b")
        for left_after in (1, whole // 2, whole - 1):
            for name in ("a", "new"):
                events = agent.stream(APE, conversation=name)
                for _ in range(left_after):
                    next(events)
                events.close()
        assert [(one.name, one.turns) for one in agent.conversations.all()] == [("a", 1)]
        assert [row[0] for row in rows(own, "checkpoints")] == ["a"]
        assert focus(agent, "a") == 1


def test_a_turn_that_cannot_be_kept_is_answered_and_says_so(own, monkeypatch):
    monkeypatch.setattr(state_module, "BUSY_SECONDS", 0.1)
    with open_agent(own, keep=True) as agent, State(own.state_path) as other:
        agent.ask(ZOMBIE, conversation="a")
        with other.transaction():
            answer = agent.ask(APE, conversation="a")
        assert answer.shown[0].token_id == 7
        assert "this turn is not remembered" in answer.notices[-1]
        assert "is busy with another program's work" in answer.notices[-1]
        assert agent.conversations.find("a").turns == 1
        assert focus(agent, "a") == 1


def test_a_conversation_deleted_while_it_is_answered_stays_deleted(own):
    with open_agent(own, keep=True) as agent, State(own.state_path) as other:
        agent.ask(ZOMBIE, conversation="a")
        events = agent.stream(APE, conversation="a")
        next(events)
        Conversations(other).delete("a")
        *_, ready = events
        assert ready.answer.notices[-1] == (
            "this turn is not remembered: the conversation was deleted meanwhile"
        )
        assert agent.conversations.all() == ()
        assert rows(own, "checkpoints") == []
        assert focus(agent, "a") is None


def test_two_turns_at_once_in_one_conversation_are_both_kept(own):
    with open_agent(own, keep=True) as agent, open_agent(own, keep=True) as other:
        agent.ask(ZOMBIE, conversation="a")
        slow, quick = (
            one.stream(look, conversation="a") for one, look in ((agent, "an alien"), (other, APE))
        )
        next(slow)
        list(quick)
        list(slow)
        assert [turn.question for turn in agent.conversations.turns("a")] == [ZOMBIE, APE, "an alien"]
        assert len(rows(own, "checkpoints")) == 1
        assert focus(other, "a") == 7804


def test_threads_that_share_an_agent_never_mix_conversations(own):
    wrong = []
    with open_agent(own, keep=True) as agent:

        def talk(look):
            for n in range(4):
                agent.ask(look, conversation=look)
                if (found := focus(agent, look)) != LOOKS[look]:
                    wrong.append((look, n, found))

        threads = [threading.Thread(target=talk, args=(look,)) for look in LOOKS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert {one.name: one.turns for one in agent.conversations.all()} == dict.fromkeys(LOOKS, 8)
        for look in LOOKS:
            asked = Counter(turn.question for turn in agent.conversations.turns(look))
            assert asked == {look: 4, "who owns it?": 4}


TALK = """
import os, sys, time
from pathlib import Path
from agent import memory
from agent.assemble import open_agent
from magpie.settings import Settings

home, moment, *looks = sys.argv[1:]
settings = Settings(home=Path(home), image_encoder="hashing", text_encoder="hashing", llm="none")

def reached():
    print("now", flush=True)
    time.sleep(600)

with open_agent(settings, keep=True) as agent:
    if moment == "writing":
        agent.ask(looks[0], conversation="a")
        put = memory.SqliteSaver.put
        memory.SqliteSaver.put = lambda *given: (put(*given), reached())
        agent.ask(looks[1], conversation="a")
    elif moment == "any":
        agent.ask(looks[0], conversation="a")
        print("now", flush=True)
        while True:
            for look in looks:
                agent.ask(look, conversation="a")
    else:
        agent.ask(looks[0], conversation="a")
        for number, event in enumerate(agent.stream(looks[1], conversation="a")):
            if type(event).__name__ == moment:
                reached()
"""


def killed(own, moment, looks, seconds=0.0):
    """Let another process talk until ``moment`` and ``seconds``, then end it as a power cut would."""
    command = [sys.executable, "-c", TALK, own.home, moment, *looks]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "now\n"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(seconds)
        finally:
            process.kill()  # SIGKILL
    assert process.returncode == -9


@pytest.mark.parametrize("moment", ["StepStarted", "TextDelta", "writing"])
def test_kill_9_in_the_middle_of_an_answer_leaves_the_conversation_as_it_was(own, moment):
    killed(own, moment, [ZOMBIE, APE])
    with open_agent(own, keep=True) as agent:
        assert [turn.question for turn in agent.conversations.turns("a")] == [ZOMBIE]
        assert len(rows(own, "checkpoints")) == 1
        assert focus(agent, "a") == 1
        agent.ask(APE, conversation="a")
        assert focus(agent, "a") == 7


def test_kill_9_at_any_time_leaves_whole_turns_and_the_memory_of_the_last(own):
    looks = list(LOOKS)
    for seconds in (0.31, 1.17):
        killed(own, "any", looks, seconds)
        with open_agent(own, keep=True) as agent:
            turns = agent.conversations.turns("a")
            assert all(turn.answer.shown[0].token_id == LOOKS[turn.question] for turn in turns)
            last = turns[-1]
            assert focus(agent, "a") == LOOKS[last.question]
            agent.conversations.delete("a")


class Explosive:
    """Runs when it is unpickled."""

    ran: list[str]

    def __reduce__(self):
        return (print, ("it ran",))


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("pickle", pickle.dumps(Explosive())),
        ("msgpack", b"\xc7\x1c\x00\x93\xa2os\xa6system\xaeecho it ran"),
        ("json", b'{"lc": 2, "type": "constructor", "id": ["os", "system"], "args": ["echo it ran"]}'),
        ("json", b"\xff not json"),
        ("json", b"[]"),
        ("json", b'{"v": 4, "ts": "", "id": "1", "channel_values": {}, "channel_versions": {"frame": []}}'),
        ("null", b""),
    ],
)
def test_whatever_is_stored_nothing_runs_when_it_is_read(own, kind, stored, capfd):
    with open_agent(own, keep=True) as agent:
        agent.ask(ZOMBIE, conversation="a")
        with State(own.state_path) as other, other.transaction() as db:
            db.execute("UPDATE checkpoints SET type = ?, checkpoint = ?", (kind, stored))
        with pytest.raises(SourceError, match="magpie conversations --delete"):
            agent.ask("who owns it?", conversation="a")
        assert [turn.question for turn in agent.conversations.turns("a")] == [ZOMBIE]
        agent.forget("a")
        assert agent.ask(APE, conversation="a").shown[0].token_id == 7
    assert "it ran" not in "".join(capfd.readouterr())


def test_plain_json_keeps_json_and_refuses_everything_else():
    value = {"a": [1, 2.5, None, True, "蓝\ud800"], "b": {}}
    assert PlainJson().loads_typed(PlainJson().dumps_typed(value)) == value
    for other in (object(), {1, 2}, b"bytes"):
        with pytest.raises(TypeError):
            PlainJson().dumps_typed(other)


def test_a_conversation_of_another_version_can_still_be_read_and_gone_on_with(own):
    with open_agent(own, keep=True) as agent:
        agent.ask(ZOMBIE, conversation="a")
        with State(own.state_path) as other, other.transaction() as db:
            changed = "CAST(replace(checkpoint, '\"focus\"', '\"aim\"') AS BLOB)"
            db.execute(f"UPDATE checkpoints SET checkpoint = {changed}")
            db.execute("UPDATE turns SET answer = replace(answer, '\"worded_by\"', '\"written_by\"')")
        (turn,) = agent.conversations.turns("a")
        assert (turn.question, turn.answer) == (ZOMBIE, None)
        assert "CryptoPunk #1" in turn.text
        answer = agent.ask("who owns it?", conversation="a")
        assert (answer.outcome, answer.notices) == ("clarify", (NO_FRAME,))
        assert agent.ask(APE, conversation="a").notices == ()


def test_events_come_before_the_turn_is_kept_and_the_answer_after(own):
    with open_agent(own, keep=True) as agent:
        kept = []
        for event in agent.stream(ZOMBIE, conversation="a"):
            match event:
                case StepFinished() | TextDelta():
                    assert agent.conversations.find("a") is None
                case AnswerReady():
                    kept.append(agent.conversations.find("a").turns)
        assert kept == [1]
