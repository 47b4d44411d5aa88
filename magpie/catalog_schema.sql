-- The catalogue. Integer ids are private to this file; outside it a token is its CAIP-19 reference.
CREATE TABLE IF NOT EXISTS collections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    chain TEXT NOT NULL,
    contract TEXT NOT NULL,
    record TEXT NOT NULL,               -- the Collection as JSON
    UNIQUE (chain, contract)
);
CREATE TABLE IF NOT EXISTS tokens (
    id INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    token_id TEXT NOT NULL,             -- a uint256 exceeds SQLite's integers
    name TEXT NOT NULL,
    caption TEXT NOT NULL,
    image TEXT,
    image_sha256 TEXT,
    digest TEXT NOT NULL,               -- of the whole Token: equal digest, nothing to write
    UNIQUE (collection, token_id)
);
CREATE TABLE IF NOT EXISTS trait_values (
    id INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    type_key TEXT NOT NULL,
    value_key TEXT NOT NULL,
    is_none INTEGER NOT NULL,           -- whether the value says that there is nothing of the type
    number REAL,                        -- the value, if it is a number
    UNIQUE (collection, type, value)
);
CREATE INDEX IF NOT EXISTS trait_values_by_key ON trait_values (value_key, type_key);
CREATE TABLE IF NOT EXISTS token_traits (
    token INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value INTEGER NOT NULL REFERENCES trait_values (id) ON DELETE CASCADE,
    PRIMARY KEY (token, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS token_traits_by_value ON token_traits (value, token);
-- Rarity, worked out by the index. Gone as soon as a token of the collection changes.
CREATE TABLE IF NOT EXISTS ranks (
    token INTEGER PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    ranked INTEGER NOT NULL,            -- tokens of the collection that are
    score REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS ranks_by_rank ON ranks (rank);
CREATE TABLE IF NOT EXISTS rankings (
    collection INTEGER PRIMARY KEY REFERENCES collections (id) ON DELETE CASCADE,
    checksum TEXT NOT NULL,
    entropy REAL NOT NULL,
    partial TEXT NOT NULL
);
CREATE VIRTUAL TABLE IF NOT EXISTS documents USING fts5 (
    body, tokenize = "porter unicode61 remove_diacritics 2"
);
