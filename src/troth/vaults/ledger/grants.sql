-- LEDGER is owned by a role that no process uses. Whoever accounts for something may read and append; nobody may change.
GRANT SELECT, INSERT ON entry TO {load};
GRANT SELECT, INSERT ON entry TO {letters};
GRANT SELECT, INSERT ON entry TO {flush};
GRANT SELECT, INSERT ON entry TO {vouchers};
GRANT SELECT, INSERT ON entry TO {interviews};
GRANT SELECT, INSERT ON entry TO {holds};
GRANT SELECT, INSERT ON entry TO {findings};
GRANT SELECT ON entry TO {assurance};
GRANT SELECT ON schema_version TO {load}, {letters}, {flush}, {vouchers}, {interviews}, {holds}, {findings}, {assurance};
