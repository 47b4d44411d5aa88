"""What a few tokens of a collection have in common: its description, or a placeholder for all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ingest.chain.token_files import PICTURES
from magpie import text

ATTRIBUTES = ("attributes", "traits", "properties")
LINKS = ("external_url", "external_link")


def shared_fields(few: Sequence[Any]) -> Mapping[str, Any]:
    """The fields on which all of ``few`` agree; nothing if one of them is no object."""
    if not few or not all(isinstance(each, dict) for each in few):
        return {}
    return {key: value for key, value in few[0].items() if all(each.get(key) == value for each in few)}


def look_alike(few: Sequence[Any]) -> bool:
    """Whether all of ``few`` have the same picture and the same attributes, whatever their names say."""
    if len(few) < 2 or not all(isinstance(each, dict) for each in few):
        return False
    return all(_face(each) == _face(few[0]) for each in few)


def described(records: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Description and site, each from the first of ``records`` that has one."""
    return next(_told(records, ("description",)), ""), next(_told(records, LINKS), "")


def _face(metadata: Mapping[str, Any]) -> list[Any]:
    return [metadata.get(name) for name in (*PICTURES, *ATTRIBUTES)]


def _told(records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterator[str]:
    """Text fields of those names, safe to show. JSON can hold half characters, which no file takes."""
    for record in records:
        for name in names:
            value = record.get(name)
            shown = (
                text.clean(value.encode("utf-8", "ignore").decode(), 1000) if isinstance(value, str) else ""
            )
            if shown:
                yield shown
