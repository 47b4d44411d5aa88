"""Whole turns over the small world, question to checked answer: every real part but the weights."""

import pytest

from agent import turn
from agent.answer import AnswerReady, StepFinished, StepStarted, TextDelta
from agent.assemble import Agent, open_agent
from agent.chat_model import ScriptedChat
from agent.devchain.server import DevChain
from magpie.errors import InputError

STRANGER = "0x" + "12" * 20


def shown(answer):
    return [ref.token_id for ref in answer.shown]


def test_nothing_is_a_zombie_with_a_pipe_and_the_answer_says_so(agent):
    answer = agent.ask("a zombie punk with a pipe, no glasses")
    assert answer.outcome == "no_match"
    assert answer.search.hits == ()
    assert "combines Zombie (3 tokens), Pipe (3 tokens) and no “glasses” (5 tokens)" in answer.text
    lacks = {hit.ref.token_id: hit.lacks for hit in answer.search.closest}
    assert lacks[1] == ("Accessory=Pipe",)
    assert lacks[4] == ("Type=Zombie",)
    assert lacks[2] == ("Accessory=Pipe", "not Accessory=3D Glasses")


def test_a_beanie_instead_keeps_the_zombie_and_no_glasses(agent):
    agent.ask("a zombie punk with a pipe, no glasses")
    answer = agent.ask("cheaper is not the point, I want a beanie instead")
    assert shown(answer) == [1]
    assert "Exactly one token of the 8 searched meets this" in answer.text
    assert "I dropped “pipe” and now look for: zombie, beanie, no glasses." in answer.text
    assert "prices" not in answer.text


def test_then_it_and_the_first_one_are_that_token(agent):
    agent.ask("a zombie punk with a beanie, no glasses")
    facts = agent.ask("what traits does it have?")
    assert facts.evidence[0].title == "CryptoPunk #1"
    assert "Type: Zombie, 3 of 8" in facts.text
    similar = agent.ask("show me more like the first one")
    assert similar.intent == "similar"
    assert facts.shown[0] not in similar.shown


def test_a_picture_is_a_question(agent, home):
    answer = agent.ask("", image=home / "dataset/CRYPTOPUNKS/images/CRYPTOPUNKS_7804.png")
    assert answer.shown[0] == answer.evidence[0].ref
    assert answer.shown[0].token_id == 7804
    assert "ranked by likeness" in answer.text


def test_words_that_only_point_at_the_picture_say_nothing_more(agent, home):
    picture = home / "dataset/CRYPTOPUNKS/images/CRYPTOPUNKS_7804.png"
    pointing, alone = (
        agent.ask("which tokens look like this picture?", image=picture),
        agent.ask("", image=picture),
    )
    assert (pointing.outcome, pointing.shown) == ("answered", alone.shown)


def test_a_picture_can_be_refined_by_words(agent, home):
    agent.ask("", image=home / "dataset/CRYPTOPUNKS/images/CRYPTOPUNKS_1.png")
    assert shown(agent.ask("but with antenna")) == [0, 2]


def test_a_count_says_what_it_counted_and_that_the_sample_is_a_part(agent):
    text = agent.ask("how many apes are there in CryptoPunks?").text
    assert "2 of the 8 tokens of CRYPTOPUNKS here meet this: Ape [1]." in text
    assert "Only 8 of its 10,000 tokens are ingested" in text


def test_a_recommendation_gives_reasons_that_add_up(agent):
    answer = agent.ask("recommend collections for someone who likes friendly robots with antennas")
    best = answer.evidence[0]
    assert best.title == "Bottts Sample"
    assert "Antenna top on 2 of 3" in answer.text
    assert "generated sample" in answer.text
    assert best.score == pytest.approx(sum(value for _, value in best.parts), abs=1e-9)


def test_the_first_recommended_can_be_asked_about(agent):
    agent.ask("recommend collections for someone who likes friendly robots")
    answer = agent.ask("tell me about the first one")
    assert "There are 3 tokens of Bottts Sample here [1], and the subject of each is a robot." in answer.text


