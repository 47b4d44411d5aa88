"""Who is asked for, among what, and what counts as found."""

import pytest

from eval.alterations import ALTERATIONS
from eval.protocol import Source
from eval.report import Plan
from eval.tasks import make_task, sample, sample_each
from magpie import facts
from magpie.splits import is_held_out, split_of

PUNKS = "0x" + "1" * 40
APES = "0x" + "2" * 40


@pytest.fixture
def punks(make_collection):
    return make_collection(name="Punks", contract=PUNKS)


@pytest.fixture
def apes(make_collection):
    return make_collection(name="Apes", contract=APES)


@pytest.fixture
def held_out_ids(punks):
    """The first token ids of Punks that are held out."""
    return [n for n in range(400) if is_held_out(punks.ref(n))]


@pytest.fixture
def make_source(make_token):
    def make(token_id, traits=("Type=Zombie",), subject="punk", image="Punks/images/x.png", **fields):
        token = make_token(token_id, list(traits), image=image, **fields)
        return Source(token=token, subject=subject, caption=f"A picture of {subject}, containing {traits}")

    return make


def everything(sources, indexed=None, **plan):
    sources = list(sources)
    every = {str(s.token.ref) for s in sources}
    return make_task(sources, Plan(**{"queries": 0} | plan), indexed=every if indexed is None else indexed)


def right(task, case, scope, reading):
    return [task.gallery.refs[at] for at in task.gallery.relevant(case, scope, reading)]


def ids(refs):
    return [ref.token_id for ref in refs]


def test_only_held_out_tokens_are_asked_for_and_looked_among(make_source, held_out_ids):
    task = everything(make_source(n) for n in range(400))
    assert [case.ref.token_id for case in task.cases] == held_out_ids
    assert ids(task.gallery.refs) == held_out_ids
    assert task.held_out == task.candidates == len(held_out_ids)
    assert task.undefined == {}


def test_the_gallery_of_all_holds_the_training_tokens_too(make_source, held_out_ids):
    task = everything((make_source(n) for n in range(400)), gallery="all")
    assert [case.ref.token_id for case in task.cases] == held_out_ids
    assert ids(task.gallery.refs) == list(range(400))


def test_any_token_may_be_asked_for(make_source, held_out_ids):
    task = everything((make_source(n) for n in range(400)), gallery="all", ask="any")
    assert [case.ref.token_id for case in task.cases] == list(range(400))
    assert (task.candidates, task.held_out) == (400, len(held_out_ids))


def test_tokens_to_choose_by_are_looked_for_among_their_own(make_source, punks):
    task = everything((make_source(n) for n in range(400)), ask="validation")
    chosen = [n for n in range(400) if split_of(punks.ref(n)) == "validation"]
    assert [case.ref.token_id for case in task.cases] == ids(task.gallery.refs) == chosen
    assert (task.candidates, task.held_out) == (len(chosen), 0)


def test_at_most_so_many_tokens_of_each_collection_take_part(make_source, apes):
    sources = [make_source(n) for n in range(300)] + [make_source(n, collection=apes) for n in range(20)]
    task = everything(sources, gallery="all", ask="any", tokens=50)
    homes = [item.collection for item in task.gallery.items]
    assert (homes.count("Punks"), homes.count("Apes")) == (50, 20)
    assert {case.ref for case in task.cases} == set(task.gallery.refs)
    assert task.candidates == 70


def test_fewer_tokens_are_some_of_more_tokens_and_another_seed_takes_others(make_source):
    sources = [make_source(n) for n in range(300)]
    few, more = sample_each(sources, 50, 1), sample_each(sources, 51, 1)
    assert {s.token.ref for s in few} < {s.token.ref for s in more}
    assert few != sample_each(sources, 50, 2)
    assert few == sample_each(sources[::-1], 50, 1)


def test_the_gallery_is_in_token_order_whatever_order_it_came_in(make_source):
    task = everything((make_source(n) for n in (10, 9, 100, 2)), gallery="all", ask="any")
    assert ids(task.gallery.refs) == [2, 9, 10, 100]


