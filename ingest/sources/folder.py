"""One NFT1000 collection as a folder or a zip, in both published namings.

``images|img``, ``metadata``, ``captions|caption`` and ``prompts`` hold ``<Name>_<id>.*`` or ``<id>.*``; what
a file is, is told by its content. Tokens are the union of the ids that have a picture or metadata.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from pathlib import PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ingest.ports import FROM_FILES, NOTHING_KNOWN, Known, Problem, RawToken
from ingest.sources.tree import Tree, printable
from ingest.subject import guess_subject
from ingest.untrusted_json import parse_json
from magpie import layout, text
from magpie.domain import GENERATED, LOCAL_FILES, MAINNET, Address, ChainId, Collection, local_contract
from magpie.errors import SourceError


class FolderSource:
    """The collection whose kind folders lie below ``prefix`` (empty, or ending in "/") of a tree."""

    complete = True
    provenance = FROM_FILES

    def __init__(
        self,
        tree: Tree,
        prefix: str = "",
        *,
        name: str,
        contract: str | None = None,
        subject: str | None = None,
    ) -> None:
        self._tree, self._prefix, self._name = tree, prefix, name
        self._contract, self._subject = contract, text.clean(subject or "", 100)
        self._files: dict[str, dict[int, str]] = {kind: {} for kind in set(layout.READ_AS.values())}
        self._problems = [*tree.problems]
        self._sort_files()
        self._ids = sorted(self._files[layout.IMAGES].keys() | self._files[layout.METADATA].keys())
        self.total = len(self._ids)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems)

    @cached_property
    def collection(self) -> Collection:
        """From the flags, else the dashboard, else what the metadata of a few tokens agree on."""
        board = self._dashboard()
        shared = self._shared_fields()
        description = _told(board, "description") or _told(shared, "description")
        chain, contract = self._identity(board)
        supply = board.get("total_supply")
        return Collection(
            name=self._name,
            chain=chain,
            contract=contract,
            subject=self._subject or _told(board, "subject") or guess_subject(self._name, description),
            description=description,
            url=_told(board, "official_url") or _told(shared, "external_url"),
            licence=_told(board, "licence"),
            source=GENERATED if board.get("source") == GENERATED else "folder",
            supply=supply if isinstance(supply, int) and supply >= 0 else None,
        )

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        """The tokens by id. What of a token cannot be read is among its problems."""
        for token_id in self._ids:
            problems: list[Problem] = []
            image = self._files[layout.IMAGES].get(token_id)
            yield RawToken(
                token_id,
                metadata=self._metadata(token_id, problems),
                read_image=partial(self._tree.read, image) if image else None,
                image_name=self._where(image or ""),
                caption=self._text(layout.CAPTIONS, token_id, problems),
                prompt=self._text(layout.PROMPTS, token_id, problems),
                problems=tuple(problems),
            )

    def _sort_files(self) -> None:
        """Find each token's files. Of two for one token the first by name counts; the other is reported."""
        for path in sorted(self._tree.paths):
            folder, _, name = path.removeprefix(self._prefix).rpartition("/")
            kind = layout.READ_AS.get(folder.lower())
            if not path.startswith(self._prefix) or kind is None:
                continue
            token_id = layout.token_id_of(PurePosixPath(name).stem)
            if token_id is None:
                self._report(path, "no token id in the file's name; skipped")
            elif token_id in self._files[kind]:
                self._report(path, f"a second file for token {token_id}; skipped")
            else:
                self._files[kind][token_id] = path

    def _identity(self, board: Mapping[str, Any]) -> tuple[str, str]:
        """Chain and contract: the flag's, the dashboard's, or the stand-in of plain files."""
        contract = self._contract or board.get("contract_address")
        chain = MAINNET if self._contract else board.get("chain") or MAINNET
        try:
            known = (
                TypeAdapter(ChainId).validate_python(chain),
                TypeAdapter(Address).validate_python(contract),
            )
        except ValidationError:
            known = LOCAL_FILES, ""
        return known if known[0] != LOCAL_FILES else (LOCAL_FILES, local_contract(self._name))

    def _dashboard(self) -> Mapping[str, Any]:
        path = f"{self._prefix}{layout.DASHBOARD}"
        if path not in self._tree.paths:
            return {}
        try:
            board = parse_json(self._tree.read(path))
        except SourceError as error:
            self._report(path, f"{error}; ignored")
            return {}
        return board if isinstance(board, dict) else {}

    def _shared_fields(self) -> Mapping[str, Any]:
        """What the metadata of the first, the middle and the last token agree on."""
        ids = sorted(self._files[layout.METADATA])
        chosen = sorted({ids[0], ids[len(ids) // 2], ids[-1]}) if ids else []
        found = [self._metadata(token_id, []) for token_id in chosen]
        if not found or not all(isinstance(one, dict) for one in found):
            return {}
        return {key: value for key, value in found[0].items() if all(one.get(key) == value for one in found)}

    def _metadata(self, token_id: int, problems: list[Problem]) -> Any:  # noqa: ANN401 (any JSON)
        path = self._files[layout.METADATA].get(token_id)
        if path is None:
            return None
        try:
            metadata = parse_json(self._tree.read(path))
        except SourceError as error:
            problems.append(Problem(where=self._where(path), reason=f"{error}; the token has no traits"))
            return None
        if isinstance(metadata, dict | list):
            return metadata
        problems.append(Problem(where=self._where(path), reason="not a JSON object; the token has no traits"))
        return None

    def _text(self, kind: str, token_id: int, problems: list[Problem]) -> str:
        path = self._files[kind].get(token_id)
        try:
            return self._tree.read(path).decode("utf-8", "replace") if path else ""
        except SourceError as error:
            problems.append(Problem(where=self._where(path or ""), reason=f"{error}; skipped"))
            return ""

    def _report(self, path: str, reason: str) -> None:
        self._problems.append(Problem(where=self._where(path), reason=reason))

    def _where(self, path: str) -> str:
        return f"{self._tree.where}/{printable(path)}"


def _told(record: Mapping[str, Any], field: str) -> str:
    """A text field of somebody's record, safe to show; "" if it is missing or no text."""
    value = record.get(field)
    return text.clean(value.encode("utf-8", "ignore").decode(), 1000) if isinstance(value, str) else ""
