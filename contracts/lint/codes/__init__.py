"""What the codes mean that other parts of troth find: the loader, the words, the rules about contracts.

A module has ``RULES``; where a code is looked for, the reference says.
"""
