-- SAMPLE is owned by the role `letters` (release, erasure). One sentence a grant: who, and for what.
-- load: puts people in, once; sees letter references and the blind index, to find repetitions. It opens nothing. It takes back
-- the people of a load that was given up before it was whole. It writes the tag, where reminders are targeted, and sees no receipt.
GRANT SELECT, INSERT, UPDATE, DELETE ON intake TO {load};
GRANT SELECT, INSERT, DELETE ON person TO {load};
GRANT SELECT, INSERT, DELETE ON reserve TO {load};
GRANT SELECT (ref, batch, state, delivered_by), INSERT, DELETE ON letter TO {load};
GRANT SELECT, INSERT, DELETE ON staged TO {load};
-- load, for suppression: it holds the index key. It stops people, never starts them again, and moves a death earlier.
GRANT UPDATE (state, reason, dies_on) ON person TO {load};
GRANT UPDATE (batch, delivered_by) ON letter TO {load};
GRANT SELECT (ref, batch, state, delivered_by), UPDATE (batch, wave, delivered_by) ON reissue TO {load};
GRANT SELECT ON batch TO {load};
GRANT SELECT, INSERT, UPDATE ON suppression TO {load};
GRANT SELECT ON erasing TO {load};
GRANT SELECT ON schema_version TO {load};
-- custodian: finds people by the blind index, corrects a contact part that it does not open, and counts both. It sees no code part.
GRANT SELECT (ref, cell, state, reason, bucket, lookup) ON person TO {custodian};
GRANT UPDATE (contact_wrapped, contact_sealed, lookup) ON person TO {custodian};
GRANT SELECT (ref, state, delivered_by) ON letter TO {custodian};
GRANT SELECT (ref, state, delivered_by) ON reissue TO {custodian};
GRANT SELECT, INSERT, UPDATE ON wish TO {custodian};
GRANT SELECT ON schema_version TO {custodian};
