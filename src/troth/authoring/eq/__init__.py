"""ONS eQ questionnaires in: the older `when` lists and the newer operators. Source: the schemas that the runner's own repository
publishes as tests. No text or code of theirs is here.
"""  # noqa: D205 - one sentence after another

from troth.authoring.eq.schema import import_eq

__all__ = ["import_eq"]
