"""What the page says about evidence, receipts, collections and errors, before any widget."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.answer import Answer, Evidence, Fact, Step
from agent.onchain.receipt import Attempt, Receipt
from magpie import layout
from magpie.catalog_rows import CollectionCount
from magpie.domain import DEV_CHAIN, GENERATED, LOCAL_FILES, local_contract
from magpie.errors import InputError
from magpie.query import Hit, SignalScore
from magpie.settings import Settings
from ui import about, view

PUNKS = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
OWNER, OTHER = "0x" + "4" * 40, "0x" + "a" * 40


@pytest.fixture
def punks(make_collection):
    return make_collection("CRYPTOPUNKS", PUNKS)


@pytest.fixture
def generated(make_collection):
    name = "Bottts Sample"
    return make_collection(name, local_contract(name), DEV_CHAIN, source=GENERATED)


@pytest.fixture
def make_library(tmp_path):
    def make(*homes, covers=None):
        return view.Library(tmp_path, {home.name: home for home in homes}, covers or {})

    return make


def hit(ref, lacks=(), **contributions):
    signals = tuple(
        SignalScore(signal=signal, score=1.0, rank=1, contribution=value)
        for signal, value in contributions.items()
    )
    return Hit(ref=ref, score=sum(contributions.values()), signals=signals, lacks=lacks)


def token(home, token_id, number=1, facts=(("Type", "Zombie"),), **fields):
    return Evidence(
        number=number,
        kind="token",
        title=f"Token #{token_id}",
        facts=tuple(Fact(label=label, value=value) for label, value in facts),
        collection=home.name,
        ref=home.ref(token_id),
        **fields,
    )


def answer(*evidence, **fields):
    return Answer(
        conversation="c",
        question="q",
        intent="search",
        outcome="answered",
        text="t",
        worded_by="template",
        evidence=evidence,
        **fields,
    )


def receipt(home, verdict, **fields):
    asked = {
        "collection": home.name,
        "method": "ownerOf",
        "token": home.ref(7804),
        "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    return Receipt.model_validate({"verdict": verdict, **asked, **fields})


def test_a_card_has_picture_traits_and_number(punks, make_library, tmp_path):
    image = "CRYPTOPUNKS/images/CRYPTOPUNKS_7804.png"
    card = view.card(token(punks, 7804, number=3, image=image), make_library(punks))
    assert (card.title, card.number, card.traits) == ("Token #7804", 3, (("Type", "Zombie"),))
    assert card.picture == tmp_path / image
    assert card.alt == "Token #7804, Type Zombie"


def test_a_card_does_not_repeat_where_the_token_comes_from(punks, make_library):
    facts = (("collection", "CRYPTOPUNKS"), ("Type", "Ape"), ("lacks", "Pipe"))
    assert view.card(token(punks, 1, facts=facts), make_library(punks)).traits == (("Type", "Ape"),)


@pytest.mark.parametrize(("traits", "shown", "more"), [(0, 0, 0), (6, 6, 0), (7, 6, 1), (20, 6, 14)])
def test_a_card_shows_six_traits_and_counts_the_rest(punks, make_library, traits, shown, more):
    facts = tuple(("Accessory", f"Hat {n}") for n in range(traits))
    card = view.card(token(punks, 1, facts=facts), make_library(punks))
    assert (len(card.traits), card.more) == (shown, more)
    assert ("and" in view.trait_lines(card)) == (more > 0)


def test_a_real_token_links_to_the_marketplace_and_the_explorer(punks, make_library):
    assert [link.url for link in view.card(token(punks, 7804), make_library(punks)).links] == [
        f"https://opensea.io/assets/ethereum/{PUNKS}/7804",
        f"https://etherscan.io/nft/{PUNKS}/7804",
    ]


def test_a_generated_token_is_labelled_and_links_nowhere(generated, make_library):
    card = view.card(token(generated, 0), make_library(generated))
    assert (card.note, card.links) == ("generated sample", ())


def test_a_token_without_a_known_contract_says_so_and_links_nowhere(make_collection, make_library):
    apes = make_collection("Apes", local_contract("Apes"), LOCAL_FILES)
    card = view.card(token(apes, 1), make_library(apes))
    assert (card.note, card.links) == ("contract unknown", ())


def test_a_token_of_an_unknown_collection_links_nowhere(punks, make_library):
    assert view.card(token(punks, 1), make_library()).links == ()


@pytest.mark.parametrize("image", [None, "", "../secrets.png", "/etc/passwd", "Punks/../../x.png"])
def test_a_picture_outside_the_dataset_is_not_shown(tmp_path, image):
    assert layout.picture_file(tmp_path, image) is None


def test_a_recommended_collection_shows_its_cover(punks, make_library, tmp_path):
    item = Evidence(number=1, kind="recommendation", title="CRYPTOPUNKS", collection="CRYPTOPUNKS")
    cover = tmp_path / "cover.png"
    assert view.card(item, make_library(punks, covers={"CRYPTOPUNKS": cover})).picture == cover


def test_signals_are_shares_of_the_score_largest_first(punks):
    assert view.found_by(hit(punks.ref(1), image=0.01, traits=0.03)) == "traits 75% · looks 25%"
    assert view.found_by(hit(punks.ref(1))) == ""


def test_near_misses_are_apart_and_say_what_they_lack(punks, make_library):
    near = token(punks, 2, number=2, hit=hit(punks.ref(2), lacks=("Accessory=Pipe",)))
    matches, misses = view.answer_cards(answer(token(punks, 1), near), make_library(punks))
    assert [card.number for card in matches] == [1]
    assert [card.number for card in misses] == [2]
    assert "lacks Accessory\\=Pipe" in view.card_footer(misses[0])


def test_what_has_a_picture_becomes_a_card(punks, make_library):
    search = Evidence(number=2, kind="search", title="Search")
    about = Evidence(number=3, kind="collection", title="CRYPTOPUNKS", collection="CRYPTOPUNKS")
    everything = Evidence(number=4, kind="collection", title="Collections here")
    matches, misses = view.answer_cards(
        answer(token(punks, 1), search, about, everything), make_library(punks)
    )
    assert [card.number for card in matches + misses] == [1, 3]


def test_a_collection_card_says_what_it_is(punks, make_library):
    facts = (Fact(label="description", value="Ten thousand faces"), Fact(label="tokens here", value="10,000"))
    item = Evidence(number=1, kind="recommendation", title="P", collection="CRYPTOPUNKS", facts=facts)
    card = view.card(item, make_library(punks))
    assert (card.about, card.traits) == ("Ten thousand faces", ())


def test_the_parts_of_a_recommendation_add_up():
    assert view.score_lines([("looks", 0.5), ("traits", -0.25)]) == (
        ":gray[looks] \\+0\\.50  \n:gray[traits] \\-0\\.25  \n:gray[together] **0\\.25**"
    )


def test_hostile_names_are_escaped_wherever_they_are_shown(punks, make_library):
    name = "[x](javascript:1) :red[y]"
    item = token(punks, 1, facts=((name, name),)).model_copy(update={"title": name})
    card = view.card(item, make_library(punks))
    for markdown in (view.card_title(card), view.trait_lines(card), view.evidence_lines(item)):
        assert "\\[x\\]\\(javascript" in markdown
        assert "[x](" not in markdown


def test_steps_fold_into_one_line():
    done, failed = (
        Step(name="a", title="Reading"),
        Step(name="b", title="Asking", detail="timed out", ok=False),
    )
    assert view.steps_label(answer(steps=(done,), seconds=0.25)) == "1 step · 0.2 s"
    assert view.steps_label(answer(steps=(done, failed), seconds=1)) == "2 steps, 1 with a problem · 1.0 s"
    assert view.step_line(failed) == ":gray[:material/error:] Asking:gray[ · timed out]"


@pytest.mark.parametrize(
    ("verdict", "word", "icon"),
    [
        ("owned", "Owned", ":material/verified_user:"),
        ("not_owned", "Not owned", ":material/person_cancel:"),
        ("nonexistent", "No such token", ":material/block:"),
        ("unverified", "Unverified", ":material/help:"),
    ],
)
def test_each_outcome_has_its_own_word_icon_and_tone(punks, verdict, word, icon):
    panel = view.receipt_panel(receipt(punks, verdict, owner=OWNER, asked_owner=OTHER, reason="because"))
    assert panel.headline.startswith(f"**{word}.** ")
    assert panel.icon == icon


def test_four_outcomes_look_four_ways(punks):
    panels = [
        view.receipt_panel(receipt(punks, v)) for v in ("owned", "not_owned", "nonexistent", "unverified")
    ]
    assert len({panel.tone for panel in panels}) == len({panel.icon for panel in panels}) == 4


def test_a_receipt_has_everything_needed_to_ask_again(punks):
    rows = dict(
        view.receipt_panel(
            receipt(
                punks,
                "owned",
                owner=OWNER,
                method="punkIndexToAddress",
                contract=PUNKS,
                chain_id=1,
                chain_label="Ethereum mainnet",
                block_number=21_000_000,
                block_hash="0x" + "ab" * 32,
                block_tag="finalized",
                node="127.0.0.1:8545",
            )
        ).rows
    )
    assert rows == {
        "owner": OWNER,
        "chain": "Ethereum mainnet",
        "block": "21000000 (finalized)",
        "block hash": "0x" + "ab" * 32,
        "contract": PUNKS,
        "call": "punkIndexToAddress(7804)",
        "node": "127.0.0.1:8545",
        "token": f"eip155:1/erc721:{PUNKS}/7804",
        "checked": "2026-01-02 03:04:05 UTC",
    }


def test_nodes_that_failed_are_listed(punks):
    attempt = Attempt(node="rpc.example", problem="timed out after 10 s")
    panel = view.receipt_panel(receipt(punks, "unverified", reason="no node answered", attempts=(attempt,)))
    assert ("tried", "rpc.example: timed out after 10 s") in panel.rows
    assert "no node answered" in panel.headline


def test_a_local_chain_is_never_mistaken_for_the_real_one(punks):
    panel = view.receipt_panel(receipt(punks, "owned", owner=OWNER, is_local=True))
    assert panel.headline.startswith("**Owned on a local development chain.** ")


def test_an_error_gives_the_command_that_fixes_it():
    error = InputError("nothing is ingested at /home: run `magpie ingest sample`, or give --home")
    assert view.problem(error) == (
        "nothing is ingested at /home: run magpie ingest sample, or give --home",
        "magpie ingest sample",
    )
    assert view.problem(error, Path("/my home"))[1] == "magpie ingest sample --home '/my home'"
    assert view.problem(InputError("no such file")) == ("no such file", None)


def test_real_collections_come_before_generated_ones(punks, generated):
    counts = {"CRYPTOPUNKS": CollectionCount(10_000, 10_000, 3), "Bottts Sample": CollectionCount(1, 1, 1)}
    shelves = about.shelves([generated, punks], counts)
    assert [(shelf.name, shelf.tokens, shelf.note) for shelf in shelves] == [
        ("CRYPTOPUNKS", 10_000, ""),
        ("Bottts Sample", 1, "generated sample"),
    ]
    assert list(about.grouped(shelves)) == ["", "generated sample"]
    assert about.total(shelves) == "10,001 tokens in 2 collections"
    assert about.shelf_line(shelves[0]) == "CRYPTOPUNKS :gray[10,000]"


def test_the_models_are_named_as_people_set_them():
    assert dict(about.model_rows(Settings(llm="/models/qwen.gguf", image_encoder="hashing"))) == {
        "answers": "qwen.gguf",
        "pictures": "hashing",
        "captions": "all-minilm-l6-v2",
    }
    assert dict(about.model_rows(Settings(llm="ollama:llama3.2")))["answers"] == "llama3.2 at 127.0.0.1:11434"
    assert dict(about.model_rows(Settings(llm="none")))["answers"] == "none: answers from templates"
    assert dict(about.model_rows(Settings(), adapted=True))["pictures"] == "magpie-clip, adapted"


def test_the_page_says_whether_ownership_can_be_checked():
    assert about.node_line(Settings()) == "no node: ownership stays unverified"
    assert (
        about.node_line(Settings(nodes={"eip155:1": ("https://user:key@rpc.example/secret",)}))
        == "rpc.example"
    )
    local = Settings(dev_chain_url="http://127.0.0.1:8545")
    assert about.node_line(local) == "a local development chain, not Ethereum mainnet"


def test_a_module_of_the_page_shadows_no_library():
    # Streamlit puts the script's own folder first on sys.path.
    import sys
    from importlib.metadata import packages_distributions

    ours = {path.stem for path in Path(view.__file__).parent.glob("*.py")} | {"commands"}
    taken = set(sys.stdlib_module_names) | set(packages_distributions())
    assert ours & taken <= {"__init__"}