@pytest.mark.parametrize(
    "question",
    ["what will the floor price be next week?", "buy punk 7804 for me", "who won the match yesterday?"],
)
def test_what_cannot_be_known_or_done_is_declined_without_a_tool(agent, question):
    answer = agent.ask(question)
    assert answer.outcome == "declined"
    assert [step.name for step in answer.steps] == ["understand", "plan", "compose", "check"]


def test_words_that_name_no_trait_are_said_to_decide_only_the_order(agent):
    assert (
        "No published trait here says “purple”; that only decided the order."
        in agent.ask("a punk in purple with a beanie").text
    )
    assert "No published trait" not in agent.ask("a zombie punk with a beanie").text


def test_a_turn_has_a_time_limit_and_says_so(agent, monkeypatch):
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.0)
    answer = agent.ask("an ape with a beanie")
    assert answer.outcome == "unverified"
    assert "no time left" in answer.text


def test_many_tokens_in_one_question_are_capped(agent):
    answer = agent.ask("traits of punk 1, punk 2, punk 3, punk 4, punk 5 and punk 6")
    assert shown(answer) == [1, 2, 3, 4]


def test_a_wish_for_cheap_is_answered_with_its_limits(agent):
    answer = agent.ask("the cheapest zombie with a beanie")
    assert answer.text.count("I have no prices here") == 1
    assert shown(answer) == [1, 2]


def test_a_token_that_is_not_here_is_said_to_be_not_here(agent):
    answer = agent.ask("what traits does punk 99 have?")
    assert answer.outcome == "no_match"
    assert "CRYPTOPUNKS #99 is not among the tokens ingested here" in answer.text


def test_without_a_node_ownership_is_unverified_never_no(agent):
    answer = agent.ask(f"does {STRANGER} own CryptoPunk #7804?")
    assert (answer.outcome, answer.receipt.verdict) == ("unverified", "unverified")
    assert "MAGPIE_NODES" in answer.text
    assert answer.evidence[0].image == "CRYPTOPUNKS/images/CRYPTOPUNKS_7804.png"


@pytest.mark.network
def test_ownership_is_read_from_a_chain_true_and_false(home, library, settings):
    with DevChain.start({library.collection("CRYPTOPUNKS"): {"alice": [7804], "bob": [1]}}) as chain:
        on_chain = {"dev_chain_url": chain.url, "dev_chain_contracts": chain.contracts}
        with open_agent(type(settings)(**{**settings.model_dump(), **on_chain})) as agent:
            true = agent.ask(f"does {chain.accounts['alice']} own CryptoPunk #7804?")
            false = agent.ask(f"does {STRANGER} own it?")
            who = agent.ask("who owns punk 1?")
    assert (
        f"Yes: {chain.accounts['alice']} owns CRYPTOPUNKS #7804, on the local development chain" in true.text
    )
    assert true.receipt.verdict == "owned"
    assert f"at block {true.receipt.block_number} " in true.text
    assert true.receipt.block_hash in true.text
    assert "local development chain (not Ethereum mainnet)" in true.text
    assert false.receipt.verdict == "not_owned"
    assert f"does not own CRYPTOPUNKS #7804, {chain.accounts['alice']} does" in false.text
    assert "\n\nNo: " in false.text
    assert who.receipt.owner.lower() == chain.accounts["bob"].lower()


def test_conversations_do_not_mix_and_can_be_forgotten(agent):
    agent.ask("a zombie punk with a beanie, no glasses", conversation="one")
    assert agent.ask("who owns it?", conversation="two").outcome == "clarify"
    assert agent.ask("who owns it?", conversation="one").receipt.token.token_id == 1
    agent.forget("one")
    agent.forget("never heard of")
    assert agent.ask("who owns it?", conversation="one").outcome == "clarify"


