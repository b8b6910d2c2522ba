"""Rules about whole documents, one file each."""
