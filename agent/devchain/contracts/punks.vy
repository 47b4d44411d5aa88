# pragma version ~=0.4.3
# @title CryptoPunks stand-in for the development chain
# @notice The original's owner functions and events under their own names; its market is left out.
# Like the original it is not ERC-721: no ERC-165, and an unassigned punk has the zero address, no revert.

event Assign:
    to: indexed(address)
    punkIndex: uint256

event PunkTransfer:
    sender: indexed(address)
    to: indexed(address)
    punkIndex: uint256

event Transfer:
    sender: indexed(address)
    to: indexed(address)
    value: uint256

PUNKS: constant(uint256) = 10000

name: public(String[16])
symbol: public(String[4])
decimals: public(uint8)
totalSupply: public(uint256)
punksRemainingToAssign: public(uint256)
allPunksAssigned: public(bool)
punkIndexToAddress: public(HashMap[uint256, address])
balanceOf: public(HashMap[address, uint256])
deployer: immutable(address)


@deploy
def __init__():
    self.name = "CRYPTOPUNKS"
    self.symbol = "C"
    self.totalSupply = PUNKS
    self.punksRemainingToAssign = PUNKS
    deployer = msg.sender


@external
def setInitialOwner(to: address, punkIndex: uint256):
    self._assign(to, punkIndex)


@external
def setInitialOwners(addresses: DynArray[address, 250], indices: DynArray[uint256, 250]):
    assert len(addresses) == len(indices)
    for i: uint256 in range(len(indices), bound=250):
        self._assign(addresses[i], indices[i])


@external
def allInitialOwnersAssigned():
    assert msg.sender == deployer
    self.allPunksAssigned = True


@external
def transferPunk(to: address, punkIndex: uint256):
    assert self.allPunksAssigned
    assert punkIndex < PUNKS
    assert self.punkIndexToAddress[punkIndex] == msg.sender
    self.punkIndexToAddress[punkIndex] = to
    self.balanceOf[msg.sender] -= 1
    self.balanceOf[to] += 1
    log Transfer(sender=msg.sender, to=to, value=1)
    log PunkTransfer(sender=msg.sender, to=to, punkIndex=punkIndex)


@internal
def _assign(to: address, punkIndex: uint256):
    assert msg.sender == deployer
    assert not self.allPunksAssigned
    assert punkIndex < PUNKS
    previous: address = self.punkIndexToAddress[punkIndex]
    if previous == to:
        return
    if previous != empty(address):
        self.balanceOf[previous] -= 1
    else:
        self.punksRemainingToAssign -= 1
    self.punkIndexToAddress[punkIndex] = to
    self.balanceOf[to] += 1
    log Assign(to=to, punkIndex=punkIndex)