def test_tokens_that_cannot_be_asked_for_are_counted_with_the_reason(make_source, held_out_ids):
    fine, pictureless, unindexed, bare = (
        make_source(held_out_ids[0]),
        make_source(held_out_ids[1], image=None),
        make_source(held_out_ids[2]),
        make_source(held_out_ids[3], traits=()),
    )
    task = everything(
        [fine, pictureless, unindexed, bare], indexed={str(s.token.ref) for s in (fine, pictureless, bare)}
    )
    assert [case.ref for case in task.cases] == [fine.token.ref]
    assert task.gallery.refs == (fine.token.ref, bare.token.ref)
    assert task.undefined == {"no image": 1, "no traits to ask with": 1, "not in the index": 1}
    assert task.held_out == 4


def test_twins_are_right_answers_of_one_another_and_the_strict_reading_takes_one(make_source, held_out_ids):
    one, twin, other = held_out_ids[:3]
    sources = [
        make_source(one, traits=["Type=Zombie", "Accessory=Gold Chain"]),
        make_source(twin, traits=["accessory=gold-chains", "TYPE=Zombie"]),
        make_source(other, traits=["Type=Zombie"]),
    ]
    task = everything(sources)
    first = task.cases[0]
    assert right(task, first, "pooled", "strict") == [first.ref]
    assert ids(right(task, first, "pooled", "equal")) == [one, twin]
    assert ids(right(task, task.cases[2], "pooled", "equal")) == [other]


def test_a_twin_of_another_collection_counts_when_pooled_and_only_if_its_noun_is_the_same(
    make_source, make_collection, held_out_ids
):
    def elsewhere(name, contract, subject):
        home = make_collection(name=name, contract=contract)
        token_id = next(n for n in range(400) if is_held_out(home.ref(n)))
        return make_source(token_id, collection=home, subject=subject)

    mine = make_source(held_out_ids[0])
    same = elsewhere("More Punks", APES, "punk")
    ape = elsewhere("Apes", "0x" + "3" * 40, "ape")
    task = everything([mine, same, ape])
    case = next(case for case in task.cases if case.collection == "Punks")
    assert right(task, case, "in-collection", "equal") == [mine.token.ref]
    assert set(right(task, case, "pooled", "equal")) == {mine.token.ref, same.token.ref}


def test_in_collection_takes_the_collection_s_own_columns(make_source, apes):
    sources = [make_source(n) for n in range(5)] + [make_source(n, collection=apes) for n in range(400)]
    task = everything(sources, gallery="all")
    case = next(case for case in task.cases if case.collection == "Apes")
    assert task.gallery.columns(case, "in-collection").tolist() == list(range(5, 405))
    assert task.gallery.columns(case, "pooled").tolist() == list(range(405))
    assert (task.gallery.size(case, "in-collection"), task.gallery.size(case, "pooled")) == (400, 405)


def test_every_token_that_has_what_was_said_is_a_right_answer(make_source, apes):
    sources = [
        make_source(1, traits=["Type=Zombie", "Accessory=Gold Chain"]),
        make_source(2, traits=["Accessory=Gold Chains", "Hat=Cap", "Type=Zombie"]),
        make_source(3, traits=["Type=Zombie"]),
        make_source(4, traits=["Accessory=Gold Chain", "Type=Alien"]),
        make_source(5, traits=["Accessory=Gold Chain", "Type=Zombie"], collection=apes, subject="ape"),
    ]
    task = everything(sources, gallery="all", ask="any", task="traits-to-image")
    assert task.undefined == {"fewer than two traits to ask with": 1}
    case = task.cases[0]
    assert case.claims == {("subject", "", "punk"), ("value", "", "zomby"), ("value", "", "gold chain")}
    assert ids(right(task, case, "in-collection", "holds")) == [1, 2]
    assert ids(right(task, case, "pooled", "holds")) == [1, 2]  # an ape is no punk
    assert ids(task.gallery.refs) == [1, 2, 3, 4, 5]  # what cannot be asked for can be found


