# pragma version ~=0.4.3
# @title ERC-721 collection with metadata, for the development chain
# @notice Metadata and Enumerable as declared by the deployer: a token's own URI, else base + id + suffix, or one
# URI for all as long as nothing is revealed. What it declares by ERC-165 is set apart from what it does.

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    token_id: indexed(uint256)

name: public(String[100])
symbol: public(String[16])
contractURI: public(String[512])
supportsInterface: public(HashMap[bytes4, bool])
deployer: immutable(address)
enumerable: bool
base: String[512]
suffix: String[64]
placeholder: String[512]
uris: HashMap[uint256, String[2000]]
owners: HashMap[uint256, address]
ids: DynArray[uint256, 100000]


@deploy
def __init__(name: String[100], symbol: String[16], base: String[512], suffix: String[64], enumerable: bool):
    self.name = name
    self.symbol = symbol
    self.base = base
    self.suffix = suffix
    self.enumerable = enumerable
    deployer = msg.sender
    for declared: bytes4 in [0x01ffc9a7, 0x80ac58cd, 0x5b5e139f]:
        self.supportsInterface[declared] = True
    self.supportsInterface[0x780e9d63] = enumerable


@external
@view
def ownerOf(token_id: uint256) -> address:
    return self._owner(token_id)


@external
@view
def tokenURI(token_id: uint256) -> String[2000]:
    self._owner(token_id)
    if len(self.placeholder) > 0:
        return self.placeholder
    if len(self.uris[token_id]) > 0:
        return self.uris[token_id]
    return concat(self.base, uint2str(token_id), self.suffix)


@external
@view
def totalSupply() -> uint256:
    return len(self.ids)


@external
@view
def tokenByIndex(index: uint256) -> uint256:
    assert self.enumerable and index < len(self.ids), "ERC721Enumerable: index out of bounds"
    return self.ids[index]


@external
def mint(receiver: address, token_ids: DynArray[uint256, 250]):
    assert msg.sender == deployer, "only the deployer mints"
    for token_id: uint256 in token_ids:
        assert self.owners[token_id] == empty(address), "ERC721: already minted"
        self.owners[token_id] = receiver
        self.ids.append(token_id)
        log Transfer(sender=empty(address), receiver=receiver, token_id=token_id)


@external
def transferFrom(sender: address, receiver: address, token_id: uint256):
    assert self._owner(token_id) == sender and msg.sender == sender, "ERC721: not allowed"
    self.owners[token_id] = receiver
    log Transfer(sender=sender, receiver=receiver, token_id=token_id)


@external
def burn(token_id: uint256):
    owner: address = self._owner(token_id)
    assert msg.sender == owner, "ERC721: not allowed"
    self.owners[token_id] = empty(address)
    for place: uint256 in range(len(self.ids), bound=100000):
        if self.ids[place] == token_id:
            self.ids[place] = self.ids[len(self.ids) - 1]
            self.ids.pop()
            break
    log Transfer(sender=owner, receiver=empty(address), token_id=token_id)


@external
def setURIs(token_ids: DynArray[uint256, 50], uris: DynArray[String[2000], 50]):
    assert msg.sender == deployer and len(token_ids) == len(uris)
    for place: uint256 in range(len(token_ids), bound=50):
        self.uris[token_ids[place]] = uris[place]


@external
def setBase(base: String[512], suffix: String[64], placeholder: String[512]):
    assert msg.sender == deployer
    self.base = base
    self.suffix = suffix
    self.placeholder = placeholder


@external
def setContractURI(uri: String[512]):
    assert msg.sender == deployer
    self.contractURI = uri


@external
def declare(interface_id: bytes4, supported: bool):
    assert msg.sender == deployer
    self.supportsInterface[interface_id] = supported


@internal
@view
def _owner(token_id: uint256) -> address:
    owner: address = self.owners[token_id]
    assert owner != empty(address), "ERC721: invalid token ID"
    return owner
