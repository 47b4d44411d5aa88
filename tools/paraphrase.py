"""Make `eval/paraphrases.txt`: requests for invented things, as a local LLaMA words them.

    python -m tools.paraphrase MODEL.gguf [--requests 72] > eval/paraphrases.txt

The same model and number give the same lines. A wording is kept if it still has every phrase of the request
once, denies nothing, and adds no word that tells anything by itself: a model likes to add what was not asked.
"""

import argparse
import random
import re
from collections.abc import Iterator
from pathlib import Path

from agent.chat_model import LlamaChat, as_messages
from magpie import text
from retrieval.question import split

_NOUNS = ("robot", "dragon", "wizard", "cat", "knight", "mermaid", "pirate", "owl", "goblin", "astronaut")
_PHRASES = (
    "copper antenna",
    "striped scarf",
    "wooden spoon",
    "purple shoes",
    "silver moustache",
    "orange background",
    "paper crown",
    "green spots",
    "velvet coat",
    "sleepy eyes",
    "tiny wings",
    "leather belt",
)
_ASKS = (
    "Find me <a noun> with <parts>.",
    "I am looking for <a noun> that has <parts>.",
    "Show me <a noun> wearing <parts>.",
    "Is there <a noun> with <parts>?",
)
_SYSTEM = "You write as different people write, plainly."
_PEOPLE = (
    "a teenager who texts a friend",
    "a polite old lady who writes a letter",
    "somebody in a hurry, in as few words as possible",
    "a collector who asks at a gallery",
    "a child who asks its mother",
    "a customer who asks in a chat",
    "somebody who thinks aloud and goes a long way round",
    "somebody who asks a question that begins with can, could, do, does, is, are, have or any",
    "somebody who describes what they saw and want again",
)
_PROMPT = (
    "Write this request as {person} would: {request}\n"
    "Write it in four different ways, one a line, nothing else. "
    "Keep these words exactly as they are: {kept}. Ask for nothing more and nothing less."
)
_DENIES = re.compile(r"\b(no|not|without|never|except|but|instead|don't|isn't|nor)\b", re.I)
_WRAPPING = re.compile(r"^\s*(?:[-*•]|\(?\d+[.):])\s*|[\"“”*]|^[A-Z][\w ]{0,14}:\s")
_LONGEST = 25  # words
# What a wording may say besides `retrieval.question.FUNCTION`: manners, and ways to have or wear something.
_MANNERS = """
    accompanied adorned anybody anywhere appreciate available browse browsing chance check chosen
    combination come complete complemented completed curious depict depicted depicting depicts desire
    donned donning each equipped excuse exactly fan featured features get getting glad grab hand happen
    help hold holding holds hoping hunt hunting idea illustrated illustration interested item items keen
    keep kindly know lead let located looks mind need needed offer option options order paired perfect
    perhaps portrait portraying possible possibly possessing prefer present print provide purchase quick
    request rocking searching section see seek seeking sell sells shop showcase showcased showcases
    showcasing showing shown shows sort specific spot sporting sports stock store sure take tell together
    track trying type version way wish wishing wonder wondering worn
"""


def wordings(model: LlamaChat, requests: int) -> Iterator[str]:
    """The kept wordings as frames, each once, in the order in which the model gave them."""
    rng, seen = random.Random(0), set[str]()
    for seed in range(requests):
        noun, parts = rng.choice(_NOUNS), rng.sample(_PHRASES, 1 + seed % 3)
        said = [part if part.endswith("s") else f"a {part}" for part in parts]
        listed = " and ".join([", ".join(said[:-1])] * (len(said) > 1) + said[-1:])
        whole = f"{text.article(noun)} {noun}"
        request = rng.choice(_ASKS).replace("<a noun>", whole).replace("<parts>", listed)
        prompt = _PROMPT.format(person=rng.choice(_PEOPLE), request=request, kept=", ".join([noun, *parts]))
        said_back = model.invoke(as_messages(_SYSTEM, (), prompt), seed=seed)
        for line in str(said_back.content).splitlines():
            frame = _framed(_WRAPPING.sub("", line.strip().replace("’", "'")).strip(), noun, parts)
            if frame and frame.casefold() not in seen:
                seen.add(frame.casefold())
                yield frame


def _framed(line: str, noun: str, parts: list[str]) -> str | None:
    """The line with slots for its phrases; None if it is not the request that was made."""
    for at, phrase in enumerate([noun, *parts]):
        slot = "noun" if at == 0 else str(at)
        line, found = re.subn(
            rf"\b(an? )?{phrase}\b", lambda hit, s=slot: f"<{'a ' * bool(hit[1])}{s}>", line, flags=re.I
        )
        if found != 1:
            return None
    rest = re.sub(r"<[^>]+>", " ", line)
    adds = any(word.is_content and word.low not in _MANNERS.split() for word in split(rest))
    return None if adds or _DENIES.search(rest) or len(rest.split()) > _LONGEST else line


def main() -> None:
    """Print the file."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("model", type=Path)
    asked.add_argument("--requests", type=int, default=72)
    given = asked.parse_args()
    model = LlamaChat(path=given.model, max_tokens=256, temperature=0.9)
    print("# Made by `python -m tools.paraphrase`: see there, and eval/paraphrase.py.")
    for frame in sorted(wordings(model, given.requests), key=lambda frame: (frame.count("<"), frame)):
        print(frame, flush=True)


if __name__ == "__main__":
    main()
