"""The Hub's dataset of NFT1000 zips: what it holds, and downloads that are continued and checked."""
