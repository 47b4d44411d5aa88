import sys

import pytest

from ingest.hub.access import Hub, sign_in
from ingest.hub.listing import Archive, Listing, read_listing
from magpie.errors import ConfigError, InputError, MissingExtraError, SourceError
from magpie.settings import Settings

SHA = "a" * 64


def listing(*names):
    return Listing("c" * 40, tuple(Archive(name, f"NFT1000/{name}.zip", 9, SHA) for name in names), ())


@pytest.mark.parametrize("asked", ["Cool Cats", "coolcats", "COOL  cats", "cool-cats"])
def test_names_are_found_whatever_their_case_and_spacing(asked):
    assert [archive.name for archive in listing("Azuki", "Cool Cats").choose([asked])] == ["Cool Cats"]


def test_a_name_given_twice_is_downloaded_once_and_order_is_kept():
    chosen = listing("Azuki", "Cool Cats").choose(["coolcats", "Azuki", "Cool Cats"])
    assert [archive.name for archive in chosen] == ["Cool Cats", "Azuki"]


def test_an_exact_name_wins_over_one_that_differs_in_case():
    both = listing("CyberKongz", "CYBERKONGZ")
    assert [archive.name for archive in both.choose(["CYBERKONGZ"])] == ["CYBERKONGZ"]
    with pytest.raises(InputError, match="'CyberKongz' or 'CYBERKONGZ'"):
        both.choose(["cyberkongz"])


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(
        InputError, match=r"unknown collection of the Hub 'Moonbird'; did you mean 'Moonbirds'"
    ):
        listing("Azuki", "Moonbirds").choose(["Azuki", "Moonbird"])


def test_patterns_are_parts_of_names():
    held = listing("Azuki", "Moon Birds", "Moonbears")
    assert [archive.name for archive in held.matching(["MOONB"])] == ["Moon Birds", "Moonbears"]
    assert [archive.name for archive in held.matching([])] == ["Azuki", "Moon Birds", "Moonbears"]
    assert held.matching(["punks"]) == []


@pytest.mark.network
def test_only_the_zips_of_collections_are_listed_with_size_and_digest(hub, access, pack):
    hub.files = {"README.md": b"hello", "NFT1000/Azuki.zip": pack(1), "Other/Doodles.zip": pack(1)}
    found = read_listing(access)
    assert [(archive.name, archive.size) for archive in found.archives] == [("Azuki", len(pack(1)))]
    assert (found.revision[:6], found.problems) == ("c0ffee", ())


@pytest.mark.network
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("NFT1000/../../x.zip", "no name of a collection"),
        ("NFT1000/sub/Azuki.zip", "no name of a collection"),
        ("NFT1000/..\\x.zip", "no name of a collection"),
        ("NFT1000/...zip", "no name of a collection"),
        ("NFT1000/.zip", "no name of a collection"),
        ("NFT1000/Azu\u202eiku.zip", "no name of a collection"),
        ("NFT1000/Azu\nki.zip", "no name of a collection"),
        ("NFT1000/Azu\x1b[31mki.zip", "no name of a collection"),
        ("NFT1000/Azuki.tar", "not a zip"),
    ],
)
def test_a_hostile_name_is_left_out_in_one_line(hub, access, pack, path, reason):
    hub.files = {"NFT1000/Good.zip": pack(1), path: pack(2)}
    found = read_listing(access)
    assert [archive.name for archive in found.archives] == ["Good"]
    (problem,) = found.problems
    assert problem.reason == f"{reason}; left out"
    assert str(problem).isprintable()


@pytest.mark.network
@pytest.mark.parametrize(
    ("altered", "reason"),
    [
        ({"lfs": None}, "the Hub tells no SHA-256 of it"),
        ({"lfs": {"sha256": "../../x", "size": 9, "pointerSize": 1}}, "the Hub tells no SHA-256 of it"),
        ({"lfs": {"sha256": SHA.upper(), "size": 9, "pointerSize": 1}}, "the Hub tells no SHA-256 of it"),
        ({"lfs": {"sha256": SHA, "size": 0, "pointerSize": 1}}, "the Hub tells no size of it"),
        ({"lfs": {"sha256": SHA, "size": "9", "pointerSize": 1}}, "the Hub tells no size of it"),
    ],
)
def test_a_zip_that_cannot_be_checked_is_left_out(hub, access, pack, altered, reason):
    hub.files = {"NFT1000/Good.zip": pack(1), "NFT1000/Bad.zip": pack(1)}
    hub.altered = {"NFT1000/Bad.zip": altered}
    found = read_listing(access)
    assert [archive.name for archive in found.archives] == ["Good"]
    assert [problem.reason for problem in found.problems] == [f"{reason}; left out"]


