-- INTERVIEWS is owned by the role `interviews`.
-- claim: spends a ticket and puts details in; it can read back neither details nor claims.
GRANT SELECT, INSERT ON spent TO {claim};
GRANT INSERT ON inbox TO {claim};
GRANT SELECT ON erasing TO {claim};
GRANT SELECT ON schema_version TO {claim};
