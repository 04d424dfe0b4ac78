"""What the tests of attacks share."""

from tests.attacks.whole import stolen, whole

__all__ = ["stolen", "whole"]
