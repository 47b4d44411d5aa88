"""Which collections are for training, which for choosing and which for testing: NFT1000's sets, as files."""
