# pragma version ~=0.4.3
# @title ERC-721 collection for the development chain
# @notice Complete ERC-721 with ERC-165 and names; the deployer mints in batches.

interface ERC721Receiver:
    def onERC721Received(
        operator: address, sender: address, token_id: uint256, data: Bytes[1024]
    ) -> bytes4: nonpayable

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    token_id: indexed(uint256)

event Approval:
    owner: indexed(address)
    approved: indexed(address)
    token_id: indexed(uint256)

event ApprovalForAll:
    owner: indexed(address)
    operator: indexed(address)
    approved: bool

ERC165_ID: constant(bytes4) = 0x01ffc9a7
ERC721_ID: constant(bytes4) = 0x80ac58cd
RECEIVED: constant(bytes4) = 0x150b7a02  # onERC721Received(address,address,uint256,bytes)

name: public(String[100])
symbol: public(String[16])
minter: public(immutable(address))
isApprovedForAll: public(HashMap[address, HashMap[address, bool]])
owners: HashMap[uint256, address]
balances: HashMap[address, uint256]
approvals: HashMap[uint256, address]


@deploy
def __init__(name: String[100], symbol: String[16]):
    self.name = name
    self.symbol = symbol
    minter = msg.sender


@external
@pure
def supportsInterface(interface_id: bytes4) -> bool:
    return interface_id in [ERC165_ID, ERC721_ID]


@external
@view
def balanceOf(owner: address) -> uint256:
    assert owner != empty(address), "ERC721: zero address"
    return self.balances[owner]


@external
@view
def ownerOf(token_id: uint256) -> address:
    return self._owner(token_id)


@external
@view
def getApproved(token_id: uint256) -> address:
    self._owner(token_id)
    return self.approvals[token_id]


@external
@payable
def approve(approved: address, token_id: uint256):
    owner: address = self._owner(token_id)
    assert msg.sender == owner or self.isApprovedForAll[owner][msg.sender], "ERC721: not allowed"
    self.approvals[token_id] = approved
    log Approval(owner=owner, approved=approved, token_id=token_id)


@external
def setApprovalForAll(operator: address, approved: bool):
    self.isApprovedForAll[msg.sender][operator] = approved
    log ApprovalForAll(owner=msg.sender, operator=operator, approved=approved)


@external
@payable
def transferFrom(sender: address, receiver: address, token_id: uint256):
    self._transfer(sender, receiver, token_id)


@external
@payable
def safeTransferFrom(sender: address, receiver: address, token_id: uint256, data: Bytes[1024] = b""):
    self._transfer(sender, receiver, token_id)
    if receiver.is_contract:
        answer: bytes4 = extcall ERC721Receiver(receiver).onERC721Received(msg.sender, sender, token_id, data)
        assert answer == RECEIVED, "ERC721: receiver refused"


@external
def mint(receiver: address, token_ids: DynArray[uint256, 250]):
    assert msg.sender == minter, "only the deployer mints"
    assert receiver != empty(address), "ERC721: zero address"
    for token_id: uint256 in token_ids:
        assert self.owners[token_id] == empty(address), "ERC721: already minted"
        self.owners[token_id] = receiver
        log Transfer(sender=empty(address), receiver=receiver, token_id=token_id)
    self.balances[receiver] += len(token_ids)


@external
def burn(token_id: uint256):
    owner: address = self._owner(token_id)
    assert msg.sender == owner, "ERC721: not allowed"
    self.approvals[token_id] = empty(address)
    self.owners[token_id] = empty(address)
    self.balances[owner] -= 1
    log Transfer(sender=owner, receiver=empty(address), token_id=token_id)


@internal
@view
def _owner(token_id: uint256) -> address:
    owner: address = self.owners[token_id]
    assert owner != empty(address), "ERC721: invalid token ID"
    return owner


@internal
def _transfer(sender: address, receiver: address, token_id: uint256):
    owner: address = self._owner(token_id)
    assert owner == sender, "ERC721: wrong owner"
    assert receiver != empty(address), "ERC721: zero address"
    assert (
        msg.sender == owner or msg.sender == self.approvals[token_id] or self.isApprovedForAll[owner][msg.sender]
    ), "ERC721: not allowed"
    self.approvals[token_id] = empty(address)
    self.balances[sender] -= 1
    self.balances[receiver] += 1
    self.owners[token_id] = receiver
    log Transfer(sender=sender, receiver=receiver, token_id=token_id)
