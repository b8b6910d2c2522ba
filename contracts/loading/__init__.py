"""From files, or the name of a document that ships, to a contract or to every finding at once."""
