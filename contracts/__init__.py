"""The contract and everything that can be known or tested of it; its public names are those of ``troth``."""
