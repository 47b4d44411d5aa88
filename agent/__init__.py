"""The conversation: understanding, tools, on-chain verification, answers locked to evidence."""
