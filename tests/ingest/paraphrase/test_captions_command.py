import json

import pytest
import typer
from typer.testing import CliRunner

from magpie import layout
from magpie.catalog import Catalog
from ui.commands import ingest as command


@pytest.fixture
def magpie(tmp_path):
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)

    def run(*arguments):
        return CliRunner().invoke(app, ["ingest", "captions", *arguments, "--home", str(tmp_path)])

    return run


@pytest.fixture(autouse=True)
def collections(tmp_path, make_collection, make_token):
    """Two collections of one token each."""
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        for name, contract in (("Apes", "0x" + "2" * 40), ("Blobs", "0x" + "3" * 40)):
            home = make_collection(name, contract)
            catalog.put_collection(home)
            catalog.put_tokens(home, [make_token(1, ["Hat=Beanie"], home, caption="A picture of character.")])


def captions(home, name):
    return (home / "dataset" / layout.relative_path(name, layout.CAPTIONS, 1)).read_text().splitlines()


def test_json_tells_what_was_made(magpie):
    done = magpie("--writer", "rules", "--json")
    told = {entry["collection"]: entry for entry in json.loads(done.stdout)}
    assert [told["Apes"][name] for name in ("subject", "tokens", "rule_based", "llm")] == ["ape", 1, 3, 0]
    assert told["Blobs"]["subject"] == "blob"


def test_only_the_named_collection_is_captioned(magpie, tmp_path):
    assert magpie("--writer", "rules", "--collection", "apes").exit_code == 0
    assert len(captions(tmp_path, "Apes")) == 4
    assert not (tmp_path / "dataset" / "Blobs" / "captions").exists()


def test_the_subject_can_be_given_for_one_collection(magpie, tmp_path):
    assert magpie("--writer", "rules", "-c", "Apes", "--subject", "gorilla").exit_code == 0
    assert all("gorilla" in line for line in captions(tmp_path, "Apes")[1:])


@pytest.mark.parametrize("arguments", [("--subject", "ape"), ("-c", "Apes", "--subject", " ")])
def test_a_subject_for_no_collection_is_refused_with_the_fix(magpie, arguments):
    done = magpie("--writer", "rules", *arguments)
    assert "--collection" in str(done.exception)


def test_without_a_model_it_says_so_and_counts_rule_based_captions(magpie, monkeypatch):
    monkeypatch.setenv("MAGPIE_LLM", "none")
    done = magpie()
    assert "no caption model" in done.stderr
    assert "by rule" in done.stderr
    assert json.loads(magpie("--json").stdout)[0]["rule_based"] == 3


@pytest.mark.models
def test_the_embedded_model_writes_faithful_captions(magpie, tmp_path):
    from ingest.paraphrase.check import check_three
    from magpie.domain import Trait

    pytest.importorskip("llama_cpp")
    (told,) = json.loads(magpie("-c", "Apes", "--json").stdout)
    assert told["model"] != "rules"
    assert told["llm"] + told["retried"] >= 1
    _, *paraphrases = captions(tmp_path, "Apes")
    assert check_three(paraphrases, "ape", [Trait(type="Hat", value="Beanie")]) == []
