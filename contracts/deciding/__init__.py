"""A call and a world in, every allowed outcome out; and between outcomes and bodies of replies."""
