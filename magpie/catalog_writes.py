"""The statements that write one token's rows. Run inside the caller's transaction."""

import re
import sqlite3

from magpie.domain import Token, Trait
from magpie.facts import number_in, says_nothing

# FTS5 cuts a word at 32,768 bytes, within a character if need be, and what it cut cannot be read again.
_TOO_LONG = re.compile(r"(\S{8000})\S+")


def write_token(db: sqlite3.Connection, home: int, row: int | None, token: Token, signature: str) -> int:
    """Write one token of the collection row ``home``, over row ``row`` if it is known; returns its row."""
    if row is not None:
        db.execute("DELETE FROM tokens WHERE id = ?", (row,))
        db.execute("DELETE FROM documents WHERE rowid = ?", (row,))
    cursor = db.execute(
        "INSERT INTO tokens (id, collection, token_id, name, caption, image, image_sha256, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row,
            home,
            str(token.ref.token_id),
            token.name,
            token.caption,
            token.image,
            token.image_sha256,
            signature,
        ),
    )
    written = int(cursor.lastrowid or 0)
    values = [(written, place, _value_row(db, home, trait)) for place, trait in enumerate(token.traits)]
    db.executemany("INSERT INTO token_traits (token, position, value) VALUES (?, ?, ?)", values)
    body = f"{token.name} {token.caption} {' '.join(f'{t.value} {t.type}' for t in token.traits)}"
    db.execute("INSERT INTO documents (rowid, body) VALUES (?, ?)", (written, _TOO_LONG.sub(r"\1", body)))
    return written


def _value_row(db: sqlite3.Connection, home: int, trait: Trait) -> int:
    where = (home, trait.type, trait.value)
    select = "SELECT id FROM trait_values WHERE collection = ? AND type = ? AND value = ?"
    row = db.execute(select, where).fetchone()
    if row is None:
        row = db.execute(
            "INSERT INTO trait_values (collection, type, value, type_key, value_key, is_none, number)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (*where, *trait.key, says_nothing(trait.value), number_in(trait.value)),
        ).fetchone()
    return int(row[0])


def drop_unused_values(db: sqlite3.Connection, home: int) -> None:
    """Forget the trait values of the collection row ``home`` that no token has any more."""
    db.execute(
        "DELETE FROM trait_values WHERE collection = ?"
        " AND NOT EXISTS (SELECT 1 FROM token_traits WHERE token_traits.value = trait_values.id)",
        (home,),
    )
