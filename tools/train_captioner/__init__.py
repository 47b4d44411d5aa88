"""The recipe of the caption adapter: a LoRA on SmolLM2 that words traits, trained on invented trait sets.

    python -m tools.train_captioner --out adapter

No collection of NFT1000 but the sample's CryptoPunks is used, and no picture.
"""
