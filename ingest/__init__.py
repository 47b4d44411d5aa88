"""Outside world -> NFT1000 dataset on disk and its catalogue."""
