"""Content identifiers of IPFS, and whether what a gateway sent is what they name."""
