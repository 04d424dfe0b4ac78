-- SAMPLE is owned by the role `letters` (release, erasure). One sentence a grant: who, and for what.
-- load: puts people in, once; sees letter references and the blind index, to find repetitions. It opens nothing.
GRANT SELECT, INSERT, UPDATE, DELETE ON intake TO {load};
GRANT SELECT, INSERT ON person TO {load};
GRANT SELECT, INSERT ON reserve TO {load};
GRANT INSERT ON letter TO {load};
GRANT SELECT ON erasing TO {load};
GRANT SELECT ON schema_version TO {load};
-- custodian: finds people by the blind index, corrects a contact part that it does not open, and counts both. It sees no code part.
GRANT SELECT (ref, cell, state, reason, bucket, lookup) ON person TO {custodian};
GRANT UPDATE (contact_wrapped, contact_sealed, lookup) ON person TO {custodian};
GRANT SELECT (ref, state, delivered_by) ON letter TO {custodian};
GRANT SELECT (ref, state, delivered_by) ON reissue TO {custodian};
GRANT SELECT, INSERT, UPDATE ON wish TO {custodian};
GRANT SELECT ON schema_version TO {custodian};
