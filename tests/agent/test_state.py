"""The file of what is remembered: whose it is, what is refused, what is left of what was deleted."""

import random
import sqlite3
import stat
import subprocess
import sys
import threading
import time

import pytest

from agent import state as state_module
from agent.answer import Answer
from agent.conversations import Conversations
from agent.profile import Profiles
from agent.state import SCHEMA_VERSION, State
from magpie.errors import InputError, SourceError


def answer(conversation, question, text="Here it is."):
    return Answer(
        conversation=conversation,
        question=question,
        intent="find",
        outcome="answered",
        text=text,
        worded_by="template",
    )


def bytes_on_disk(path):
    """The file and whatever SQLite keeps beside it."""
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "state.sqlite"


def test_the_file_and_its_log_are_their_owners_alone(path):
    with State(path) as opened:
        Profiles(opened).change(lambda taste: taste.liking("robots"))
        found = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert found == {"state.sqlite": 0o600, "state.sqlite-wal": 0o600, "state.sqlite-shm": 0o600}


def test_a_file_that_others_may_read_is_closed_to_them(path):
    State(path).close()
    path.chmod(0o644)
    State(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_path_nothing_is_written_and_all_is_gone_with_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with State() as opened:
        Conversations(opened).append(answer("a", "one"), picture=False, since=None)
        assert [one.name for one in Conversations(opened).all()] == ["a"]
    with State() as opened:
        assert Conversations(opened).all() == ()
    assert list(tmp_path.iterdir()) == []


def newer(path):
    State(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()


def noise(path):
    path.write_bytes(b"these are no database pages " * 400)


def somebody_elses(path):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()


def cut_in_the_middle(path):
    with State(path) as opened:
        for n in range(50):
            Conversations(opened).append(answer(f"c{n}", "x" * 500), picture=False, since=None)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (newer, "was written by a newer Magpie (format 2, this one reads 1): update Magpie"),
        (noise, "is damaged and was left as it is: move it away"),
        (somebody_elses, "is some other program's database: move it away"),
        (cut_in_the_middle, "is damaged and was left as it is: move it away"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line_and_left_as_it_is(path, spoil, problem):
    path.parent.mkdir()
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(SourceError) as told, State(path) as opened:
        Conversations(opened).all()
    assert problem in str(told.value)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)
    assert path.read_bytes() == before


def test_a_folder_in_its_place_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(SourceError, match="cannot be kept to yourself"):
        State(path)


def test_the_tables_of_checkpoints_are_those_that_langgraph_makes(path):
    from langgraph.checkpoint.sqlite import SqliteSaver

    def columns(db):
        return {
            table: db.execute(f"PRAGMA table_info({table})").fetchall() for table in ("checkpoints", "writes")
        }

    with sqlite3.connect(":memory:", check_same_thread=False) as theirs, State() as opened:
        SqliteSaver(theirs).setup()
        with opened.reading() as ours:
            assert columns(ours) == columns(theirs)
    theirs.close()


@pytest.mark.parametrize("seed", range(2))
def test_nothing_of_a_deleted_conversation_is_left_in_any_byte(path, seed):
    sizes = random.Random(seed)
    names = [f"name-{n:02}" for n in range(20)]
    with State(path) as opened, opened.reading() as db:
        kept = Conversations(opened)
        db.execute("PRAGMA synchronous = OFF")  # what is on the platter is not asked here
        for _ in range(200):
            name = sizes.choice(names)
            words = f"said in {name} " * sizes.randrange(1, 200)
            kept.append(answer(name, words[:500], text=words), picture=False, since=None)
            db.execute(
                "INSERT OR REPLACE INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES (?, ?, ?)",
                (name, "1", f"frame of {name} " * sizes.randrange(1, 300)),
            )
        assert all(name.encode() in bytes_on_disk(path) for name in names)
        for name in names[::4]:
            kept.delete(name)
        left = bytes_on_disk(path)
        assert [name for name in names if name.encode() in left] == [n for n in names if n not in names[::4]]
        assert len(kept.all()) == 15


@pytest.mark.parametrize("seed", range(10))
def test_a_deletion_also_erases_what_sqlite_moved_about_and_left(path, seed):
    """With ``secure_delete`` alone, most of these leave copies where pages of the tree were split."""
    sizes = random.Random(seed)
    with State(path) as opened:
        with opened.reading() as db:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("CREATE TABLE parts (a INT, b INT, words TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
            db.execute("CREATE TABLE whole (a INTEGER PRIMARY KEY, name TEXT UNIQUE, words TEXT)")
        for n in range(600):
            a = sizes.randrange(40)
            with opened.transaction() as db:
                db.execute(
                    "INSERT INTO parts VALUES (?, ?, ?)", (a, n, f"said-{a:02} " * sizes.randrange(1, 200))
                )
                db.execute(
                    "INSERT INTO whole VALUES (?, ?, ?) ON CONFLICT (a) DO UPDATE SET words = excluded.words",
                    (a, f"said-{a:02} name", f"said-{a:02} " * sizes.randrange(1, 400)),
                )
        with opened.deletion() as db:
            db.execute("DELETE FROM parts WHERE a % 5 = 0")
            db.execute("DELETE FROM whole WHERE a % 5 = 0")
        left = bytes_on_disk(path)
        assert [a for a in range(40) if f"said-{a:02} ".encode() in left] == [a for a in range(40) if a % 5]


def test_nothing_of_a_forgotten_taste_is_left_in_any_byte(path):
    with State(path) as opened:
        tastes = Profiles(opened)
        for n in range(40):
            tastes.change(lambda taste, n=n: taste.liking(f"a guilty pleasure {n}"))
        tastes.change(lambda taste: taste.liking("innocent robots"), "anna")
        tastes.remove("a guilty pleasure 7")
        left = bytes_on_disk(path)
        assert b'guilty pleasure 7"' not in left
        assert b'guilty pleasure 8"' in left
        tastes.forget()
        left = bytes_on_disk(path)
        assert b"guilty" not in left
        assert b"innocent robots" in left


def test_traces_that_a_crash_left_are_gone_when_the_file_is_next_opened(path, monkeypatch):
    opened = State(path)
    kept = Conversations(opened)
    for n in range(20):
        kept.append(answer(f"name-{n}", f"secret-{n} " * 40), picture=False, since=None)
    monkeypatch.setattr(State, "erase_traces", lambda self: None)  # as if the power went before it
    kept.delete("name-9")
    assert b"secret-9 " in bytes_on_disk(path)
    monkeypatch.undo()
    with State(path) as again:  # while the other still has it open
        assert b"secret-9 " not in bytes_on_disk(path)
        assert len(Conversations(again).all()) == 19
        with again.reading() as db:
            assert db.execute("SELECT COUNT(*) FROM erasures").fetchone() == (0,)
    opened.close()


def test_a_deletion_that_fails_deletes_and_marks_nothing(path):
    with State(path) as opened:
        kept = Conversations(opened)
        kept.append(answer("a", "one"), picture=False, since=None)
        with pytest.raises(InputError, match="unknown conversation 'b'; known: a"):
            kept.delete("b")
        with opened.reading() as db:
            assert db.execute("SELECT COUNT(*) FROM erasures").fetchone() == (0,)
        assert len(kept.all()) == 1


def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(path):
    with State(path) as opened:
        kept = Conversations(opened)

        def fail_half_way():
            with opened.transaction():
                kept.append(answer("a", "one"), picture=False, since=None)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail_half_way()
        assert kept.all() == ()
        kept.append(answer("a", "one"), picture=False, since=None)
        assert len(kept.all()) == 1


def test_a_writer_elsewhere_does_not_hold_up_readers_and_a_stuck_one_is_told(path, monkeypatch):
    monkeypatch.setattr(state_module, "BUSY_SECONDS", 0.2)
    with State(path) as mine, State(path) as theirs:
        kept = Conversations(mine)
        kept.append(answer("a", "one"), picture=False, since=None)
        with theirs.transaction() as db:
            db.execute("UPDATE conversations SET title = 'half done'")
            started = time.monotonic()
            assert [one.title for one in kept.all()] == ["one"]
            assert time.monotonic() - started < 0.1
            with pytest.raises(SourceError, match="is busy with another program's work: try again"):
                kept.append(answer("a", "two"), picture=False, since=None)
        kept.append(answer("a", "three"), picture=False, since=None)
        assert [turn.question for turn in kept.turns("a")] == ["one", "three"]


WRITER = """
import sys
from pathlib import Path
from agent.answer import Answer
from agent.conversations import Conversations
from agent.profile import Profiles
from agent.state import State
path, who = Path(sys.argv[1]), sys.argv[2]
with State(path) as state:
    kept, tastes = Conversations(state), Profiles(state)
    for n in range(15):
        for name in (who, "common"):
            kept.append(Answer(conversation=name, question=f"{who} {n}", intent="find", outcome="answered",
                               text="yes", worded_by="template"), picture=False, since=None)
        tastes.change(lambda taste: taste.liking(f"{who} {n}"))
    kept.append(Answer(conversation=f"{who} gone", question="x", intent="find", outcome="answered",
                       text="yes", worded_by="template"), picture=False, since=None)
    kept.delete(f"{who} gone")
"""


def test_processes_that_make_write_and_erase_one_file_at_once_lose_nothing(path):
    who = ("ann", "bob", "cid")
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, one], stderr=subprocess.PIPE, text=True)
        for one in who
    ]
    assert [(process.communicate()[1], process.returncode) for process in running] == [("", 0)] * 3
    with State(path) as opened:
        kept = Conversations(opened)
        assert {one.name: one.turns for one in kept.all()} == {"ann": 15, "bob": 15, "cid": 15, "common": 45}
        assert [turn.number for turn in kept.turns("common")] == list(range(1, 46))
        for one in who:
            said = [turn.question for turn in kept.turns("common") if turn.question.startswith(one)]
            assert said == [f"{one} {n}" for n in range(15)]
        assert set(Profiles(opened).get().likes) == {f"{one} {n}" for one in who for n in range(15)}
        with opened.reading() as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_threads_that_share_one_lose_nothing(path):
    with State(path) as opened:
        kept, tastes = Conversations(opened), Profiles(opened)

        def write(who):
            for n in range(10):
                kept.append(answer("common", f"{who} {n}"), picture=False, since=None)
                tastes.change(lambda taste, n=n: taste.liking(f"{who} {n}"))

        threads = [threading.Thread(target=write, args=(who,)) for who in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert kept.find("common").turns == 40
        assert len(tastes.get().likes) == 40
