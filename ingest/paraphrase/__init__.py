"""LLaMA captions: fluent paraphrases of a token's traits, each checked before it is kept."""
