"""The four retrieval tasks: which tokens take part, which are asked for, and how.

Sampling is by seed and by each token's identity: a larger sample of the same seed only adds tokens.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as AbstractCollection

from eval import wording
from eval.alterations import ALTERATIONS
from eval.misspelling import misspelt
from eval.negation import Negated, Negations
from eval.paraphrase import paraphrased
from eval.protocol import Case, Gallery, Item, Source, Task, TaskName, claimable, same_caption, same_picture
from eval.report import Plan
from magpie.domain import TokenRef
from magpie.splits import is_held_out, split_of
from retrieval.fusion import reference_order

# A token's cases, or why there is none.
Asker = Callable[[Source], "list[Case] | str"]
_SPLITS = {"held-out": "test", "validation": "validation"}


def make_task(sources: Iterable[Source], plan: Plan, *, indexed: AbstractCollection[str]) -> Task:
    """The task of ``plan`` over ``sources``, its collections' tokens.

    ``indexed`` are the references, as text, that have every vector that the plan needs. A token without an
    image or a vector takes no part at all; one that cannot be asked for stays in the gallery.
    """
    ordered = sorted(sources, key=lambda source: reference_order(source.token.ref))
    present, undefined, candidates = [], Counter[str](), []
    for source in ordered:
        reason = _why_absent(source, indexed)
        if reason is None and (plan.gallery == "all" or _is_asked(source, plan)):
            present.append(source)
        elif reason is not None and _is_asked(source, plan):
            undefined[reason] += 1
            candidates.append(source)
    present = sample_each(present, plan.tokens, plan.seed)
    cases: dict[TokenRef, list[Case]] = {}
    asker = _asker(plan, ordered)
    for source in present:
        if not _is_asked(source, plan):
            continue
        candidates.append(source)
        asked = asker(source)
        if isinstance(asked, str):
            undefined[asked] += 1
        else:
            cases[source.token.ref] = asked
    chosen = sample([source for source in present if source.token.ref in cases], plan.queries, plan.seed)
    return Task(
        name=plan.task,
        cases=tuple(case for source in chosen for case in cases[source.token.ref]),
        gallery=Gallery(tuple(_item(source, plan.task) for source in present)),
        undefined=dict(sorted(undefined.items())),
        candidates=len(candidates),
        held_out=sum(is_held_out(source.token.ref) for source in candidates),
    )


def sample(sources: Sequence[Source], limit: int, seed: int) -> list[Source]:
    """``limit`` sources (0: all) in reference order, spread over collections as evenly as they allow.

    Each collection is shuffled by ``seed``, then they are dealt from in turn: a larger ``limit`` only adds.
    """
    if not limit or limit >= len(sources):
        return _in_order(sources)
    dealt = [
        (turn, name, source)
        for name, group in _shuffled(sources, str(seed)).items()
        for turn, source in enumerate(group)
    ]
    dealt.sort(key=lambda deal: deal[:2])
    return _in_order([source for _, _, source in dealt[:limit]])


def sample_each(sources: Sequence[Source], limit: int, seed: int) -> list[Source]:
    """At most ``limit`` sources (0: all) of each collection, chosen by ``seed``, in reference order."""
    if not limit:
        return _in_order(sources)
    groups = _shuffled(sources, f"{seed}:gallery")
    return _in_order([source for group in groups.values() for source in group[:limit]])


def _shuffled(sources: Sequence[Source], seed: str) -> dict[str, list[Source]]:
    by_collection: dict[str, list[Source]] = defaultdict(list)
    for source in _in_order(sources):
        by_collection[source.token.collection].append(source)
    for name, group in by_collection.items():
        random.Random(f"{seed}:{name}").shuffle(group)
    return by_collection


def _in_order(sources: Iterable[Source]) -> list[Source]:
    return sorted(sources, key=lambda source: reference_order(source.token.ref))


def _is_asked(source: Source, plan: Plan) -> bool:
    return plan.ask == "any" or split_of(source.token.ref) == _SPLITS[plan.ask]


def _why_absent(source: Source, indexed: AbstractCollection[str]) -> str | None:
    if source.token.image is None:
        return "no image"
    return None if str(source.token.ref) in indexed else "not in the index"


def _asker(plan: Plan, sources: Sequence[Source]) -> Asker:
    match plan.task:
        case "caption-to-image":
            return lambda source: _of_caption(source, source.caption)
        case "image-to-caption":
            return lambda source: _of_caption(source, f"the picture of {source.token.ref}")
        case "traits-to-image":
            return _trait_asker(plan, sources)
        case "altered-to-image":
            return _of_alterations


def _of_caption(source: Source, words: str) -> list[Case] | str:
    if not source.token.traits:
        return "no traits to ask with"
    return [Case(source.token.ref, source.token.collection, words)]


def _trait_asker(plan: Plan, sources: Sequence[Source]) -> Asker:
    types = wording.types_of(sources)
    match plan.wording:
        case "plain":
            return lambda source: _of_traits(source, wording.ask(source, types, plan.seed))
        case "paraphrased":
            return lambda source: _of_paraphrase(source, wording.phrases(source, types, plan.seed), plan.seed)
        case "misspelt":
            return lambda source: _of_slips(source, wording.ask(source, types, plan.seed), plan.seed)
        case "negated":
            among = [source for source in sources if plan.gallery == "all" or _is_asked(source, plan)]
            negations = Negations(among, types)
            return lambda source: _of_negation(source, negations.ask(source, plan.seed))


def _of_traits(source: Source, asked: wording.Asked | None) -> list[Case] | str:
    if asked is None:
        return "fewer than two traits to ask with"
    return [_case(source, asked, f"{asked.traits}-traits")]


def _of_paraphrase(source: Source, asked: wording.Phrases | None, seed: int) -> list[Case] | str:
    if asked is None:
        return "fewer than two traits to ask with"
    words = paraphrased(asked, random.Random(f"{seed}:frame:{source.token.ref}"))
    return [_case(source, words, f"{asked.traits}-traits")] if words else "no trait to put into a frame"


def _of_slips(source: Source, asked: wording.Asked | None, seed: int) -> list[Case] | str:
    if asked is None:
        return "fewer than two traits to ask with"
    rng = random.Random(f"{seed}:slips:{source.token.ref}")
    slips = rng.choice((1, 1, 2))
    typed = misspelt(asked.words, slips, rng)
    if typed is None:
        return "no words long enough to misspell"
    return [_case(source, asked._replace(words=typed), f"{slips}-slip{'s' * (slips > 1)}")]


def _of_negation(source: Source, asked: Negated | None) -> list[Case] | str:
    if asked is None:
        return "no like token with a trait to deny"
    kind = f"{asked.traits}-trait{'s' * (asked.traits > 1)}-not-1"
    return [Case(source.token.ref, source.token.collection, asked.words, kind, asked.claims, asked.denies)]


def _case(source: Source, asked: wording.Asked, kind: str) -> Case:
    return Case(source.token.ref, source.token.collection, asked.words, kind, asked.claims)


def _of_alterations(source: Source) -> list[Case]:
    ref, home = source.token.ref, source.token.collection
    return [Case(ref, home, f"the picture of {ref}, altered: {kind}", kind) for kind in ALTERATIONS]


def _item(source: Source, task: TaskName) -> Item:
    return Item(
        ref=source.token.ref,
        collection=source.token.collection,
        likeness=same_picture(source) if task == "altered-to-image" else same_caption(source),
        facts=claimable(source) if task == "traits-to-image" else frozenset(),
        caption=source.caption,
        image=source.token.image or "",
    )
