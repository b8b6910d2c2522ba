"""The OpenAPI Initiative's schemas that ship with troth are sound themselves."""

from __future__ import annotations

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from troth.contracts.document.official import official_schema
from troth.contracts.document.openapi import VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_each_is_a_valid_json_schema(version: str) -> None:
    draft = Draft4Validator if version == "3.0" else Draft202012Validator
    draft.check_schema(official_schema(version))