@pytest.mark.network
def test_names_that_no_folder_can_have_are_made_safe_and_never_two_alike(hub, access, pack):
    hub.files = {"NFT1000/Who?.zip": pack(1), "NFT1000/Who*.zip": pack(2), "NFT1000/Yakuza Inc..zip": pack(3)}
    found = read_listing(access)
    assert [(archive.name, archive.path) for archive in found.archives] == [
        ("Who_", "NFT1000/Who*.zip"),
        ("Yakuza Inc", "NFT1000/Yakuza Inc..zip"),
    ]
    assert [problem.reason for problem in found.problems] == ["a second file for 'Who_'; left out"]


@pytest.mark.network
@pytest.mark.parametrize(
    ("dataset", "token", "told"),
    [
        ("shuxunoo/NFT-Net", "hf_wrong", "does not accept the token: make a new one at"),
        ("nobody/nothing", None, "has no dataset 'nobody/nothing' that you may see: fix hub_dataset"),
        ("no such/name!", None, "has no dataset 'no such/name!' that you may see: fix hub_dataset"),
    ],
)
def test_a_wrong_login_or_dataset_is_one_line_with_the_fix(hub, pack, dataset, token, told):
    hub.files = {"NFT1000/Azuki.zip": pack(1)}
    with pytest.raises(ConfigError) as caught:
        read_listing(Hub(hub.url, dataset, token))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hf_wrong" not in str(caught.value)


@pytest.mark.network
@pytest.mark.parametrize(("status", "retryable"), [(429, True), (503, True), (418, False)])
def test_a_hub_that_refuses_is_named_with_its_status(hub, access, status, retryable):
    hub.listing_status = status
    with pytest.raises(SourceError, match=f"127.0.0.1:[0-9]+ answers {status}: ") as caught:
        read_listing(access)
    assert caught.value.retryable is retryable


@pytest.mark.network
def test_no_network_is_one_line_with_the_fix():
    with pytest.raises(
        SourceError, match=r"^127.0.0.1:1 cannot be reached \(ConnectError\): check the network"
    ):
        read_listing(Hub("http://127.0.0.1:1", "a/b", "hf_token"))


@pytest.mark.network
def test_a_dataset_without_zips_is_one_line_with_the_fix(hub, access):
    hub.files = {"README.md": b"hello"}
    with pytest.raises(SourceError, match="has no zips below NFT1000/: fix hub_dataset"):
        read_listing(access)


@pytest.mark.parametrize("lacking", ["sha", "siblings"])
@pytest.mark.network
def test_something_that_is_no_hub_is_said_to_be_none(hub, access, monkeypatch, lacking):
    monkeypatch.setattr(type(hub), "siblings", lambda self: [{"name": "no field of the Hub's"}])
    with pytest.raises(SourceError, match="does not answer as the Hub does: fix hub_url"):
        read_listing(access)


def test_the_token_of_the_settings_wins_over_the_login(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_login")
    assert sign_in(Settings()).token == "hf_login"
    assert sign_in(Settings(hub_token="hf_setting")).token == "hf_setting"
    assert "hf_setting" not in repr(sign_in(Settings(hub_token="hf_setting")))


@pytest.mark.parametrize("token", ["hf_a b", "hf_a\r\nX-Evil: 1", "hf_é"])
def test_a_token_that_is_none_is_refused_without_showing_it(token):
    with pytest.raises(ConfigError, match="copy it again") as caught:
        sign_in(Settings(hub_token=token))
    assert "hf_a" not in str(caught.value)


def test_a_token_never_travels_unencrypted():
    with pytest.raises(ConfigError, match=r"hub_url hub\.example is not https"):
        sign_in(Settings(hub_url="http://hub.example", hub_token="hf_a"))
    assert sign_in(Settings(hub_url="http://127.0.0.1:9", hub_token="hf_a")).token == "hf_a"


def test_without_the_library_the_extra_that_brings_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'magpie\[hub\]'"):
        sign_in(Settings())
