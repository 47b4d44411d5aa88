# pragma version ~=0.4.3
# @title CryptoPunksData stand-in for the development chain
# @notice The original's picture and attribute functions; the deployer stores both, as the original's did.

images: HashMap[uint16, String[4096]]
attributes: HashMap[uint16, String[512]]
deployer: immutable(address)


@deploy
def __init__():
    deployer = msg.sender


@external
def store(index: uint16, svg: String[4096], attributes: String[512]):
    assert msg.sender == deployer
    self.images[index] = svg
    self.attributes[index] = attributes


@external
@view
def punkImageSvg(index: uint16) -> String[4200]:
    return concat("data:image/svg+xml;utf8,", self.images[index])


@external
@view
def punkAttributes(index: uint16) -> String[512]:
    return self.attributes[index]
