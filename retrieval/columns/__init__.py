"""The index as columns on disk: what search reads instead of rows, rebuilt whole by `magpie index`.

Tokens are numbered by collection name and token id. Where columns are absent, or of another state of the
catalogue than the present one, the catalogue and the vector store answer: slower, and the same.
"""
