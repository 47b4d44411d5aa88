"""The sample: CryptoPunks with their real traits, and collections generated from avatar styles."""

from ingest.ports import Source
from ingest.sources.dicebear import GeneratedSource
from ingest.sources.punks import PunkSource
from ingest.sources.styles import STYLES

PER_STYLE, PER_STYLE_FULL = 32, 500


def sample_sources(full: bool = False) -> list[Source]:
    """CryptoPunks (a tenth and all the rare ones, or all if ``full``), then each generated collection."""
    count = PER_STYLE_FULL if full else PER_STYLE
    return [PunkSource(full=full), *(GeneratedSource(style, count) for style in STYLES)]
