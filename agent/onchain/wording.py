"""A receipt in one sentence, for the command line, the page and the conversation. Pure."""

from agent.onchain.receipt import Receipt


def sentence(receipt: Receipt) -> str:
    """What the receipt says, with the chain and block whenever one was read."""
    token = f"{receipt.collection} #{receipt.token.token_id}"
    if receipt.verdict == "unverified":
        return f"Who owns {token} could not be verified. {receipt.reason}"
    the = "the " if receipt.is_local else ""
    where = f"on {the}{receipt.chain_label} at block {receipt.block_number} ({receipt.block_tag})"
    if receipt.verdict == "nonexistent":
        return f"{token} does not exist {where}. {receipt.reason}"
    if receipt.verdict == "not_owned":
        return f"{receipt.asked_owner} does not own {token}, {receipt.owner} does, {where}."
    if receipt.asked_owner is None:
        return f"{token} belongs to {receipt.owner}, {where}."
    return f"{receipt.owner} owns {token}, {where}."