def test_a_token_with_what_is_not_wanted_is_no_right_answer(make_source):
    sources = [
        make_source(1, traits=["Type=Zombie", "Hat=Cap"]),
        make_source(2, traits=["Type=Zombie", "Hat=Cap", "Ear=Stud"]),
        make_source(3, traits=["Type=Zombie", "Hat=Cap"]),
    ]
    task = everything(sources, gallery="all", ask="any", task="traits-to-image", wording="negated")
    assert [case.ref for case in task.cases] == [sources[0].token.ref, sources[2].token.ref]
    assert task.undefined == {"no like token with a trait to deny": 1}
    for case in task.cases:
        assert case.denies == {("trait", "ear", "stud")}
        assert ids(right(task, case, "pooled", "holds")) == [1, 3]


def test_a_misspelt_question_has_the_right_answers_of_the_plain_one(make_source):
    sources = [
        make_source(n, traits=["Type=Zombie", "Accessory=Gold Chain", f"Hat={hat}"])
        for n, hat in enumerate(("Fedora", "Bandana", "Tiara"), start=1)
    ]
    shared = {"gallery": "all", "ask": "any", "task": "traits-to-image"}
    plain, typed = everything(sources, **shared), everything(sources, **shared, wording="misspelt")
    for one, other in zip(plain.cases, typed.cases, strict=True):
        assert (one.ref, one.claims) == (other.ref, other.claims)
        assert one.text != other.text
        assert other.kind in ("1-slip", "2-slips")


def test_a_paraphrase_asks_for_the_traits_of_the_plain_question_and_always_for_the_subject(make_source):
    sources = [
        make_source(n, traits=["Accessory=Gold Chain", f"Hat={hat}", "Eyes=Laser"])
        for n, hat in enumerate(("Fedora", "Bandana", "Tiara"), start=1)
    ]
    shared = {"gallery": "all", "ask": "any", "task": "traits-to-image"}
    plain, other = everything(sources, **shared), everything(sources, **shared, wording="paraphrased")
    for one, its in zip(plain.cases, other.cases, strict=True):
        assert (its.ref, its.kind) == (one.ref, one.kind)
        assert its.claims == one.claims | {facts.of_subject(sources[0].subject)}


def test_an_altered_picture_is_asked_for_once_an_alteration_and_the_same_bytes_are_as_good(make_source):
    sources = [make_source(n, traits=(), image_sha256=digest) for n, digest in [(1, "a"), (2, "a"), (3, "b")]]
    task = everything(sources, gallery="all", ask="any", task="altered-to-image", queries=2)
    assert len(task.cases) == 2 * len(ALTERATIONS)
    assert len({case.id for case in task.cases}) == len(task.cases)
    assert not any(" " in case.id for case in task.cases)
    case = next(case for case in everything(sources, gallery="all", ask="any", task="altered-to-image").cases)
    assert ids(right(task, case, "pooled", "equal")) == [1, 2]
    assert ids(right(task, case, "pooled", "strict")) == [1]


@pytest.fixture
def sources(make_source, apes):
    """600 of Punks, 10 of Apes."""
    return [make_source(n) for n in range(600)] + [make_source(n, collection=apes) for n in range(10)]


def of_apes(sources):
    return sum(source.token.collection == "Apes" for source in sources)


def test_a_sample_is_spread_over_collections_as_far_as_they_go(sources):
    assert of_apes(sample(sources, 30, seed=0)) == 10
    assert of_apes(sample(sources, 8, seed=0)) == 4


def test_a_sample_repeats_with_its_seed_and_a_larger_one_only_adds(sources):
    def refs(limit, seed):
        return [source.token.ref for source in sample(sources, limit, seed)]

    assert refs(20, 3) == refs(20, 3)
    assert refs(20, 3) != refs(20, 4)
    assert set(refs(20, 3)) < set(refs(21, 3))
    assert refs(20, 3) == sorted(refs(20, 3), key=lambda ref: (ref.contract, ref.token_id))


@pytest.mark.parametrize("limit", [0, 10_000])
def test_no_limit_or_a_large_one_takes_everything(sources, limit):
    assert sample(sources[::-1], limit, seed=1) == sources