def test_events_tell_each_step_and_add_up_to_the_answer(agent):
    events = list(agent.stream("an ape with a beanie"))
    started = [event.name for event in events if isinstance(event, StepStarted)]
    finished = [event.step.name for event in events if isinstance(event, StepFinished)]
    assert started == finished == ["understand", "plan", "search_tokens", "compose", "check"]
    assert isinstance(events[-1], AnswerReady)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == events[-1].answer.text


def test_a_turn_that_is_left_changes_nothing(agent):
    agent.ask("a zombie punk with a beanie, no glasses")
    events = agent.stream("an alien")
    next(events)
    events.close()
    assert agent.ask("who owns it?").receipt.token.token_id == 1


@pytest.mark.parametrize(
    "bad",
    ["There are seventy of them here.", "This one is for Alice alone.", "", "Here is a rare find for you."],
)
def test_a_model_that_claims_something_is_overruled_by_the_template(settings, bad):
    with Agent(settings, ScriptedChat(lines=[bad or "No, no, no, no."])) as agent:
        answer = agent.ask("an ape with a beanie")
    assert answer.worded_by == "template"
    assert bad not in answer.text or not bad
    checks = [step for step in answer.steps if step.name == "check"]
    assert [step.ok for step in checks] == [False, True]
    assert checks[0].detail.startswith("rejected: ")


def test_a_model_that_behaves_opens_the_answer_and_no_more(settings):
    with (
        Agent(settings, ScriptedChat(lines=["Have a look at this one."])) as agent,
        open_agent(settings) as plain,
    ):
        worded, template = agent.ask("an ape with a beanie"), plain.ask("an ape with a beanie")
    assert worded.worded_by == "llm"
    assert worded.text.startswith("Have a look at this one.\n\n")
    assert worded.text.split("\n\n")[1:] == template.text.split("\n\n")[1:]
    assert worded.evidence == template.evidence


def test_a_model_that_is_not_installed_is_said_once_and_templates_answer(settings):
    with open_agent(type(settings)(**{**settings.model_dump(), "llm": "no-such-model"})) as agent:
        answer = agent.ask("an ape with a beanie")
    assert answer.worded_by == "template"
    (notice,) = answer.notices
    assert notice.startswith("worded from templates: no model is called 'no-such-model'")


def test_a_failed_tool_is_in_the_answer(agent, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    answer = agent.ask("something like this", image=broken)
    assert answer.outcome == "unverified"
    assert "One step failed" in answer.text
    assert [step.ok for step in answer.steps if step.name == "search_tokens"] == [False]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"question": "  "}, "ask something"),
        ({"question": "x", "collections": ["Nope"]}, "unknown collection 'Nope'"),
        ({"question": "x", "image": "/nowhere.png"}, "there is no picture"),
    ],
)
def test_bad_input_is_one_clear_line(agent, options, problem, tmp_path):
    if "image" in options:
        options = {**options, "image": tmp_path / "nowhere.png"}
    with pytest.raises(InputError, match=problem):
        agent.ask(**options)


def test_nothing_ingested_is_said_by_the_catalogue(tmp_path, settings):
    with pytest.raises(InputError, match="nothing is ingested"):
        open_agent(type(settings)(**{**settings.model_dump(), "home": tmp_path}))


SUGGESTING = [
    "a zombie punk with a pipe, no glasses",
    "an ape with a beanie",
    "what traits does punk 7804 have?",
    "how many apes are there in CryptoPunks?",
    "tell me about bottts",
    "which collections do you have?",
    "recommend collections for someone who likes friendly robots",
    "hello",
]


@pytest.mark.parametrize("question", SUGGESTING)
def test_every_suggestion_is_a_question_that_works(agent, question):
    for place, suggestion in enumerate(agent.ask(question).suggestions):
        conversation = f"branch {place}"
        agent.ask(question, conversation=conversation)
        answer = agent.ask(suggestion, conversation=conversation)
        assert answer.outcome in ("answered", "unverified"), suggestion
