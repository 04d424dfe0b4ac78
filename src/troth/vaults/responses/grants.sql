-- RESPONSES is owned by the role `flush` (flush, close, sever).
-- respond: forward only (P09). It inserts steps and may update none; it marks a handle finished or stopped, and no more of it.
GRANT SELECT ON handle TO {respond};
GRANT UPDATE (state, voucher, interview) ON handle TO {respond};
GRANT SELECT, INSERT, DELETE ON step TO {respond};
GRANT SELECT, INSERT, UPDATE, DELETE ON progress TO {respond};
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {respond};
GRANT SELECT ON strip TO {respond};
GRANT SELECT ON schema_version TO {respond};
-- load: offers handles, and takes back a list that was never confirmed.
GRANT SELECT, INSERT, UPDATE, DELETE ON intake TO {load};
GRANT SELECT, INSERT, DELETE ON handle TO {load};
GRANT SELECT ON schema_version TO {load};
-- findings: reads records, and nothing with a handle.
GRANT SELECT ON record TO {findings};
GRANT SELECT ON schema_version TO {findings};
