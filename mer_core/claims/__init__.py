"""The paper's claims, C1 to C20: predicates, and the ledger of their verdicts."""

from mer_core.claims.ledger import VERDICTS, ledger
from mer_core.claims.statements import CLAIMS, Claim
from mer_core.claims.view import Difference, View

__all__ = ["CLAIMS", "VERDICTS", "Claim", "Difference", "View", "ledger"]
