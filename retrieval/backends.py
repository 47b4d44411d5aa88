"""Names in settings to encoders and stores: the only importer of the two folders of back-ends."""

from pathlib import Path

from magpie import models
from magpie.errors import ConfigError, ModelNotFoundError
from magpie.settings import Settings
from retrieval.adaptation import record
from retrieval.ports import ImageEncoder, IndexKind, TextEncoder, VectorDatabase, VectorStore

SHIPPED_TEXT = "all-minilm-l6-v2"


def text_encoder(settings: Settings) -> TextEncoder:
    """The encoder named by ``settings.text_encoder``; loads no weights.

    Raises `ConfigError` for a name that means nothing, `ModelNotFoundError` for weights that are not here.
    """
    library, _, model = settings.text_encoder.partition(":")
    match library:
        case "hashing":
            from retrieval.encoders.hashing import HashingTextEncoder

            return HashingTextEncoder()
        case "sentence-transformers" if model:
            from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder

            found = models.find(model, allow_network=settings.allow_network)
            return SentenceTransformerEncoder(found, device=settings.device, threads=settings.threads)
    raise ConfigError(
        f"unknown text encoder {settings.text_encoder!r}; known: hashing, "
        "sentence-transformers:<catalogue name or folder>"
    )


def adapted_text_encoder(settings: Settings, adapter: Path) -> TextEncoder:
    """The shipped sentence encoder, whatever the home was indexed with, as ``adapter`` changes it.

    Raises `ModelNotFoundError` where its weights are not here.
    """
    from retrieval.encoders.sentence_transformer import SentenceTransformerEncoder

    found = models.find(SHIPPED_TEXT, allow_network=settings.allow_network)
    threads, device = settings.threads, settings.device
    return SentenceTransformerEncoder(found, device=device, threads=threads, adapter=adapter)


def image_encoder(settings: Settings) -> ImageEncoder:
    """The encoder named by ``settings.image_encoder``, or what it became when the home was adapted.

    Loads no weights. Raises as `text_encoder`.
    """
    folder = record.in_use(settings)
    return original_image_encoder(settings) if folder is None else adapted_image_encoder(settings, folder)


def adapted_image_encoder(settings: Settings, folder: Path) -> ImageEncoder:
    """The encoder of the weights that an adaptation exported to ``folder``."""
    from retrieval.encoders.open_clip import ClipFolder, OpenClipEncoder

    try:
        source = ClipFolder(folder, record.name_of(settings))
    except ModelNotFoundError as error:
        raise ModelNotFoundError(
            f"the adapted weights {folder} are gone: run `magpie index --adapt`, or `magpie index --no-adapt`"
        ) from error
    return OpenClipEncoder(source, device=settings.device, threads=settings.threads)


def original_image_encoder(settings: Settings) -> ImageEncoder:
    """The encoder named by ``settings.image_encoder`` itself, adapted or not. Raises as `text_encoder`."""
    library, _, model = settings.image_encoder.partition(":")
    match library:
        case "hashing":
            from retrieval.encoders.hashing import HashingImageEncoder

            return HashingImageEncoder()
        case "open-clip" if model:
            return _open_clip(model, settings)
    raise ConfigError(
        f"unknown image encoder {settings.image_encoder!r}; known: hashing, open-clip:magpie-clip, "
        "open-clip:<folder>, open-clip:<architecture>:<tag or checkpoint file>"
    )


def _open_clip(model: str, settings: Settings) -> ImageEncoder:
    from retrieval.encoders.open_clip import ClipByName, ClipFolder, ClipSource, OpenClipEncoder

    architecture, separator, weights = model.partition(":")
    source: ClipSource
    if separator and not Path(model).exists():
        source = ClipByName(architecture, weights, allow_network=settings.allow_network)
    else:
        found = models.find(model, allow_network=settings.allow_network)
        source = ClipFolder(found.path, found.spec.name)
    return OpenClipEncoder(source, device=settings.device, threads=settings.threads)


def database(settings: Settings) -> VectorDatabase:
    """Where the home's vectors are: the Chroma server that the settings name, else a folder of the home.

    Connects to nothing yet.
    """
    if settings.chroma_url is None:
        from retrieval.stores.chroma import ChromaFolder

        return ChromaFolder(settings.chroma_dir)
    from retrieval.stores.chroma_server import ChromaServer

    headers = {name: value.get_secret_value() for name, value in settings.chroma_headers.items()}
    return ChromaServer(str(settings.chroma_url), headers, settings.home / "chroma-server-id")


def open_store(settings: Settings, kind: IndexKind, encoder: ImageEncoder | TextEncoder) -> VectorStore:
    """The rows of one kind and encoder, made if they are not there."""
    return database(settings).open(kind, encoder.id)


def drop_store(settings: Settings, kind: IndexKind, encoder: str) -> None:
    """Forget all rows of one kind that the encoder of that id made; nothing happens if there are none."""
    database(settings).drop(kind, encoder)
