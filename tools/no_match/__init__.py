"""How sure a search must be that a thing is not here: fitted for a caption encoder."""
