"""Identity, trait comparison and the borders of the domain models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from magpie.domain import LOCAL_FILES, Collection, TokenRef, Trait, local_contract
from magpie.errors import InputError

PUNKS = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
refs = st.builds(
    TokenRef,
    chain=st.sampled_from(["eip155:1", "eip155:137", LOCAL_FILES]),
    contract=st.integers(0, 2**160 - 1).map(lambda n: f"0x{n:040x}"),
    token_id=st.integers(0, 2**256 - 1),
)


def test_a_reference_is_written_as_caip_19():
    assert str(TokenRef(chain="eip155:1", contract=PUNKS, token_id=7804)) == f"eip155:1/erc721:{PUNKS}/7804"


@given(refs)
def test_a_reference_reads_back_as_itself(ref):
    assert TokenRef.parse(str(ref)) == ref
    assert TokenRef.model_validate_json(ref.model_dump_json()) == ref


def test_checksummed_and_lower_case_spelling_are_one_token():
    upper = TokenRef(chain="eip155:1", contract="0x" + PUNKS[2:].upper(), token_id=1)
    assert upper == TokenRef(chain="eip155:1", contract=PUNKS, token_id=1)


def test_same_contract_on_another_chain_is_another_token():
    one = TokenRef(chain="eip155:1", contract=PUNKS, token_id=1)
    assert one != TokenRef(chain="eip155:137", contract=PUNKS, token_id=1)


@pytest.mark.parametrize("token_id", [-1, 2**256])
def test_token_ids_outside_uint256_are_refused(token_id):
    with pytest.raises(ValidationError):
        TokenRef(chain="eip155:1", contract=PUNKS, token_id=token_id)


@pytest.mark.parametrize("text", ["", "7804", f"eip155:1/erc20:{PUNKS}/1", f"eip155:1/erc721:{PUNKS}/-1"])
def test_what_is_not_caip_19_is_refused_with_an_example(text):
    with pytest.raises(InputError, match="eip155:1/erc721"):
        TokenRef.parse(text)


@pytest.mark.parametrize("value", ["3D Glasses", "3d  glasses", "3D_GLASSES", "3D-Glasses"])
def test_traits_compare_without_case_spacing_and_punctuation(value):
    assert Trait(type="Accessory", value=value).key == ("accessory", "3d glasses")


@pytest.mark.parametrize(
    ("plural", "one"),
    [("Gold Chains", "Gold Chain"), ("Berries", "Berry"), ("Foxes", "Fox"), ("Hats", "hat")],
)
def test_plural_and_singular_values_compare_equal(plural, one):
    assert Trait(type="", value=plural).key == Trait(type="", value=one).key


def test_published_spelling_is_kept():
    assert Trait(type="Accessory", value="Do-rag").value == "Do-rag"


def test_a_condition_without_a_type_matches_the_value_under_any_type(make_token):
    token = make_token(1, ["Type=Zombie", "Accessory=Pipe"])
    assert token.has(Trait(type="", value="zombie"))
    assert token.has(Trait(type="type", value="Zombie"))
    assert not token.has(Trait(type="Accessory", value="Zombie"))


@pytest.mark.parametrize("name", ["", "a/b", "..\\x", "a:b", "x\n"])
def test_a_collection_name_that_is_no_folder_name_is_refused(name):
    with pytest.raises(ValidationError):
        Collection(name=name, chain="eip155:1", contract=PUNKS)


def test_a_collection_without_a_contract_cannot_be_asked_on_chain():
    local = Collection(name="Punks", chain=LOCAL_FILES, contract=local_contract("Punks"))
    assert not local.on_chain
    with pytest.raises(ValidationError, match="contract"):
        Collection(name="Punks", chain=LOCAL_FILES, contract=PUNKS)
