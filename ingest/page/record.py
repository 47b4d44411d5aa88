"""What one collection's dashboard records, for the page. A figure that it does not state is None."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.page.untrusted import NO_TEXT, count, details, fields, flag, lines, moment, tally, told
from magpie import text
from magpie.domain import Model

MAX_BYTES = 64 * 2**20
_DEEPEST = 16
_EXAMPLES = 20
_FILTERS = {  # what a collection must have, and what is said of one that has not
    "unrevealed": ("pictures differ", "unrevealed"),
    "enough_tokens": ("enough tokens", "too few tokens"),
    "semantics": ("metadata with meaning", "metadata without meaning"),
}
_CAPTIONS = {
    "template": "template",
    "published": "published",
    "llm": "model",
    "retried": "model, retried",
    "rule_based": "rules",
}
_ABOUT_CAPTIONS = {
    "model": "model",
    "tokens": "tokens with paraphrases",
    "trait_sets": "different trait sets",
    "faults": "not kept, by reason",
}
_SOURCE_ELSEWHERE = ("kind", "chain", "contract")


class Verdict(Model):
    """One of NFT1000's filters for whole collections; ``passed`` is None if it was not recorded."""

    name: str
    failure: str
    passed: bool | None
    evidence: str


class Record(Model):
    """One collection. ``fault`` says why its dashboard could not be read, "" if it could.

    ``traits`` counts tokens by trait type and value.
    """

    name: str
    fault: str = ""
    description: str = ""
    subject: str = ""
    url: str = ""
    licence: str = ""
    chain: str = ""
    contract: str = ""
    checksum: str = ""
    snapshot: datetime | None = None
    supply: int | None = None
    tokens: int | None = None
    pictures: int | None = None
    with_traits: int | None = None
    distinct_pictures: int | None = None
    sharing_tokens: int | None = None
    originals: dict[str, int] | None = None
    original_bytes: int | None = None
    traits: dict[str, dict[str, int]] | None = None
    dropped: dict[str, int] | None = None
    problems: dict[str, int] | None = None
    examples: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    passes: bool | None = None
    source_kind: str = ""
    source: tuple[tuple[str, str], ...] = ()
    captions: dict[str, int] | None = None
    about_captions: tuple[tuple[str, str], ...] = ()

    @property
    def trait_values(self) -> int | None:
        return None if self.traits is None else sum(len(values) for values in self.traits.values())

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(verdict.failure for verdict in self.verdicts if verdict.passed is False)

    @property
    def problem_count(self) -> int | None:
        return None if self.problems is None else sum(self.problems.values())


def read(path: Path, name: str) -> Record:
    """The record in the dashboard at ``path``; of a file that cannot be read, one that says so."""
    name = told(name) or NO_TEXT
    try:
        if path.stat().st_size > MAX_BYTES:
            return _nothing(name, f"is larger than {MAX_BYTES // 2**20} MiB")
        content = path.read_text("utf-8")
        if text.nests_deeper(content, _DEEPEST):
            return _nothing(name, f"nests deeper than {_DEEPEST} levels")
        stated = json.loads(content)
    except FileNotFoundError:
        return _nothing(name, "is missing")
    except OSError as error:
        return _nothing(name, f"cannot be read ({error.strerror})")
    except ValueError:  # bytes that are no text, text that is no JSON, numbers of thousands of digits
        return _nothing(name, "is not JSON")
    return parse(stated, name) if isinstance(stated, dict) else _nothing(name, "is no JSON object")


def _nothing(name: str, reason: str) -> Record:
    fault = f"The dashboard {reason}: run this collection's `magpie ingest` again to write it."
    return parse({}, name).model_copy(update={"fault": fault})


def parse(stated: dict[str, Any], name: str) -> Record:
    """The record of a dashboard's JSON, whatever its members are."""
    duplicates, originals = fields(stated.get("duplicates")), fields(stated.get("originals"))
    captions, sources = fields(stated.get("captions")), fields(stated.get("sources"))
    return Record(
        name=name,
        description=told(stated.get("description"), 1200),
        subject=told(stated.get("subject"), 60),
        url=told(stated.get("official_url"), 200),
        licence=told(stated.get("licence"), 300),
        chain=told(stated.get("chain"), 60),
        contract=told(stated.get("contract_address"), 100) or told(sources.get("contract"), 100),
        checksum=told(stated.get("checksum_sha256"), 64),
        snapshot=moment(stated.get("snapshot_time")),
        supply=count(stated.get("total_supply")),
        tokens=count(stated.get("actual_collected_quantity")),
        pictures=count(stated.get("image_quantity")),
        with_traits=count(stated.get("tokens_with_traits")),
        distinct_pictures=count(duplicates.get("pictures")),
        sharing_tokens=count(duplicates.get("tokens")),
        originals=tally(originals.get("types"), 40),
        original_bytes=count(originals.get("bytes")),
        traits=_traits(stated.get("trait_frequencies")),
        dropped=tally(stated.get("dropped_traits"), 200),
        problems=tally(stated.get("problems"), 200),
        examples=lines(stated.get("problem_examples"), _EXAMPLES),
        verdicts=_verdicts(stated.get("filters")),
        passes=flag(stated.get("passes_filters")),
        source_kind=told(sources.get("kind"), 60) or told(stated.get("source"), 60),
        source=details({key: held for key, held in sources.items() if key not in _SOURCE_ELSEWHERE}),
        captions=_caption_counts(captions),
        about_captions=details(
            {words: captions[key] for key, words in _ABOUT_CAPTIONS.items() if key in captions}
        ),
    )


def _traits(stated: Any) -> dict[str, dict[str, int]] | None:  # noqa: ANN401 (anything JSON can hold)
    if not isinstance(stated, dict):
        return None
    found: dict[str, dict[str, int]] = {}
    for type_, values in stated.items():
        if counts := tally(values, 200):
            name = told(type_, 200)
            found[name] = tally({**found.get(name, {}), **counts}) or {}
    return found


def _verdicts(stated: Any) -> tuple[Verdict, ...]:  # noqa: ANN401
    """The three filters that every collection has, recorded or not, then others that are recorded."""
    recorded = fields(stated)
    others = {key: told(key, 60).replace("_", " ") for key in recorded if key not in _FILTERS}
    named = {**_FILTERS, **{key: (name, name) for key, name in others.items() if name}}
    return tuple(
        Verdict(
            name=name,
            failure=failure,
            passed=flag(fields(recorded.get(key)).get("passed")),
            evidence=told(fields(recorded.get(key)).get("evidence")),
        )
        for key, (name, failure) in list(named.items())[: 2 * len(_FILTERS)]
    )


def _caption_counts(stated: Mapping[str, Any]) -> dict[str, int] | None:
    """Captions by kind, without the kinds of which there is none; None if no kind is recorded."""
    counts = {label: count(stated.get(key)) for key, label in _CAPTIONS.items()}
    recorded = {label: number for label, number in counts.items() if number is not None}
    return {label: number for label, number in recorded.items() if number} if recorded else None
