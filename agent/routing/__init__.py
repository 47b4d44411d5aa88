"""What a question asks for, by a classifier over its sentence embedding and the signs in it."""
