"""The promises of the notice: ids, sentences, states. Data only.

Sites show the signed evidence that assurance writes from these models.
"""

from troth.promises.evidence import CheckResult, Evidence, State, combine, weigh
from troth.promises.registry import REGISTRY, Promise, PromiseId

__all__ = ["REGISTRY", "CheckResult", "Evidence", "Promise", "PromiseId", "State", "combine", "weigh"]
