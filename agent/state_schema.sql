-- What is remembered about people: conversations and taste profiles. Nothing of the catalogue.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that a deleted conversation stays deleted
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    started TEXT NOT NULL,                -- ISO 8601, UTC
    used TEXT NOT NULL
);
CREATE INDEX conversations_by_use ON conversations (used);
CREATE TABLE turns (
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,              -- from 1
    at TEXT NOT NULL,
    picture INTEGER NOT NULL,             -- whether the question came with one
    answer TEXT NOT NULL,                 -- the Answer as JSON, with its question
    PRIMARY KEY (conversation, number)
) WITHOUT ROWID;
-- The next two are langgraph-checkpoint-sqlite's, made here so that a turn and its checkpoint are one write.
CREATE TABLE checkpoints (
    thread_id TEXT NOT NULL,              -- the conversation's name
    checkpoint_ns TEXT NOT NULL DEFAULT '',
    checkpoint_id TEXT NOT NULL,
    parent_checkpoint_id TEXT,
    type TEXT,
    checkpoint BLOB,
    metadata BLOB,
    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
);
CREATE TABLE writes (
    thread_id TEXT NOT NULL,
    checkpoint_ns TEXT NOT NULL DEFAULT '',
    checkpoint_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    task_path TEXT NOT NULL DEFAULT '',
    idx INTEGER NOT NULL,
    channel TEXT NOT NULL,
    type TEXT,
    value BLOB,
    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
);
CREATE TABLE profiles (
    person TEXT PRIMARY KEY,
    profile TEXT NOT NULL                 -- the Profile as JSON
) WITHOUT ROWID;
-- A row from a deletion until its traces are overwritten, so that a crash between the two is made good.
CREATE TABLE erasures (at TEXT NOT NULL);
