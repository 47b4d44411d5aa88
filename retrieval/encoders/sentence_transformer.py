"""Caption vectors by sentence-transformers."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from magpie.files import sha256_file
from magpie.models import FoundModel
from magpie.optional import require
from retrieval.encoders.torch_setup import prepare_torch, require_device
from retrieval.ports import Placement, TextKind, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceTransformerEncoder:
    """A sentence-transformers model on this machine; its weights load at first use."""

    def __init__(
        self,
        found: FoundModel,
        *,
        device: str = "cpu",
        threads: int = 0,
        batch_size: int = 64,
        adapter: Path | None = None,
    ) -> None:
        """``adapter``: safetensors with ``<module>.A`` (r, in) and ``<module>.B`` (out, r), whose product is
        added to that module's weights.
        """
        self._found, self._device, self._threads, self._batch_size = found, device, threads, batch_size
        self._adapter = adapter

    @cached_property
    def id(self) -> str:
        plain = f"sentence-transformers:{self._found.spec.name}@{self._found.sha256()[:12]}"
        return plain if self._adapter is None else f"{plain}+{sha256_file(self._adapter)[:12]}"

    @property
    def dim(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @cached_property
    def _model(self) -> "SentenceTransformer":
        prepare_torch(self._threads, extra="text")
        require_device(self._device)
        module = require("sentence_transformers", extra="text")
        require(
            "transformers", extra="text"
        ).utils.logging.disable_progress_bar()  # its bar for 90 MB on disk
        model: SentenceTransformer = module.SentenceTransformer(
            str(self._found.path), device=self._device, local_files_only=True
        )
        if self._adapter is not None:
            _adapt(model, self._adapter)
        return model

    def load(self) -> Placement:
        return Placement(str(self._model.device), str(self._model.dtype).removeprefix("torch."))

    def encode(self, texts: Sequence[str], *, kind: TextKind) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        vectors: Vectors = encode(
            list(texts), batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors.astype(np.float32, copy=False)


def _adapt(model: "SentenceTransformer", adapter: Path) -> None:
    held = require("safetensors.torch", extra="text").load_file(str(adapter))
    for name in (key.removesuffix(".A") for key in held if key.endswith(".A")):
        weight = model[0].auto_model.get_submodule(name).weight
        weight.data += (held[f"{name}.B"].float() @ held[f"{name}.A"].float()).to(weight)
