"""The sub-commands of ``troth`` that need nothing but the contract; found through entry points."""
