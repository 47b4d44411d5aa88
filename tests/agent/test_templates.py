"""Every sentence that code renders is supported by its own evidence alone, whatever was asked."""

from datetime import UTC, datetime

import pytest

from agent.check import Support, unsupported
from agent.compose import Answered, compose
from agent.context import Frame
from agent.findings import Failed
from agent.onchain.receipt import Receipt
from agent.plan import plan
from agent.profile import Profiles
from agent.state import State
from agent.tools import make_toolbox
from agent.understand import Understanding, understand
from agent.wording import template_opening
from magpie.domain import TokenRef
from magpie.errors import SourceError
from retrieval.search import open_searcher

ALICE, BOB = "0x52908400098527886E0F7030069857D2E4169EE7", "0x" + "De" * 20
REF = TokenRef(chain="eip155:1", contract="0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb", token_id=7804)
BLOCK = {
    "chain_id": 1,
    "chain_label": "Ethereum mainnet",
    "block_number": 19_000_000,
    "block_hash": "0x" + "ab" * 32,
    "block_tag": "finalized",
    "node": "node.example.org:8545",
}


def receipt(verdict, **fields):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Receipt(verdict=verdict, token=REF, collection="CRYPTOPUNKS", method="ownerOf", time=now, **fields)


RECEIPTS = {
    "Yes: 0x52908": receipt("owned", asked_owner=ALICE, owner=ALICE, **BLOCK),
    "CRYPTOPUNKS #7804 belongs to": receipt(
        "owned", owner=ALICE, notes=("See block [1] at https://x.example.",), **BLOCK
    ),
    "No: 0xDeDe": receipt("not_owned", asked_owner=BOB, owner=ALICE, **BLOCK),
    "CRYPTOPUNKS #7804 does not exist": receipt("nonexistent", reason="Nobody minted 7804.", **BLOCK),
    "Who owns CRYPTOPUNKS #7804 could not": receipt(
        "unverified", reason="Nodes failed: https://a.example/k timed out."
    ),
}
LOOKS = [
    "a zombie punk with a pipe, no glasses",
    "zombie with a beanie",
    "a purple punk with a beanie",
    "wizards and dragons",
    "show me more like punk 7804",
    "what traits does punk 7804 have?",
    "what traits does punk 99 have?",
    "how many apes are there in CryptoPunks?",
    "how many have a beanie in collections?",
    "how many purple antennas are there in collections?",
    "tell me about bottts",
    "tell me about cryptopunks",
    "which collections do you have?",
    "recommend collections for someone who likes friendly robots with antennas but not punks",
    "the cheapest zombie",
]


class NoVerifier:
    def verify(self, collection, token_id, owner):
        raise SourceError("node.example.org:8545 did not answer within 10 s")


def claims_beyond_evidence(found, findings, library):
    """What the check finds with no word of the question to lean on."""
    draft, evidence = compose([Answered(found, tuple(findings))], library)
    text = draft.text(template_opening(draft.situation))
    return text, unsupported(text, Support.of(evidence, draft.constants), library.vocabulary)


@pytest.mark.parametrize("start", RECEIPTS)
def test_a_receipt(start, library):
    found = Understanding(question="", intent="verify", confidence=1.0)
    text, beyond = claims_beyond_evidence(found, [RECEIPTS[start]], library)
    assert text.split("\n\n")[1].startswith(start)
    assert beyond == ()


@pytest.mark.parametrize("question", LOOKS)
def test_a_finding(question, library, settings):
    found = understand(question, Frame(), library)
    with open_searcher(settings) as searcher:
        toolbox = make_toolbox(searcher, library, NoVerifier(), Profiles(State(None)))
        findings = [toolbox.call(call) for call in plan(found)]
    phrases = [match.phrase for match in found.conditions]
    draft, evidence = compose([Answered(found, tuple(findings))], library)
    text = draft.text(template_opening(draft.situation))
    support = Support.of(evidence, [*draft.constants, *phrases, *found.unread, found.words])
    assert unsupported(text, support, library.vocabulary) == ()


def test_a_failure_is_told_in_its_own_words(library, settings):
    found = understand("who owns punk 7804?", Frame(), library)
    with open_searcher(settings) as searcher:
        toolbox = make_toolbox(searcher, library, NoVerifier(), Profiles(State(None)))
        findings = [toolbox.call(call) for call in plan(found)]
    assert findings == [
        Failed(tool="verify_ownership", problem="node.example.org:8545 did not answer within 10 s")
    ]
    text, beyond = claims_beyond_evidence(found, findings, library)
    assert "node.example.org:8545 did not answer within 10 s" in text
    assert beyond == ()
