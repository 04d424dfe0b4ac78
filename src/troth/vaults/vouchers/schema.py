"""Tables of VOUCHERS: those of any vault of claims (`troth.vaults.claimbox`), each column with a comment and a class."""

from __future__ import annotations

from sqlalchemy import MetaData

from troth.vaults.claimbox import declare

metadata = MetaData()
tables = declare(metadata, "waiting | ordered | sent")
