"""Who is asked for, among what, and what counts as found."""

import pytest

from eval.protocol import Source, make_task, order, sample
from magpie.splits import is_held_out

PUNKS = "0x" + "1" * 40
APES = "0x" + "2" * 40


@pytest.fixture
def punks(make_collection):
    return make_collection(name="Punks", contract=PUNKS)


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


def everything(sources, **options):
    sources = list(sources)
    options = {"indexed": {str(s.token.ref) for s in sources}, "queries": 0, "seed": 0} | options
    return make_task(sources, **options)


def test_only_held_out_tokens_are_asked_for_and_looked_among(make_source, held_out_ids):
    task = everything(make_source(n) for n in range(400))
    assert [case.ref.token_id for case in task.cases] == held_out_ids
    assert [ref.token_id for ref in task.gallery.refs] == held_out_ids
    assert task.held_out == len(held_out_ids)
    assert task.undefined == {}


def test_the_gallery_of_all_holds_the_training_tokens_too(make_source, held_out_ids):
    task = everything((make_source(n) for n in range(400)), gallery="all")
    assert [case.ref.token_id for case in task.cases] == held_out_ids
    assert [ref.token_id for ref in task.gallery.refs] == list(range(400))


def test_the_gallery_is_in_token_order_whatever_order_it_came_in(make_source):
    task = everything((make_source(n) for n in (10, 9, 100, 2)), gallery="all")
    assert [ref.token_id for ref in task.gallery.refs] == [2, 9, 10, 100]


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
    assert task.gallery.relevant(first, "pooled", "strict") == (first.ref,)
    assert [ref.token_id for ref in task.gallery.relevant(first, "pooled", "equal")] == [one, twin]
    assert [ref.token_id for ref in task.gallery.relevant(task.cases[2], "pooled", "equal")] == [other]


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
    assert task.gallery.relevant(case, "in-collection", "equal") == (mine.token.ref,)
    assert set(task.gallery.relevant(case, "pooled", "equal")) == {mine.token.ref, same.token.ref}


def test_in_collection_takes_the_collection_s_own_columns(make_source, make_collection):
    apes = make_collection(name="Apes", contract=APES)
    sources = [make_source(n) for n in range(5)] + [make_source(n, collection=apes) for n in range(400)]
    task = everything(sources, gallery="all")
    case = next(case for case in task.cases if case.collection == "Apes")
    assert task.gallery.columns(case, "in-collection").tolist() == list(range(5, 405))
    assert task.gallery.columns(case, "pooled").tolist() == list(range(405))


@pytest.fixture
def cases(make_source, make_collection):
    apes = make_collection(name="Apes", contract=APES)
    big = [make_source(n) for n in range(600)]
    small = [make_source(n, collection=apes) for n in range(100)]
    return everything(big + small).cases


def test_a_sample_is_spread_over_collections_as_far_as_they_go(cases):
    apes = sum(case.collection == "Apes" for case in cases)
    assert 4 <= apes < 20
    taken = sample(cases, 2 * apes + 10, seed=0)
    assert sum(case.collection == "Apes" for case in taken) == apes
    assert sum(case.collection == "Apes" for case in sample(cases, 8, seed=0)) == 4


def test_a_sample_repeats_with_its_seed_and_a_larger_one_only_adds(cases):
    assert sample(cases, 20, seed=3) == sample(cases, 20, seed=3)
    assert sample(cases, 20, seed=3) != sample(cases, 20, seed=4)
    assert set(sample(cases, 20, seed=3)) < set(sample(cases, 21, seed=3))


@pytest.mark.parametrize("limit", [0, 10_000])
def test_no_limit_or_a_large_one_takes_everything(cases, limit):
    assert sample(cases, limit, seed=1) == sorted(cases, key=lambda case: order(case.ref))
