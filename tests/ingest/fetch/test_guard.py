"""The policy itself, without a network: every network that is not public, in every wrapping."""

import asyncio
import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch.guard import addresses, check, check_address, kind
from magpie.errors import SourceError

ANY_4 = st.integers(0, 2**32 - 1).map(IPv4Address)
ANY_6 = st.integers(0, 2**128 - 1).map(IPv6Address)
NOT_GLOBAL_4 = st.sampled_from(ipaddress._IPv4Constants._private_networks).flatmap(
    lambda network: st.integers(0, network.num_addresses - 1).map(lambda place: network[place])
)
NOT_GLOBAL_6 = st.sampled_from(ipaddress._IPv6Constants._private_networks).flatmap(
    lambda network: st.integers(0, network.num_addresses - 1).map(lambda place: network[place])
)


def holds_public(address):
    """Whether it is a public IPv4 address in one of the two forms that are taken for it."""
    forms = ipaddress.ip_network("::ffff:0:0/96"), ipaddress.ip_network("64:ff9b::/96")
    return any(address in form for form in forms) and IPv4Address(int(address) & 0xFFFFFFFF).is_global


def wrappings(address):
    """Every IPv6 form in which networks carry an IPv4 address."""
    inner = int(address)
    return {
        "mapped": IPv6Address(0xFFFF << 32 | inner),
        "compatible": IPv6Address(inner),
        "translated": IPv6Address(0xFFFF << 48 | inner),
        "NAT64": IPv6Address(0x64FF9B << 96 | inner),
        "local NAT64": IPv6Address(0x64FF9B0001 << 80 | inner),
        "6to4": IPv6Address(0x2002 << 112 | inner << 80 | 1),
        "Teredo": IPv6Address(0x20010000 << 96 | inner ^ 0xFFFFFFFF),
        "Teredo's server": IPv6Address(0x20010000 << 96 | inner << 64),
        "ISATAP": IPv6Address(0x2606_4700 << 96 | 0x5EFE << 32 | inner),
        "ISATAP, global": IPv6Address(0x2606_4700 << 96 | 0x0200_5EFE << 32 | inner),
    }


@settings(max_examples=150, deadline=None)
@given(NOT_GLOBAL_4)
def test_what_is_not_global_is_refused_in_every_wrapping(address):
    assert kind(address)
    assert {name for name, wrapped in wrappings(address).items() if not kind(wrapped)} == set()


@settings(max_examples=150, deadline=None)
@given(NOT_GLOBAL_6)
def test_no_ipv6_address_that_is_not_global_is_public(address):
    assert kind(address) or holds_public(address)


@settings(max_examples=150, deadline=None)
@given(ANY_4 | ANY_6)
def test_nothing_is_public_that_the_standard_library_calls_private(address):
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_loopback:
        assert kind(address) or holds_public(address)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("10.0.0.0", "10.255.255.255", "private"),
        ("100.64.0.0", "100.127.255.255", "shared"),
        ("127.0.0.0", "127.255.255.255", "loopback"),
        ("169.254.0.0", "169.254.255.255", "link-local"),
        ("172.16.0.0", "172.31.255.255", "private"),
        ("192.168.0.0", "192.168.255.255", "private"),
        ("224.0.0.0", "239.255.255.255", "multicast"),
        ("240.0.0.0", "255.255.255.255", "reserved"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"),
    ],
)
def test_networks_end_where_they_end(first, last, name):
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
    assert kind(low) == kind(high) == name
    assert kind(low - 1) != name
    assert int(high) == 2**32 - 1 or kind(high + 1) != name


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.0"])
def test_public_addresses_are_public_as_such_and_through_nat64(address):
    forms = wrappings(IPv4Address(address))
    assert not kind(IPv4Address(address))
    assert {name for name, form in forms.items() if not kind(form)} >= {"mapped", "NAT64"}
    assert {name for name, form in forms.items() if not kind(form)}.isdisjoint(
        {"6to4", "Teredo", "compatible"}
    )


@settings(max_examples=150, deadline=None)
@given(ANY_4)
def test_every_spelling_of_an_ipv4_address_is_that_address(address):
    number = int(address)
    high, low = number >> 24, number & 0xFFFFFF
    spellings = (
        str(number),
        hex(number),
        f"0{number:o}",
        f"{high}.{low}",
        f"0x{high:x}.0{low:o}",
        f"{address}.",
        ".".join(f"0{int(part):o}" for part in str(address).split(".")),
    )
    assert {check(f"http://{spelling}/").host for spelling in spellings} == {str(address)}
    assert {socket.inet_ntoa(socket.inet_aton(each.rstrip("."))) for each in spellings} == {str(address)}


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(codec=None), max_size=60), st.sampled_from(["", "http://", "https://", "http://["])
)
def test_whatever_is_written_the_result_is_a_plain_url_or_a_refusal(text, start):
    try:
        target = check(start + text)
    except SourceError as error:
        target, reason = None, str(error)
    if target is None:
        assert reason.isprintable()
        return
    assert str(target).isascii()
    assert str(target).isprintable()
    assert " " not in str(target)
    assert check(str(target)) == target


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("HTTP://ART.Example:80", "http://art.example/"),
        ("https://art.example.:443/a b?c d", "https://art.example/a%20b?c%20d"),
        ("https://art.example:8443/100%/%41", "https://art.example:8443/100%25/%41"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://[2606:4700:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("https://my_art.example/1#top", "https://my_art.example/1"),
    ],
)
def test_urls_have_one_spelling(url, checked):
    assert str(check(url)) == checked


@pytest.mark.parametrize(
    ("port", "allowed"), [(79, 0), (80, 1), (81, 0), (443, 1), (1023, 0), (1024, 1), (65535, 1)]
)
def test_ports_of_web_servers_and_those_above_1023_are_asked(port, allowed):
    if allowed:
        assert check(f"https://art.example:{port}/").port == port
    else:
        with pytest.raises(SourceError, match=f"port {port}"):
            check(f"https://art.example:{port}/")
    assert check(f"https://art.example:{port}/", named=True).port == port


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "100.64.0.1", "::1", "fd00::1", "8.8.8.8"])
def test_a_named_gateway_may_be_at_home(address):
    check_address(address, named=True)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "224.0.0.1", "0.0.0.0", "fe80::1", "240.0.0.1", "nonsense"]
)
def test_a_named_gateway_may_not_be_just_anything(address):
    with pytest.raises(SourceError, match=f"leads to {address}"):
        check_address(address, named=True)


def test_no_answer_to_a_look_up_is_worth_another_try():
    async def none(host, port):
        return []

    async def failing(host, port):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    for resolve in (none, failing):
        with pytest.raises(SourceError, match="has no address") as error:
            asyncio.run(addresses("art.example", 80, resolve, named=False))
        assert error.value.retryable
